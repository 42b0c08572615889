//===- CpuTest.cpp - Tests of CPU features --------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit-c/Model.h"

#include "gtest/gtest.h"

#include <cstring>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

/// The first feature that this machine lacks, "" if none.
static std::string missingOf(const char *features) {
  const char *missing = lowbit_cpu_missing_feature(features);
  return missing ? std::string(missing, std::strcspn(missing, ",")) : "";
}

TEST(CpuTest, noFeatures) {
  EXPECT_EQ(missingOf(""), "");
  EXPECT_EQ(missingOf(nullptr), "");
}

TEST(CpuTest, unknownNames) {
  EXPECT_EQ(missingOf("nosuchfeature"), "nosuchfeature");
  EXPECT_EQ(missingOf("avx512"), "avx512");
  EXPECT_EQ(missingOf("+sse2"), "+sse2");
  EXPECT_EQ(missingOf(" sse2"), " sse2");
}

TEST(CpuTest, nullModel) {
  EXPECT_EQ(lowbit_model_check(nullptr, nullptr), LOWBIT_ERROR_ARGUMENT);
}

#if defined(__x86_64__) && defined(__linux__)

TEST(CpuTest, baseline) {
  EXPECT_EQ(missingOf("sse2"), "");
  EXPECT_EQ(missingOf("cx8,cmov,mmx,fxsr,sse,sse2"), "");
  EXPECT_EQ(missingOf("sse2,nosuchfeature,avx"), "nosuchfeature");
  EXPECT_EQ(missingOf("sse2x"), "sse2x");
  EXPECT_EQ(missingOf("sse2,,sse2"), "");
}

/// The kernel's view of the same bits.
TEST(CpuTest, agreesWithKernel) {
  std::ifstream file("/proc/cpuinfo");
  std::set<std::string> flags;
  for (std::string line, flag; flags.empty() && std::getline(file, line);)
    if (line.rfind("flags", 0) == 0)
      for (std::istringstream words(line); words >> flag;)
        flags.insert(flag);
  if (flags.empty())
    GTEST_SKIP() << "no flags in /proc/cpuinfo";

  const struct {
    const char *name, *flag;
  } rows[] = {{"sse3", "pni"},
              {"ssse3", "ssse3"},
              {"sse4.1", "sse4_1"},
              {"sse4.2", "sse4_2"},
              {"popcnt", "popcnt"},
              {"avx", "avx"},
              {"f16c", "f16c"},
              {"fma", "fma"},
              {"avx2", "avx2"},
              {"bmi", "bmi1"},
              {"bmi2", "bmi2"},
              {"lzcnt", "abm"},
              {"avx512f", "avx512f"},
              {"avx512bw", "avx512bw"},
              {"avx512cd", "avx512cd"},
              {"avx512dq", "avx512dq"},
              {"avx512vl", "avx512vl"},
              {"avx512ifma", "avx512ifma"},
              {"avx512vbmi", "avx512vbmi"},
              {"avx512vbmi2", "avx512_vbmi2"},
              {"avx512vnni", "avx512_vnni"},
              {"avx512bitalg", "avx512_bitalg"},
              {"avx512vpopcntdq", "avx512_vpopcntdq"},
              {"avx512bf16", "avx512_bf16"},
              {"avx512fp16", "avx512_fp16"},
              {"avxvnni", "avx_vnni"},
              {"gfni", "gfni"},
              {"vaes", "vaes"},
              {"amx-tile", "amx_tile"},
              {"amx-int8", "amx_int8"},
              {"amx-bf16", "amx_bf16"}};
  for (const auto &row : rows)
    EXPECT_EQ(missingOf(row.name).empty(), flags.count(row.flag) != 0)
        << row.name;
}

#else

TEST(CpuTest, everyNameIsMissing) { EXPECT_EQ(missingOf("neon"), "neon"); }

#endif
