//===- ActivationEncoding.cpp - What to make of an activation -------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/ActivationEncoding.h"

#include "EncodingText.h"

#include <algorithm>
#include <cmath>
#include <tuple>

using namespace mlir::lowbit;

static const Table<bool> granularityNames = {{"row", true}, {"tensor", false}};
static const Table<ZeroPointKind> zeroPointNames = {
    {"int", ZeroPointKind::Integer}, {"none", ZeroPointKind::None}};

/// The range rules of a scheme. A divergence of two or three levels means
/// little.
static Table<RangeRule> getRules(ActivationScheme scheme) {
  static const Table<RangeRule> affine = {
      {"batch-norm", RangeRule::BatchNorm},
      {"kl", RangeRule::Kl},
      {"minmax", RangeRule::MinMax},
      {"moving_average", RangeRule::MovingAverage},
      {"mse", RangeRule::Mse},
      {"percentile", RangeRule::Percentile}};
  static const Table<RangeRule> levels = {
      {"batch-norm", RangeRule::BatchNorm},
      {"minmax", RangeRule::MinMax},
      {"moving_average", RangeRule::MovingAverage},
      {"mse", RangeRule::Mse},
      {"percentile", RangeRule::Percentile}};
  return scheme == ActivationScheme::Affine ? affine : levels;
}

static RangeRule getDefaultRule(ActivationScheme scheme) {
  return scheme == ActivationScheme::Affine ? RangeRule::MinMax
                                            : RangeRule::Mse;
}

/// The items of a scheme.
static std::vector<std::string_view> getItems(ActivationScheme scheme) {
  switch (scheme) {
  case ActivationScheme::Float:
    return {};
  case ActivationScheme::Affine:
    return {"dynamic", "ema",    "granularity", "momentum",  "percentile",
            "range",   "sigmas", "static",      "zero-point"};
  case ActivationScheme::Ternary:
    return {"dynamic", "granularity", "percentile", "range",
            "sigmas",  "static",      "threshold"};
  case ActivationScheme::Binary:
    return {"dynamic", "granularity", "percentile",
            "range",   "sigmas",      "static"};
  }
  return {};
}

//===----------------------------------------------------------------------===//
// Parsing
//===----------------------------------------------------------------------===//

namespace {
/// Reads the items of one encoding.
class Parser {
public:
  explicit Parser(std::string &error) : error(error) {}

  bool parse(std::string_view text);

  ActivationEncoding encoding;

private:
  bool parseScheme();
  bool parseItem(const EncodingItem &item);
  bool parseRange(const EncodingItem &item);
  bool resolveTime();
  bool fail(std::string message) {
    error = std::move(message);
    return false;
  }
  bool has(std::string_view key) const {
    return std::any_of(
        parts.items.begin(), parts.items.end(),
        [&](const EncodingItem &item) { return item.key == key; });
  }

  std::string &error;
  EncodingParts parts;
};
} // namespace

bool Parser::parseScheme() {
  std::string_view name = parts.scheme;
  static const Table<ActivationScheme> plain = {
      {"binary", ActivationScheme::Binary},
      {"float", ActivationScheme::Float},
      {"ternary", ActivationScheme::Ternary}};
  if (findByName(plain, name, encoding.scheme)) {
    encoding.rule = getDefaultRule(encoding.scheme);
    return true;
  }
  encoding.isSigned = name.substr(0, 1) != "u";
  std::string_view rest = name.substr(encoding.isSigned ? 0 : 1);
  if (rest.size() == 4 && rest.substr(0, 3) == "int" && rest[3] >= '2' &&
      rest[3] <= '8') {
    encoding.scheme = ActivationScheme::Affine;
    encoding.bits = static_cast<unsigned>(rest[3] - '0');
    encoding.zeroPoint = ZeroPointKind::Integer;
    return true;
  }
  return fail("unknown activation encoding " + quoteText(name) +
              ": expected one of binary, float, int2..int8, ternary, "
              "uint2..uint8");
}

/// Reads [a,b] or the name of a rule.
bool Parser::parseRange(const EncodingItem &item) {
  std::string_view text = item.value;
  if (text.substr(0, 1) != "[")
    return findByName(getRules(encoding.scheme), text, encoding.rule) ||
           fail("expected range to be one of [a,b], " +
                joinNames(getNames(getRules(encoding.scheme))) + ", but got " +
                quoteText(text));
  RealRange range;
  if (!readRange(text, range.min, range.max) || range.min > range.max)
    return fail("expected range=[a,b] with finite a <= b, but got " +
                quoteText(text));
  encoding.range = range;
  return true;
}

bool Parser::parseItem(const EncodingItem &item) {
  std::vector<std::string_view> items = getItems(encoding.scheme);
  if (std::find(items.begin(), items.end(), item.key) == items.end())
    return fail("unknown activation encoding item " + quoteText(item.key) +
                " of " + std::string(parts.scheme) + ": expected one of " +
                joinNames(items));
  bool isFlag =
      item.key == "dynamic" || item.key == "ema" || item.key == "static";
  if (isFlag != !item.hasValue)
    return fail("expected " + std::string(isFlag ? "no" : "a") +
                " value of activation encoding item " + quoteText(item.key));
  if (item.key == "granularity")
    return parseName(item, granularityNames, encoding.perRow, error);
  if (item.key == "momentum") {
    if (!parseNumber(item, encoding.momentum, error))
      return false;
    return encoding.momentum <= 1.0 ||
           fail("expected momentum to be at most 1, but got " +
                quoteText(item.value));
  }
  if (item.key == "percentile") {
    if (!parseNumber(item, encoding.percentile, error))
      return false;
    return encoding.percentile <= 100.0 ||
           fail("expected percentile to be at most 100, but got " +
                quoteText(item.value));
  }
  if (item.key == "range")
    return parseRange(item);
  if (item.key == "sigmas")
    return parseNumber(item, encoding.sigmas, error);
  if (item.key == "threshold")
    return parseNumber(item, encoding.threshold.emplace(), error);
  if (item.key == "zero-point")
    return parseName(item, zeroPointNames, encoding.zeroPoint, error);
  return true;
}

bool Parser::resolveTime() {
  bool isStatic = has("static") || has("range") || has("percentile") ||
                  has("sigmas") || has("threshold");
  bool isDynamic = has("dynamic") || has("granularity");
  bool isRunning = has("ema") || has("momentum");
  if (isStatic + isDynamic + isRunning > 1)
    return fail("expected items of static parameters (percentile, range, "
                "sigmas, static, threshold), of dynamic ones (dynamic, "
                "granularity) or of running "
                "ones (ema, momentum), but got several");
  if (isStatic)
    encoding.time = ParameterTime::Static;
  if (isDynamic)
    encoding.time = ParameterTime::Dynamic;
  if (isRunning)
    encoding.time = ParameterTime::Running;
  return true;
}

bool Parser::parse(std::string_view text) {
  if (!splitEncoding(text, parts, error) || !parseScheme())
    return false;
  if (encoding.isFloat() && !parts.items.empty())
    return fail("expected no items with activation encoding float, but got " +
                quoteText(parts.items.front().key));
  for (const EncodingItem &item : parts.items)
    if (!parseItem(item))
      return false;
  if (has("percentile")) {
    if (has("range") && encoding.rule != RangeRule::Percentile)
      return fail("expected percentile= with range=percentile, but got another "
                  "range");
    encoding.rule = RangeRule::Percentile;
  }
  if (has("sigmas")) {
    if (has("range") && encoding.rule != RangeRule::BatchNorm)
      return fail("expected sigmas= with range=batch-norm, but got another "
                  "range");
    if (has("percentile"))
      return fail("expected sigmas= or percentile=, but got both");
    encoding.rule = RangeRule::BatchNorm;
  }
  if (!encoding.isSigned && encoding.isSymmetric())
    return fail("expected zero-point=int with " + std::string(parts.scheme) +
                ", but got none");
  return resolveTime();
}

std::optional<ActivationEncoding>
ActivationEncoding::parse(std::string_view text, std::string &error) {
  Parser parser(error);
  if (!parser.parse(text))
    return std::nullopt;
  return parser.encoding;
}

//===----------------------------------------------------------------------===//
// Properties
//===----------------------------------------------------------------------===//

std::string ActivationEncoding::toString() const {
  std::string text;
  switch (scheme) {
  case ActivationScheme::Float:
    return "float";
  case ActivationScheme::Affine:
    text = (isSigned ? "int" : "uint") + std::to_string(bits);
    break;
  case ActivationScheme::Ternary:
    text = "ternary";
    break;
  case ActivationScheme::Binary:
    text = "binary";
    break;
  }
  char separator = ':';
  auto add = [&](const std::string &item) {
    text += separator + item;
    separator = ',';
  };
  bool isPlain = !range && rule == getDefaultRule(scheme);
  if (time == ParameterTime::Dynamic && perRow)
    add("dynamic");
  if (!perRow)
    add("granularity=tensor");
  if (momentum != kDefaultMomentum)
    add("momentum=" + printNumber(momentum));
  else if (time == ParameterTime::Running)
    add("ema");
  if (range)
    add("range=" + printRange(range->min, range->max));
  else if (rule == RangeRule::Percentile && percentile != kDefaultPercentile)
    add("percentile=" + printNumber(percentile));
  else if (rule == RangeRule::BatchNorm && sigmas != kDefaultSigmas)
    add("sigmas=" + printNumber(sigmas));
  else if (!isPlain)
    add("range=" + std::string(getName(getRules(scheme), rule)));
  else if (time == ParameterTime::Static && !threshold)
    add("static");
  if (threshold)
    add("threshold=" + printNumber(*threshold));
  if (scheme == ActivationScheme::Affine && isSymmetric())
    add("zero-point=none");
  return text;
}

AffineSpec ActivationEncoding::getAffineSpec() const {
  return {bits, isSigned, isSymmetric() ? CodeRange::Narrow : CodeRange::Full,
          zeroPoint, ScaleType::F32};
}

int32_t ActivationEncoding::getLowestCode() const {
  switch (scheme) {
  case ActivationScheme::Float:
    return 0;
  case ActivationScheme::Affine:
    return getAffineSpec().getLowestCode();
  case ActivationScheme::Ternary:
  case ActivationScheme::Binary:
    return -1;
  }
  return 0;
}

int32_t ActivationEncoding::getHighestCode() const {
  switch (scheme) {
  case ActivationScheme::Float:
    return 0;
  case ActivationScheme::Affine:
    return getAffineSpec().getHighestCode();
  case ActivationScheme::Ternary:
  case ActivationScheme::Binary:
    return 1;
  }
  return 0;
}

int32_t ActivationEncoding::getNumCodes() const {
  if (isFloat())
    return 0;
  if (scheme == ActivationScheme::Binary)
    return 2;
  return getHighestCode() - getLowestCode() + 1;
}

bool ActivationEncoding::operator==(const ActivationEncoding &other) const {
  auto fields = [](const ActivationEncoding &e) {
    return std::tie(e.scheme, e.bits, e.isSigned, e.zeroPoint, e.time, e.perRow,
                    e.momentum, e.rule, e.percentile, e.sigmas, e.range,
                    e.threshold);
  };
  return fields(*this) == fields(other);
}
