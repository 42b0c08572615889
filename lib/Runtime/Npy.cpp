//===- Npy.cpp - NumPy array files ----------------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Runtime/Npy.h"

#include "lowbit/Runtime/File.h"

#include <algorithm>
#include <cstring>

using namespace mlir::lowbit;

// numpy.lib.format: "\x93NUMPY", major, minor, header length (u16 in version 1,
// u32 later, little-endian), a Python dictionary, the data.
static constexpr std::string_view magic = "\x93NUMPY";
static constexpr size_t maxHeader = 65536;

static constexpr struct {
  std::string_view descr; // without the byte order
  lowbit_dtype dtype;
} descrs[] = {{"f4", LOWBIT_F32}, {"f2", LOWBIT_F16}, {"V2", LOWBIT_BF16},
              {"i1", LOWBIT_I8},  {"u1", LOWBIT_U8},  {"i2", LOWBIT_I16},
              {"i4", LOWBIT_I32}, {"i8", LOWBIT_I64}};

/// As much of hostile text as fits into a line.
static std::string quote(std::string_view text) {
  std::string result = "'";
  for (char c : text.substr(0, 32))
    result += c >= 0x20 && c < 0x7f ? c : '?';
  return result + (text.size() > 32 ? "...'" : "'");
}

//===----------------------------------------------------------------------===//
// Header
//===----------------------------------------------------------------------===//

namespace {

/// Reads {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }, in any
/// order of the keys. Each function returns false where it does not match.
class HeaderParser {
public:
  explicit HeaderParser(std::string_view text) : text(text) {}

  bool parse() {
    if (!take('{'))
      return false;
    while (!take('}')) {
      std::string_view key;
      if (!takeString(key) || !take(':') || !takeValue(key))
        return false;
      if (!take(',') && peek() != '}')
        return false;
    }
    peek();
    return text.empty() && seen == 7;
  }

  std::string_view descr;
  bool isFortran = false;
  std::vector<int64_t> shape;

private:
  char peek() {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\n"), text.size()));
    return text.empty() ? '\0' : text[0];
  }

  bool take(char c) {
    if (peek() != c || text.empty())
      return false;
    text.remove_prefix(1);
    return true;
  }

  bool takeString(std::string_view &value) {
    char delimiter = peek();
    if (delimiter != '\'' && delimiter != '"')
      return false;
    size_t end = text.find(delimiter, 1);
    if (end == text.npos)
      return false;
    value = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    return value.find('\\') == value.npos;
  }

  bool takeBool(bool &value) {
    peek();
    value = text.substr(0, 4) == "True";
    if (!value && text.substr(0, 5) != "False")
      return false;
    text.remove_prefix(value ? 4 : 5);
    return true;
  }

  bool takeExtent(int64_t &value) {
    peek();
    size_t digits = 0;
    for (value = 0;
         digits != text.size() && text[digits] >= '0' && text[digits] <= '9';
         ++digits)
      if (__builtin_mul_overflow(value, int64_t(10), &value) ||
          __builtin_add_overflow(value, int64_t(text[digits] - '0'), &value))
        return false;
    text.remove_prefix(digits);
    if (digits != 0 && !text.empty() && text[0] == 'L')
      text.remove_prefix(1); // Python 2
    return digits != 0;
  }

  bool takeShape() {
    if (!take('('))
      return false;
    while (!take(')')) {
      int64_t extent;
      if (!takeExtent(extent))
        return false;
      shape.push_back(extent);
      // (3) is a number, not a tuple.
      if (!take(',') && (peek() != ')' || shape.size() == 1))
        return false;
    }
    return true;
  }

  bool takeValue(std::string_view key) {
    unsigned bit = key == "descr"           ? 1
                   : key == "fortran_order" ? 2
                   : key == "shape"         ? 4
                                            : 0;
    if (bit == 0 || (seen & bit))
      return false;
    seen |= bit;
    return bit == 1   ? takeString(descr)
           : bit == 2 ? takeBool(isFortran)
                      : takeShape();
  }

  std::string_view text;
  unsigned seen = 0;
};

} // namespace

bool mlir::lowbit::parseNpyPrefix(std::string_view bytes, uint64_t &offset,
                                  std::string &error) {
  if (bytes.substr(0, magic.size()) != magic) {
    error = "expected a .npy file, but got a file that begins with " +
            quote(bytes.substr(0, magic.size()));
    return false;
  }
  auto byte = [&](size_t i) {
    return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0u;
  };
  unsigned major = byte(6), minor = byte(7);
  if (bytes.size() >= 8 && (major < 1 || major > 3 || minor != 0)) {
    error = "expected .npy version 1.0, 2.0 or 3.0, but got " +
            std::to_string(major) + "." + std::to_string(minor);
    return false;
  }
  size_t start = major == 1 ? 10 : 12;
  size_t length = byte(8) | byte(9) << 8;
  if (major != 1)
    length |= size_t(byte(10)) << 16 | size_t(byte(11)) << 24;
  if (length > maxHeader) {
    error = "expected a header of at most " + std::to_string(maxHeader) +
            " bytes, but got " + std::to_string(length);
    return false;
  }
  offset = start + length;
  return true;
}

static bool findDtype(std::string_view descr, lowbit_dtype &dtype) {
  if (descr.size() != 3)
    return false;
  for (const auto &row : descrs)
    if (descr.substr(1) == row.descr) {
      dtype = row.dtype;
      return descr[0] == '<' || descr[0] == '=' ||
             (descr[0] == '|' && (descr[2] == '1' || descr[1] == 'V'));
    }
  return false;
}

/// Bytes of the data. False if they exceed the range of int64_t.
static bool sizeInBytes(const NpyHeader &header, uint64_t &size) {
  int64_t bytes = int64_t(lowbit_dtype_bytes(header.dtype));
  bool isEmpty = std::count(header.shape.begin(), header.shape.end(), 0) != 0;
  for (int64_t extent : header.shape)
    if (!isEmpty && __builtin_mul_overflow(bytes, extent, &bytes))
      return false;
  size = isEmpty ? 0 : uint64_t(bytes);
  return true;
}

bool mlir::lowbit::parseNpyHeader(std::string_view bytes, NpyHeader &header,
                                  std::string &error) {
  if (!parseNpyPrefix(bytes, header.offset, error))
    return false;
  if (bytes.size() < header.offset) {
    error = "expected a header of " + std::to_string(header.offset) +
            " bytes, but got a file of " + std::to_string(bytes.size());
    return false;
  }
  size_t start = bytes[6] == 1 ? 10 : 12;
  std::string_view text = bytes.substr(start, header.offset - start);
  HeaderParser parser(text);
  if (!parser.parse()) {
    error = "expected a header with descr, fortran_order and shape, but got " +
            quote(text);
    return false;
  }
  if (!findDtype(parser.descr, header.dtype)) {
    error = "expected little-endian f4, f2, i1, u1, i2, i4 or i8, but got " +
            quote(parser.descr);
    return false;
  }
  header.isFortran = parser.isFortran;
  header.shape = std::move(parser.shape);
  if (header.shape.size() > LOWBIT_MAX_RANK) {
    error = "expected a rank of at most " + std::to_string(LOWBIT_MAX_RANK) +
            ", but got " + std::to_string(header.shape.size());
    return false;
  }
  if (sizeInBytes(header, header.size))
    return true;
  error = "expected data that an address space holds, but got more";
  return false;
}

//===----------------------------------------------------------------------===//
// Data
//===----------------------------------------------------------------------===//

/// Copies column-major `from` to row-major `to`.
static void transpose(const NpyArray &array, const char *from, uint8_t *to) {
  const size_t element = lowbit_dtype_bytes(array.dtype);
  const size_t rank = array.shape.size();
  std::vector<size_t> strides(rank, element), index(rank, 0);
  for (size_t d = 1; d < rank; ++d)
    strides[d] = strides[d - 1] * size_t(array.shape[d - 1]);
  size_t offset = 0;
  for (uint8_t *end = to + array.data.size(); to != end; to += element) {
    std::memcpy(to, from + offset, element);
    for (size_t d = rank; d-- > 0;) {
      offset += strides[d];
      if (++index[d] != size_t(array.shape[d]))
        break;
      offset -= strides[d] * index[d];
      index[d] = 0;
    }
  }
}

bool mlir::lowbit::parseNpy(std::string_view bytes, NpyArray &array,
                            std::string &error) {
  NpyHeader header;
  if (!parseNpyHeader(bytes, header, error))
    return false;
  std::string_view data = bytes.substr(header.offset);
  if (header.size != data.size()) {
    error = "expected " +
            (header.size == 0 ? std::string("data")
                              : std::to_string(header.size) + " bytes") +
            " of the header's shape, but got " + std::to_string(data.size()) +
            " bytes";
    return false;
  }
  array.dtype = header.dtype;
  array.shape = std::move(header.shape);
  array.data.resize(data.size());
  if (header.isFortran)
    transpose(array, data.data(), array.data.data());
  else if (!data.empty())
    std::memcpy(array.data.data(), data.data(), data.size());
  return true;
}

bool mlir::lowbit::readNpy(const std::string &path, NpyArray &array,
                           std::string &error) {
  std::string bytes;
  if (!readFile(path, bytes, error))
    return false;
  if (parseNpy(bytes, array, error))
    return true;
  error = path + ": " + error;
  return false;
}

std::string mlir::lowbit::formatNpy(const NpyArray &array) {
  std::string_view descr;
  for (const auto &row : descrs)
    if (row.dtype == array.dtype)
      descr = row.descr;
  std::string header = "{'descr': '";
  header += descr[1] == '1' ? '|' : '<';
  header += descr;
  header += "', 'fortran_order': False, 'shape': (";
  for (size_t i = 0; i < array.shape.size(); ++i)
    header += (i == 0 ? "" : " ") + std::to_string(array.shape[i]) + ",";
  if (array.shape.size() > 1)
    header.pop_back();
  header += "), }";

  // The data begins at a multiple of 64 bytes.
  size_t prefix = magic.size() + 4;
  header.append(63 - (prefix + header.size()) % 64, ' ');
  header += '\n';
  std::string result(magic);
  result += {1, 0, char(header.size() & 0xff), char(header.size() >> 8)};
  result += header;
  result.append(reinterpret_cast<const char *>(array.data.data()),
                array.data.size());
  return result;
}

bool mlir::lowbit::writeNpy(const std::string &path, const NpyArray &array,
                            std::string &error) {
  return writeFile(path, formatNpy(array), error);
}
