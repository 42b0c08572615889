//===- WeightEncodingParser.cpp - Reading a weight encoding ---------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WeightEncodingTables.h"

#include <algorithm>
#include <cmath>

using namespace mlir::lowbit;

static bool contains(Items items, std::string_view key) {
  for (std::string_view item : items)
    if (item == key)
      return true;
  return false;
}

/// Whether some scheme has the item.
static bool isKnown(std::string_view key) {
  return contains(getItems(WeightScheme::Affine), key) ||
         contains(getItems(WeightScheme::Binary), key) ||
         contains(getItems(WeightScheme::Codebook), key) ||
         contains(getItems(WeightScheme::Ternary), key);
}

/// The method that takes the item `key` and is implied by it.
static std::optional<WeightMethod> findMethodOfItem(std::string_view key) {
  static const Table<WeightMethod> table = {
      {"fixed-point", WeightMethod::FixedPoint},
      {"range", WeightMethod::Range},
      {"threshold", WeightMethod::Threshold}};
  WeightMethod method;
  return findByName(table, key, method) ? std::optional(method) : std::nullopt;
}

namespace {
/// Reads the items of one encoding.
class Parser {
public:
  explicit Parser(std::string &error) : error(error) {}

  bool parse(std::string_view text);

  WeightEncoding encoding;

private:
  bool parseScheme();
  bool parseItem(const EncodingItem &item);
  bool parseFractionBits(const EncodingItem &item);
  bool parseBareName(std::string_view name);
  bool parseMethod(std::string_view name);
  bool parseRange(const EncodingItem &item);
  bool resolveMethod();
  bool resolveGroup();
  bool fail(std::string message);
  bool has(std::string_view key) const {
    return std::find(seen.begin(), seen.end(), key) != seen.end();
  }

  std::string &error;
  EncodingParts parts;
  std::vector<std::string_view> seen;
  std::optional<WeightMethod> method;
  std::optional<ScaleRule> scaleRule;
  std::optional<CodeRange> codes;
  std::optional<ZeroPointKind> zeroPoint;
  Granularity granularity = Granularity::Channel;
  int64_t group = 0, block = 0, blockRows = 1;
};
} // namespace

bool Parser::fail(std::string message) {
  error = std::move(message);
  return false;
}

bool Parser::parseScheme() {
  std::string_view name = parts.scheme;
  static const Table<WeightScheme> plain = {{"binary", WeightScheme::Binary},
                                            {"f32", WeightScheme::F32},
                                            {"ternary", WeightScheme::Ternary}};
  if (findByName(plain, name, encoding.scheme)) {
    encoding.bits = encoding.getStorageBits();
    return true;
  }
  static const Table<WeightScheme> sized = {
      {"codebook", WeightScheme::Codebook},
      {"int", WeightScheme::Affine},
      {"uint", WeightScheme::Affine}};
  if (!name.empty() && name.back() >= '1' && name.back() <= '8' &&
      findByName(sized, name.substr(0, name.size() - 1), encoding.scheme)) {
    encoding.bits = static_cast<unsigned>(name.back() - '0');
    encoding.isSigned = name[0] != 'u';
    return true;
  }
  return fail("unknown encoding " + quoteText(name) +
              ": expected one of binary, codebook1..codebook8, f32, "
              "int1..int8, ternary, uint1..uint8");
}

bool Parser::parseBareName(std::string_view name) {
  Table<WeightMethod> methods = getMethods(encoding.scheme);
  WeightMethod value;
  if (findByName(methods, name, value))
    return parseMethod(name);
  std::vector<std::string_view> names = getNames(methods);
  names.insert(names.end(), flags);
  return fail("unknown method or flag " + quoteText(name) + " of encoding " +
              std::string(parts.scheme) + ": expected one of " +
              joinNames(names));
}

bool Parser::parseMethod(std::string_view name) {
  WeightMethod value;
  if (!findByName(getMethods(encoding.scheme), name, value))
    return fail("unknown method " + quoteText(name) + " of encoding " +
                std::string(parts.scheme) + ": expected one of " +
                joinNames(getNames(getMethods(encoding.scheme))));
  if (method)
    return fail("expected one method, but got a second one: " +
                quoteText(name));
  method = value;
  return true;
}

bool Parser::parseFractionBits(const EncodingItem &item) {
  int64_t bits = 0;
  if (!parseInteger(item, -kMostFractionBits, kMostFractionBits, bits, error))
    return false;
  encoding.fractionBits = static_cast<int>(bits);
  return true;
}

bool Parser::parseRange(const EncodingItem &item) {
  return readRange(item.value, encoding.range.min, encoding.range.max) ||
         fail("expected range=[a,b] with finite a < b, but got " +
              quoteText(item.value));
}

/// Reads the value of an item into an optional.
template <typename E>
static bool parseInto(const EncodingItem &item, Table<E> table,
                      std::optional<E> &value, std::string &error) {
  E parsed;
  if (!parseName(item, table, parsed, error))
    return false;
  value = parsed;
  return true;
}

bool Parser::parseItem(const EncodingItem &item) {
  Items items = getItems(encoding.scheme);
  std::string_view key = item.key;
  // A bare name is a method; `threshold` alone is one, `threshold=` an item.
  if (!item.hasValue && (!isKnown(key) || findMethodOfItem(key)))
    return parseBareName(key);
  if (!contains(items, key))
    return fail((isKnown(key)
                     ? "encoding item " + quoteText(key) +
                           " does not apply to " + std::string(parts.scheme)
                     : "unknown encoding item " + quoteText(key)) +
                ": expected one of " + joinNames(items));
  bool isFlag = contains(flags, key);
  if (isFlag && item.hasValue)
    return fail("expected no value of encoding item " + quoteText(key));
  if (!isFlag && !item.hasValue)
    return fail("expected a value of encoding item " + quoteText(key) +
                ", as in " + std::string(key) + "=VALUE");
  seen.push_back(key);
  if (isFlag)
    return true;

  constexpr int64_t largestExtent = std::numeric_limits<int64_t>::max();
  if (key == "alpha")
    return parseNumber(item, encoding.alpha, error);
  if (key == "block")
    return parseInteger(item, 1, largestExtent, block, error);
  if (key == "block-rows")
    return parseInteger(item, 1, largestExtent, blockRows, error);
  if (key == "codes")
    return parseInto(item, codeRanges, codes, error);
  if (key == "damping")
    return parseNumber(item, encoding.damping, error);
  if (key == "fixed-point")
    return parseFractionBits(item);
  if (key == "granularity")
    return parseName(item, granularities, granularity, error);
  if (key == "group")
    return parseInteger(item, 1, largestExtent, group, error);
  if (key == "method")
    return parseMethod(item.value);
  if (key == "p")
    return parseNumber(item, encoding.percentile, error);
  if (key == "planes")
    return parseInteger(item, 1, kMostPlanes, encoding.planes, error);
  if (key == "range")
    return parseRange(item);
  if (key == "rounding")
    return parseName(item, roundings, encoding.rounding.mode, error);
  if (key == "scale")
    return parseName(item, scaleTypes, encoding.scaleType, error);
  if (key == "scale-values")
    return parseName(item, scaleValueSets, encoding.scaleValues, error);
  if (key == "scale-rule")
    return parseInto(item, scaleRules, scaleRule, error);
  if (key == "threshold")
    return parseNumber(item, encoding.threshold, error);
  if (key == "zero-point")
    return parseInto(item, zeroPoints, zeroPoint, error);
  // seed
  int64_t seed = 0;
  if (!parseInteger(item, 0, std::numeric_limits<uint32_t>::max(), seed, error))
    return false;
  encoding.rounding.seed = static_cast<uint32_t>(seed);
  return true;
}

bool Parser::resolveMethod() {
  for (std::string_view key : seen)
    if (auto implied = findMethodOfItem(key); implied && !method)
      method = implied;
  encoding.method = method.value_or(getDefaultMethod(encoding.scheme));
  std::string name(getName(getMethods(encoding.scheme), encoding.method));
  if (has("alpha") && encoding.method != WeightMethod::Sigma)
    return fail("expected alpha with method sigma, but got method " + name);
  if (has("p") && encoding.method != WeightMethod::Percentile)
    return fail("expected p with method percentile, but got method " + name);
  for (std::string_view key : getItems(encoding.scheme)) {
    auto implied = findMethodOfItem(key);
    if (!implied)
      continue;
    std::string item(key);
    if (has(key) && encoding.method != *implied)
      return fail("expected " + item + "= with method " + item +
                  ", but got method " + name);
    if (!has(key) && encoding.method == *implied)
      return fail("expected " + item + "=VALUE with method " + item +
                  ", but got none");
  }
  if (has("seed") && encoding.method != WeightMethod::Stochastic &&
      encoding.rounding.mode != RoundingMode::Stochastic)
    return fail(
        encoding.scheme == WeightScheme::Binary
            ? "expected seed with method stochastic, but got method " + name
            : "expected seed with rounding=stochastic, but got " +
                  std::string(getName(roundings, encoding.rounding.mode)));
  return true;
}

bool Parser::resolveGroup() {
  if (has("group") && has("block"))
    return fail("expected group= or block=, but got both: block-rows= counts "
                "the channels of a block");
  if (has("block-rows") && !has("block"))
    return fail("expected block= with block-rows=, but got none");
  bool wantsGroup = granularity == Granularity::Group;
  if (wantsGroup && !has("group"))
    return fail("expected group= with granularity=group, but got none");
  if (has("granularity") && !wantsGroup && (has("group") || has("block")))
    return fail("expected granularity=" +
                std::string(getName(granularities, granularity)) +
                " alone, but got " + (has("group") ? "group=" : "block=") +
                " beside it");
  if (has("group"))
    encoding.group = {group, 0};
  else if (has("block"))
    encoding.group = {blockRows, block};
  else if (granularity == Granularity::Layer)
    encoding.group = {0, 0};
  return true;
}

bool Parser::parse(std::string_view text) {
  if (!splitEncoding(text, parts, error) || !parseScheme())
    return false;
  if (encoding.scheme == WeightScheme::F32) {
    if (parts.items.empty())
      return true;
    return fail("expected no items with encoding f32, but got " +
                quoteText(parts.items.front().key));
  }
  for (const EncodingItem &item : parts.items)
    if (!parseItem(item))
      return false;
  if (!resolveMethod() || !resolveGroup())
    return false;
  encoding.compensatesErrors = has("gptq") || has("damping");
  encoding.correctsBias = has("bias-correction");
  encoding.scaleRule = scaleRule.value_or(getDefaultScaleRule(encoding));
  if (encoding.scheme == WeightScheme::Affine) {
    encoding.zeroPoint = zeroPoint.value_or(getDefaultZeroPoint(encoding));
    encoding.codes = codes.value_or(getDefaultCodes(encoding));
  }
  return encoding.verify(error);
}

std::optional<WeightEncoding> WeightEncoding::parse(std::string_view text,
                                                    std::string &error) {
  Parser parser(error);
  if (!parser.parse(text))
    return std::nullopt;
  return parser.encoding;
}
