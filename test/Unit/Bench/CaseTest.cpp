//===- CaseTest.cpp - What is timed -------------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Case.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Regex.h"
#include "gtest/gtest.h"

#include <set>

using namespace mlir::lowbit;

static std::set<std::string> matchNames(llvm::StringRef filter) {
  llvm::Regex regex(filter);
  std::string problem;
  EXPECT_TRUE(regex.isValid(problem)) << problem;
  std::set<std::string> names;
  auto insert = [&](const auto &list) {
    for (const auto &which : list)
      if (regex.match(nameOf(which)))
        EXPECT_TRUE(names.insert(nameOf(which)).second) << nameOf(which);
  };
  insert(listCases());
  insert(listPairs());
  return names;
}

TEST(CaseTest, nameTellsEverything) {
  std::set<std::string> names =
      matchNames("^ternary/14336x4096/m512/hot/op/t2$");
  EXPECT_EQ(names.size(), 1u);
}

TEST(CaseTest, nameOfALayerIsAFileName) {
  for (const Case &which : listCases())
    EXPECT_EQ(nameOf(which.layer).find_first_of("/:*? "), std::string::npos);
}

TEST(CaseTest, namesAreUnique) { EXPECT_GT(matchNames(".").size(), 1000u); }

TEST(CaseTest, casesOfALayerStandTogether) {
  std::set<std::string> seen;
  std::string last;
  for (const Case &which : listCases()) {
    std::string layer = nameOf(which.layer);
    if (layer != last)
      EXPECT_TRUE(seen.insert(layer).second) << layer;
    last = layer;
  }
}

TEST(CaseTest, kernelScopeHasACodeType) {
  for (const Case &which : listCases())
    if (which.layer.scope == Scope::Kernel)
      EXPECT_NE(which.layer.encoding->codeType, nullptr) << nameOf(which);
}

TEST(CaseTest, halvesOfAPairDifferInTheirEncoding) {
  for (const Pair &pair : listPairs()) {
    EXPECT_NE(pair.first.layer.encoding, pair.second.layer.encoding);
    EXPECT_EQ(pair.first.layer.n, pair.second.layer.n);
    EXPECT_EQ(pair.first.m, pair.second.m);
    EXPECT_EQ(pair.first.threads, 1);
  }
}

TEST(CaseTest, defaultHasAllShapesRowsAndThreads) {
  std::set<std::string> byDefault = matchNames(defaultNames);
  for (const char *encoding : {"f32", "int4b32", "int8", "ternary"})
    for (const char *shape :
         {"2560x2560", "6912x2560", "2560x6912", "4096x4096", "14336x4096"})
      for (const char *run :
           {"m1/hot", "m1/cold", "m8/hot", "m128/hot", "m512/hot"})
        for (const char *threads : {"t1", "t2"}) {
          std::string name = llvm::formatv("{0}/{1}/{2}/op/{3}", encoding,
                                           shape, run, threads);
          EXPECT_EQ(byDefault.count(name), 1u) << name;
        }
}

TEST(CaseTest, defaultHasConvolutions) {
  std::set<std::string> byDefault = matchNames(defaultNames);
  EXPECT_EQ(byDefault.count("int8/56x56x64-3x3/m3136/hot/op/t1"), 1u);
  EXPECT_EQ(byDefault.count("int8/56x56x64-3x3/m3136/hot/op/t2"), 1u);
}

TEST(CaseTest, defaultHasEveryEncodingAndPair) {
  std::set<std::string> byDefault = matchNames(defaultNames);
  EXPECT_LT(byDefault.size(), 400u);
  auto expectAny = [&](const std::string &encodings) {
    auto found = byDefault.lower_bound(encodings + "/");
    EXPECT_TRUE(found != byDefault.end() &&
                llvm::StringRef(*found).starts_with(encodings + "/"))
        << encodings;
  };
  for (const Case &which : listCases())
    expectAny(which.layer.encoding->name);
  for (const Pair &pair : listPairs())
    expectAny(std::string(pair.first.layer.encoding->name) + ":" +
              pair.second.layer.encoding->name);
}
