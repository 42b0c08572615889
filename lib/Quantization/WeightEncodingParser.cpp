//===- WeightEncodingParser.cpp - Reading a weight encoding ---------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WeightEncodingTables.h"

#include <algorithm>

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
         contains(getItems(WeightScheme::Ternary), key);
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
  bool parseMethod(std::string_view name);
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
  std::optional<CodeRange> range;
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
  encoding.isSigned = name.substr(0, 1) != "u";
  std::string_view rest = name.substr(encoding.isSigned ? 0 : 1);
  if (rest.size() == 4 && rest.substr(0, 3) == "int" && rest[3] >= '1' &&
      rest[3] <= '8') {
    encoding.scheme = WeightScheme::Affine;
    encoding.bits = static_cast<unsigned>(rest[3] - '0');
    return true;
  }
  return fail("unknown encoding " + quoteText(name) +
              ": expected one of binary, f32, int1..int8, ternary, "
              "uint1..uint8");
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
  if (!item.hasValue && (!isKnown(key) || key == "threshold"))
    return parseMethod(key);
  if (!contains(items, key))
    return fail((isKnown(key)
                     ? "encoding item " + quoteText(key) +
                           " does not apply to " + std::string(parts.scheme)
                     : "unknown encoding item " + quoteText(key)) +
                ": expected one of " + joinNames(items));
  if (!item.hasValue)
    return fail("expected a value of encoding item " + quoteText(key) +
                ", as in " + std::string(key) + "=VALUE");
  seen.push_back(key);

  constexpr int64_t largestExtent = std::numeric_limits<int64_t>::max();
  if (key == "alpha")
    return parseNumber(item, encoding.alpha, error);
  if (key == "block")
    return parseInteger(item, 1, largestExtent, block, error);
  if (key == "block-rows")
    return parseInteger(item, 1, largestExtent, blockRows, error);
  if (key == "granularity")
    return parseName(item, granularities, granularity, error);
  if (key == "group")
    return parseInteger(item, 1, largestExtent, group, error);
  if (key == "method")
    return parseMethod(item.value);
  if (key == "range")
    return parseInto(item, ranges, range, error);
  if (key == "rounding")
    return parseName(item, roundings, encoding.rounding.mode, error);
  if (key == "scale")
    return parseName(item, scaleTypes, encoding.scaleType, error);
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
  if (!method)
    method = has("threshold") ? WeightMethod::Threshold
                              : getDefaultMethod(encoding.scheme);
  encoding.method = *method;
  std::string name(getName(getMethods(encoding.scheme), *method));
  if (has("alpha") && *method != WeightMethod::Sigma)
    return fail("expected alpha with method sigma, but got method " + name);
  if (has("threshold") && *method != WeightMethod::Threshold)
    return fail("expected threshold= with method threshold, but got method " +
                name);
  if (*method == WeightMethod::Threshold && !has("threshold"))
    return fail("expected threshold=VALUE with method threshold, but got none");
  if (has("seed") && *method != WeightMethod::Stochastic &&
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
  encoding.scaleRule = scaleRule.value_or(getDefaultScaleRule(encoding));
  if (encoding.scheme == WeightScheme::Affine) {
    encoding.zeroPoint = zeroPoint.value_or(getDefaultZeroPoint(encoding));
    encoding.range = range.value_or(getDefaultRange(encoding));
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
