//===- Json.h - Text of JSON values -----------------------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Quotes text for JSON, so that no name of a model or a file can break it.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_RUNTIME_JSON_H
#define LOWBIT_RUNTIME_JSON_H

#include <cstdio>
#include <string>
#include <string_view>

namespace mlir::lowbit {

/// The length of the UTF-8 sequence that begins at `text[i]`; 0 if there is no
/// valid one.
inline size_t utf8Length(std::string_view text, size_t i) {
  auto byte = [&](size_t k) {
    return k < text.size() ? static_cast<unsigned char>(text[k]) : 0u;
  };
  unsigned first = byte(i), second = byte(i + 1);
  if (first < 0x80)
    return 1;
  size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || (first == 0xe0 && second < 0xa0) ||
      (first == 0xed && second > 0x9f) || (first == 0xf0 && second < 0x90) ||
      (first == 0xf4 && second > 0x8f))
    return 0;
  for (size_t k = 1; k != length; ++k)
    if ((byte(i + k) & 0xc0) != 0x80)
      return 0;
  return length;
}

/// `text` in double quotes; bytes that are not UTF-8 become U+FFFD.
inline std::string quoteJson(std::string_view text) {
  std::string result = "\"";
  for (size_t i = 0, length = 0; i < text.size(); i += length) {
    auto c = static_cast<unsigned char>(text[i]);
    length = utf8Length(text, i);
    if (length == 0) {
      result += "\\ufffd";
      length = 1;
    } else if (c == '"' || c == '\\') {
      result += '\\';
      result += char(c);
    } else if (c < 0x20 || c == 0x7f) {
      char escape[8];
      std::snprintf(escape, sizeof(escape), "\\u%04x", unsigned(c));
      result += escape;
    } else {
      result += text.substr(i, length);
    }
  }
  return result + '"';
}

} // namespace mlir::lowbit

#endif // LOWBIT_RUNTIME_JSON_H
