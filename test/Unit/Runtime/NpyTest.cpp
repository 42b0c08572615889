//===- NpyTest.cpp - Tests of NumPy array files ---------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Runtime/Npy.h"
#include "lowbit/Runtime/File.h"

#include "gtest/gtest.h"

#include <cstdlib>
#include <cstring>
#include <filesystem>

#include <sys/stat.h>

using namespace mlir::lowbit;
namespace fs = std::filesystem;

/// The bytes of a file with this header, padded by nothing.
static std::string npy(const std::string &header, const std::string &data,
                       int version = 1) {
  std::string result = "\x93NUMPY";
  result += {char(version), 0};
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i)
    result += char(header.size() >> (8 * i) & 0xff);
  return result + header + data;
}

static std::string header(const std::string &descr, const std::string &shape,
                          const char *order = "False") {
  return "{'descr': '" + descr + "', 'fortran_order': " + order +
         ", 'shape': " + shape + ", }\n";
}

/// The error of reading `bytes`; "" if there is none.
static std::string errorOf(const std::string &bytes) {
  NpyArray array;
  std::string error;
  return parseNpy(bytes, array, error) ? "" : error;
}

static std::string toString(const NpyArray &array) {
  return std::string(array.data.begin(), array.data.end());
}

//===----------------------------------------------------------------------===//
// Right files
//===----------------------------------------------------------------------===//

TEST(NpyTest, roundTrip) {
  const std::vector<std::vector<int64_t>> shapes = {
      {}, {0}, {1}, {5}, {2, 3}, {3, 0, 2}, {1, 2, 1, 2, 1, 2, 1, 2}};
  for (int dtype = LOWBIT_F32; dtype <= LOWBIT_I64; ++dtype)
    for (const std::vector<int64_t> &shape : shapes) {
      NpyArray array;
      array.dtype = lowbit_dtype(dtype);
      array.shape = shape;
      uint64_t bytes = lowbit_dtype_bytes(array.dtype);
      for (int64_t extent : shape)
        bytes *= uint64_t(extent);
      for (uint64_t i = 0; i < bytes; ++i)
        array.data.push_back(uint8_t(i * 7));
      const std::string file = formatNpy(array);
      EXPECT_EQ((file.size() - bytes) % 64, 0u);
      NpyArray result;
      std::string error;
      ASSERT_TRUE(parseNpy(file, result, error)) << error;
      EXPECT_EQ(result.dtype, array.dtype);
      EXPECT_EQ(result.shape, array.shape);
      EXPECT_EQ(result.data, array.data);
    }
}

/// What numpy.save(np.arange(6, dtype='<f4').reshape(2, 3)) writes.
TEST(NpyTest, formatEqualsNumpy) {
  NpyArray array;
  array.shape = {2, 3};
  array.data.resize(24);
  const float values[] = {0, 1, 2, 3, 4, 5};
  std::memcpy(array.data.data(), values, 24);
  std::string expected = std::string("\x93NUMPY\1\0\x76\0", 10) +
                         "{'descr': '<f4', 'fortran_order': False, 'shape': "
                         "(2, 3), }";
  expected.resize(127, ' ');
  expected += '\n';
  expected.append(reinterpret_cast<const char *>(values), 24);
  NpyArray result;
  std::string error;
  ASSERT_TRUE(parseNpy(expected, result, error)) << error;
  EXPECT_EQ(result.data, array.data);
  EXPECT_EQ(formatNpy(array), expected);
}

TEST(NpyTest, versions) {
  for (int version : {1, 2, 3})
    EXPECT_EQ(errorOf(npy(header("|i1", "(2,)"), "ab", version)), "");
}

TEST(NpyTest, spelling) {
  EXPECT_EQ(errorOf(npy("{\"shape\":(1,),\"descr\":\"|u1\",\"fortran_order\":"
                        "False}",
                        "a")),
            "");
  EXPECT_EQ(errorOf(npy(header("<i2", "(1L, 2L)"), "abcd")), "");
  EXPECT_EQ(errorOf(npy(header("|u1", "( 2 , )"), "ab")), "");
}

TEST(NpyTest, fortranOrder) {
  NpyArray array;
  std::string error;
  ASSERT_TRUE(
      parseNpy(npy(header("|i1", "(2, 3)", "True"), "adbecf"), array, error))
      << error;
  EXPECT_EQ(toString(array), "abcdef");
  // [d0][d1][d2] of extents 2, 3, 2 as two-byte elements.
  std::string rows, columns;
  for (char d0 : {0, 1})
    for (char d1 : {0, 1, 2})
      for (char d2 : {0, 1})
        rows += {d0, char(d1 * 16 + d2)};
  for (char d2 : {0, 1})
    for (char d1 : {0, 1, 2})
      for (char d0 : {0, 1})
        columns += {d0, char(d1 * 16 + d2)};
  ASSERT_TRUE(
      parseNpy(npy(header("<i2", "(2, 3, 2)", "True"), columns), array, error))
      << error;
  EXPECT_EQ(toString(array), rows);
  EXPECT_EQ(errorOf(npy(header("<i2", "(2, 0)", "True"), "")), "");
  EXPECT_EQ(errorOf(npy(header("<i2", "()", "True"), "ab")), "");
}

//===----------------------------------------------------------------------===//
// Broken files
//===----------------------------------------------------------------------===//

TEST(NpyTest, notNpy) {
  EXPECT_EQ(errorOf(""), "expected a .npy file, but got a file that begins "
                         "with ''");
  EXPECT_EQ(errorOf("PK\3\4abcdef"), "expected a .npy file, but got a file "
                                     "that begins with 'PK??ab'");
}

TEST(NpyTest, everyTruncation) {
  for (int version : {1, 2}) {
    const std::string whole =
        npy(header("<f4", "(2, 2)"), "0123456789abcdef", version);
    ASSERT_EQ(errorOf(whole), "");
    for (size_t length = 0; length < whole.size(); ++length)
      EXPECT_NE(errorOf(whole.substr(0, length)), "") << length;
    EXPECT_NE(errorOf(whole + "x"), "");
  }
}

TEST(NpyTest, everyChangedHeaderByte) {
  const std::string head = header("<f4", "(2, 2)");
  const std::string whole = npy(head, "0123456789abcdef");
  for (size_t i = 0; i < whole.size() - 16; ++i)
    for (int value = 0; value < 256; ++value) {
      std::string changed = whole;
      changed[i] = char(value);
      NpyArray array;
      std::string error;
      if (parseNpy(changed, array, error))
        EXPECT_EQ(array.data.size(), 16u);
      else
        EXPECT_EQ(error.find('\n'), error.npos);
    }
}

TEST(NpyTest, version) {
  EXPECT_EQ(errorOf(npy(header("|i1", "(1,)"), "a", 4)),
            "expected .npy version 1.0, 2.0 or 3.0, but got 4.0");
}

TEST(NpyTest, hugeHeader) {
  EXPECT_EQ(errorOf(std::string("\x93NUMPY\2\0\xff\xff\xff\xff{", 13)),
            "expected a header of at most 65536 bytes, but got 4294967295");
}

TEST(NpyTest, dtype) {
  for (const char *descr : {">f4", "<f8", "|b1", "|O", "|S4", "<U1", "<c8",
                            "f4", "<f4x", "", "|f4", "<u2"})
    EXPECT_EQ(errorOf(npy(header(descr, "(1,)"), "abcd")),
              "expected little-endian f4, f2, i1, u1, i2, i4 or i8, but got '" +
                  std::string(descr) + "'");
}

TEST(NpyTest, shape) {
  for (const char *shape :
       {"(3)", "(-1,)", "(1", "(1,,)", "(a,)", "3", "[3]", "(1.0,)", "(,)",
        "(99999999999999999999,)", "(1 2)"})
    EXPECT_EQ(errorOf(npy(header("|i1", shape), "abc"))
                  .rfind("expected a header with descr", 0),
              0u)
        << shape;
  EXPECT_EQ(errorOf(npy(header("|i1", "(1,1,1,1,1,1,1,1,1)"), "a")),
            "expected a rank of at most 8, but got 9");
}

TEST(NpyTest, size) {
  EXPECT_EQ(errorOf(npy(header("<i4", "(2,)"), "abcd")),
            "expected 8 bytes of the header's shape, but got 4 bytes");
  EXPECT_NE(errorOf(npy(header("<i4", "(4611686018427387905,)"), "abcd")), "");
  EXPECT_NE(errorOf(npy(header("<i4", "(4294967296, 4294967296)"), "")), "");
  EXPECT_EQ(errorOf(npy(header("<i4", "(9223372036854775807, 9, 0)"), "")), "");
}

TEST(NpyTest, keys) {
  EXPECT_NE(errorOf(npy("{'descr': '|i1', 'shape': (1,)}", "a")), "");
  EXPECT_NE(errorOf(npy("{'descr': '|i1', 'descr': '|i1', 'shape': (1,), "
                        "'fortran_order': False}",
                        "a")),
            "");
  EXPECT_NE(errorOf(npy("{'descr': '|i1', 'fortran_order': False, 'shape': "
                        "(1,), 'more': 1}",
                        "a")),
            "");
  EXPECT_NE(errorOf(npy(header("|i1", "(1,)") + "x", "a")), "");
  EXPECT_NE(errorOf(npy("", "")), "");
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

namespace {

struct FileTest : testing::Test {
  FileTest() {
    std::string name = (fs::temp_directory_path() / "lowbit.XXXXXX").string();
    folder = mkdtemp(name.data());
  }
  ~FileTest() override { fs::remove_all(folder); }

  size_t count() const {
    return size_t(std::distance(fs::directory_iterator(folder), {}));
  }

  fs::path folder;
  std::string content, error;
};

} // namespace

TEST_F(FileTest, writeThenRead) {
  const std::string path = (folder / "x").string();
  const std::string bytes("a\0b\n", 4);
  ASSERT_TRUE(writeFile(path, "before", error)) << error;
  ASSERT_TRUE(writeFile(path, bytes, error)) << error;
  ASSERT_TRUE(readFile(path, content, error)) << error;
  EXPECT_EQ(content, bytes);
  EXPECT_EQ(count(), 1u);
  const mode_t mask = umask(0);
  umask(mask);
  struct stat info;
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0666 & ~mask);
}

TEST_F(FileTest, writeToFolder) {
  const std::string path = (folder / "x").string();
  fs::create_directory(path);
  EXPECT_FALSE(writeFile(path, "a", error));
  EXPECT_EQ(error.rfind(path + ": expected a writable file, but got: ", 0), 0u);
  EXPECT_EQ(count(), 1u); // nothing is left beside it
}

TEST_F(FileTest, writeToAbsentFolder) {
  EXPECT_FALSE(writeFile((folder / "absent/x").string(), "a", error));
  EXPECT_NE(error.find("No such file"), error.npos) << error;
}

TEST_F(FileTest, readDevice) {
  EXPECT_FALSE(readFile("/dev/null", content, error));
  EXPECT_EQ(error, "/dev/null: expected a file, but got something else");
}

TEST_F(FileTest, readAbsent) {
  EXPECT_FALSE(readFile((folder / "absent").string(), content, error));
  EXPECT_FALSE(readFile(folder.string(), content, error));
}

TEST_F(FileTest, readPipe) {
  const std::string path = (folder / "pipe").string();
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  EXPECT_FALSE(readFile(path, content, error));
  EXPECT_EQ(error, path + ": expected a file, but got something else");
}

TEST_F(FileTest, readNpyNamesFile) {
  const std::string path = (folder / "x.npy").string();
  ASSERT_TRUE(writeFile(path, "abc", error));
  NpyArray array;
  EXPECT_FALSE(readNpy(path, array, error));
  EXPECT_EQ(error, path + ": expected a .npy file, but got a file that begins "
                          "with 'abc'");
}
