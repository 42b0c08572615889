//===- ActivationEncoding.cpp - What to make of an activation -------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/ActivationEncoding.h"

#include "EncodingText.h"

using namespace mlir::lowbit;

static const Table<bool> granularityNames = {{"row", true}, {"tensor", false}};
static const Table<ZeroPointKind> zeroPointNames = {
    {"int", ZeroPointKind::Integer}, {"none", ZeroPointKind::None}};

std::optional<ActivationEncoding>
ActivationEncoding::parse(std::string_view text, std::string &error) {
  EncodingParts parts;
  if (!splitEncoding(text, parts, error))
    return std::nullopt;
  ActivationEncoding encoding;
  if (parts.scheme == "f32") {
    if (parts.items.empty())
      return encoding;
    error = "expected no items with activation encoding f32, but got " +
            quoteText(parts.items.front().key);
    return std::nullopt;
  }
  if (parts.scheme != "int8") {
    error = "expected activation encoding f32 or int8, but got " +
            quoteText(parts.scheme);
    return std::nullopt;
  }
  encoding.isFloat = false;
  encoding.zeroPoint = ZeroPointKind::Integer;
  for (const EncodingItem &item : parts.items) {
    bool ok;
    if (item.key == "granularity") {
      ok = parseName(item, granularityNames, encoding.perRow, error);
    } else if (item.key == "zero-point") {
      ok = parseName(item, zeroPointNames, encoding.zeroPoint, error);
    } else {
      error = "unknown activation encoding item " + quoteText(item.key) +
              ": expected one of granularity, zero-point";
      ok = false;
    }
    if (!ok)
      return std::nullopt;
  }
  return encoding;
}

std::string ActivationEncoding::toString() const {
  if (isFloat)
    return "f32";
  std::string text = "int8";
  char separator = ':';
  if (!perRow) {
    text += ":granularity=tensor";
    separator = ',';
  }
  if (zeroPoint == ZeroPointKind::None)
    text += separator + std::string("zero-point=none");
  return text;
}
