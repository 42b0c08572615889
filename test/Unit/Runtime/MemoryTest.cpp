//===- MemoryTest.cpp - Tests of large aligned memory ---------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Memory.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <fstream>
#include <ios>
#include <sstream>
#include <string>
#include <utility>

using namespace mlir::lowbit;

static constexpr uint64_t mebibyte = uint64_t(1) << 20;

static uint64_t remainder(const Memory &memory, uint64_t divisor) {
  return reinterpret_cast<uintptr_t>(memory.data()) % divisor;
}

TEST(MemoryTest, sizesAndAlignment) {
  Memory memory;
  EXPECT_EQ(memory.data(), nullptr);
  for (uint64_t size : {uint64_t(0), uint64_t(1), uint64_t(4097), mebibyte - 1,
                        mebibyte, 2 * mebibyte, 5 * mebibyte + 3}) {
    ASSERT_TRUE(memory.allocate(size)) << size;
    ASSERT_NE(memory.data(), nullptr);
    EXPECT_EQ(memory.size(), size);
    EXPECT_EQ(remainder(memory, size >= mebibyte ? 2 * mebibyte : 64), 0u);
    EXPECT_TRUE(std::all_of(memory.data(), memory.data() + size,
                            [](uint8_t byte) { return byte == 0; }));
    std::fill_n(memory.data(), size, uint8_t(1));
  }
}

#if defined(__linux__)

/// What /proc/self/smaps says in the line `key` of the mapping that holds
/// `data`, with a space before each word and at the end; empty if nothing.
static std::string readMapping(const uint8_t *data, const std::string &key) {
  std::ifstream file("/proc/self/smaps");
  const auto address = reinterpret_cast<uintptr_t>(data);
  bool isHere = false;
  for (std::string line; std::getline(file, line);) {
    uintptr_t begin = 0, end = 0;
    char dash = 0;
    if (std::istringstream(line) >> std::hex >> begin >> dash >> end &&
        dash == '-')
      isHere = begin <= address && address < end;
    else if (isHere && line.rfind(key + ":", 0) == 0)
      return line.substr(key.size() + 1) + " ";
  }
  return "";
}

/// The advice stands in the flags (hg), whether there are such pages or not.
TEST(MemoryTest, largePagesFromOneMebibyte) {
  Memory small, large;
  ASSERT_TRUE(small.allocate(mebibyte - 1));
  ASSERT_TRUE(large.allocate(mebibyte));
  const std::string flags = readMapping(large.data(), "VmFlags");
  if (flags.empty() || !std::ifstream("/sys/kernel/mm/transparent_hugepage/"
                                      "enabled"))
    GTEST_SKIP() << "expected flags in /proc/self/smaps and large pages, but "
                    "got a kernel without";
  EXPECT_NE(flags.find(" hg "), flags.npos) << flags;
  EXPECT_EQ(readMapping(small.data(), "VmFlags").find(" hg "), flags.npos);
}

#endif // __linux__

TEST(MemoryTest, tooLarge) {
  Memory memory;
  ASSERT_TRUE(memory.allocate(64));
  EXPECT_FALSE(memory.allocate(UINT64_MAX));
  EXPECT_EQ(memory.data(), nullptr);
  EXPECT_EQ(memory.size(), 0u);
  EXPECT_FALSE(memory.allocate(uint64_t(1) << 60));
}

TEST(MemoryTest, move) {
  Memory first;
  ASSERT_TRUE(first.allocate(100));
  const uint8_t *data = first.data();
  Memory second = std::move(first);
  EXPECT_EQ(second.data(), data);
  EXPECT_EQ(second.size(), 100u);
}

TEST(MemoryDeathTest, readOnly) {
  Memory memory;
  ASSERT_TRUE(memory.allocate(2 * mebibyte));
  memory.makeReadOnly();
  EXPECT_EQ(memory.data()[mebibyte], 0);
  EXPECT_DEATH(memory.data()[mebibyte] = 1, "");
}
