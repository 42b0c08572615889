//===- EncodingText.h - Parts of a textual encoding -------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What weight and activation encodings share: `scheme[:key=value,...]` cut into
// items, names of enumerators, numbers. Functions that can fail return false
// and set a one-line error.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_QUANTIZATION_ENCODINGTEXT_H
#define LOWBIT_LIB_QUANTIZATION_ENCODINGTEXT_H

#include <charconv>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace mlir::lowbit {

/// `key=value`, or `key` alone.
struct EncodingItem {
  std::string_view key;
  std::string_view value;
  bool hasValue = false;
};

/// `scheme[:item,...]` in its parts, which point into the text.
struct EncodingParts {
  std::string_view scheme;
  std::vector<EncodingItem> items;
};

/// Cuts a text into parts; an item may occur once.
bool splitEncoding(std::string_view text, EncodingParts &parts,
                   std::string &error);

/// `'text'`, with control characters replaced and long texts cut short, so that
/// an error stays one line.
std::string quoteText(std::string_view text);

/// `a, b, c`.
std::string joinNames(const std::vector<std::string_view> &names);

/// An enumerator and its name.
template <typename E> struct NamedValue {
  std::string_view name;
  E value;
};

/// The names of an enumeration; always a constant with static storage.
template <typename E> using Table = std::initializer_list<NamedValue<E>>;

template <typename E>
bool findByName(Table<E> table, std::string_view name, E &value) {
  for (const NamedValue<E> &entry : table)
    if (entry.name == name) {
      value = entry.value;
      return true;
    }
  return false;
}

template <typename E> std::vector<std::string_view> getNames(Table<E> table) {
  std::vector<std::string_view> names;
  for (const NamedValue<E> &entry : table)
    names.push_back(entry.name);
  return names;
}

template <typename E> std::string_view getName(Table<E> table, E value) {
  for (const NamedValue<E> &entry : table)
    if (entry.value == value)
      return entry.name;
  return "?";
}

/// Reads the value of an item as one of the names of a table.
template <typename E>
bool parseName(const EncodingItem &item, Table<E> table, E &value,
               std::string &error) {
  if (findByName(table, item.value, value))
    return true;
  error = "expected " + std::string(item.key) + " to be one of " +
          joinNames(getNames(table)) + ", but got " + quoteText(item.value);
  return false;
}

/// Reads the whole value of an item as an integer in [min, max].
bool parseInteger(const EncodingItem &item, int64_t min, int64_t max,
                  int64_t &value, std::string &error);

/// Reads the whole value of an item as a finite number of at least 0.
template <typename T>
bool parseNumber(const EncodingItem &item, T &value, std::string &error) {
  const char *end = item.value.data() + item.value.size();
  T number = 0;
  std::from_chars_result result =
      std::from_chars(item.value.data(), end, number);
  if (result.ec == std::errc() && result.ptr == end && number >= 0 &&
      number <= std::numeric_limits<T>::max()) {
    value = number == 0 ? 0 : number; // -0 is 0
    return true;
  }
  error = "expected " + std::string(item.key) +
          " to be a finite number of at least 0, but got " +
          quoteText(item.value);
  return false;
}

/// Reads `[a,b]`, two finite numbers.
bool readRange(std::string_view text, float &a, float &b);

/// `[a,b]`, which reads back as the same numbers.
std::string printRange(float a, float b);

/// The shortest decimal that reads back as `value`.
template <typename T> std::string printNumber(T value) {
  char text[64];
  std::to_chars_result result = std::to_chars(text, text + sizeof(text), value);
  return std::string(text, result.ptr);
}

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_QUANTIZATION_ENCODINGTEXT_H
