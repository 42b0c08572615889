//===- EncodingText.cpp - Parts of a textual encoding ---------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EncodingText.h"

#include <cmath>

using namespace mlir::lowbit;

/// The first comma outside of brackets.
static size_t findComma(std::string_view text) {
  bool isInside = false;
  for (size_t i = 0; i != text.size(); ++i) {
    if (text[i] == ',' && !isInside)
      return i;
    if (text[i] == '[' || text[i] == ']')
      isInside = text[i] == '[';
  }
  return std::string_view::npos;
}

bool mlir::lowbit::splitEncoding(std::string_view text, EncodingParts &parts,
                                 std::string &error) {
  size_t colon = text.find(':');
  parts.scheme = text.substr(0, colon);
  if (colon == std::string_view::npos)
    return true;
  std::string_view rest = text.substr(colon + 1);
  while (true) {
    size_t comma = findComma(rest);
    std::string_view piece = rest.substr(0, comma);
    if (piece.empty()) {
      error = "expected an encoding item after each ':' and ',', but got none "
              "in " +
              quoteText(text);
      return false;
    }
    EncodingItem item;
    size_t equals = piece.find('=');
    item.key = piece.substr(0, equals);
    item.hasValue = equals != std::string_view::npos;
    if (item.hasValue)
      item.value = piece.substr(equals + 1);
    for (const EncodingItem &other : parts.items)
      if (other.key == item.key) {
        error = "expected each encoding item once, but got " +
                quoteText(item.key) + " twice";
        return false;
      }
    parts.items.push_back(item);
    if (comma == std::string_view::npos)
      return true;
    rest = rest.substr(comma + 1);
  }
}

std::string mlir::lowbit::quoteText(std::string_view text) {
  constexpr size_t longest = 40;
  std::string quoted = "'";
  for (char c : text.substr(0, longest))
    quoted += c >= ' ' && c <= '~' ? c : '?';
  if (text.size() > longest)
    quoted += "...";
  return quoted + "'";
}

std::string
mlir::lowbit::joinNames(const std::vector<std::string_view> &names) {
  std::string joined;
  for (std::string_view name : names) {
    if (!joined.empty())
      joined += ", ";
    joined += name;
  }
  return joined;
}

bool mlir::lowbit::parseInteger(const EncodingItem &item, int64_t min,
                                int64_t max, int64_t &value,
                                std::string &error) {
  const char *end = item.value.data() + item.value.size();
  int64_t number = 0;
  std::from_chars_result result =
      std::from_chars(item.value.data(), end, number);
  if (result.ec == std::errc() && result.ptr == end && number >= min &&
      number <= max) {
    value = number;
    return true;
  }
  error = "expected " + std::string(item.key) + " to be an integer in " +
          std::to_string(min) + ".." + std::to_string(max) + ", but got " +
          quoteText(item.value);
  return false;
}

bool mlir::lowbit::readRange(std::string_view text, float &a, float &b) {
  size_t comma = text.find(',');
  if (comma == std::string_view::npos || text.front() != '[' ||
      text.back() != ']')
    return false;
  auto read = [](std::string_view number, float &value) {
    const char *end = number.data() + number.size();
    std::from_chars_result result = std::from_chars(number.data(), end, value);
    value += 0.0f; // -0 is 0
    return result.ec == std::errc() && result.ptr == end &&
           std::isfinite(value);
  };
  return read(text.substr(1, comma - 1), a) &&
         read(text.substr(comma + 1, text.size() - comma - 2), b);
}

std::string mlir::lowbit::printRange(float a, float b) {
  return "[" + printNumber(a) + "," + printNumber(b) + "]";
}
