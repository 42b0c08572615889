//===- ReportTest.cpp - Shares and the format of a report ---------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Report.h"

#include "llvm/Support/JSON.h"
#include "gtest/gtest.h"

using namespace mlir::lowbit;

static Case findCase(llvm::StringRef name) {
  for (const Case &which : listCases())
    if (nameOf(which) == name)
      return which;
  ADD_FAILURE() << name.str();
  return listCases().front();
}

/// On one thread 1000 operations, or 10 bytes from memory, in a nanosecond.
static Measurements measureRow(llvm::StringRef name, CaseResult result) {
  Measurements measurements;
  Limits limits;
  limits.vpdpbusdGops = {1000, 900};
  limits.maddubsGops = {400, 400};
  limits.fmaGflops = {20, 20};
  limits.popcntGops = {400, 400};
  limits.dramGbs = {10, 5};
  measurements.limits[1] = limits;
  limits.dramGbs = {20, 10};
  measurements.limits[2] = limits;
  measurements.rows = {{findCase(name), std::move(result)}};
  return measurements;
}

static llvm::json::Object write(const Measurements &measurements) {
  std::string text;
  llvm::raw_string_ostream os(text);
  writeJson(os, measurements);
  llvm::Expected<llvm::json::Value> value = llvm::json::parse(text);
  EXPECT_TRUE(bool(value)) << text;
  return std::move(*value->getAsObject());
}

static llvm::json::Object writeRow(llvm::StringRef name, CaseResult result) {
  llvm::json::Object whole = write(measureRow(name, std::move(result)));
  return std::move(*whole.getArray("rows")->front().getAsObject());
}

static const Spread us = {90, 95, 100, 110};

TEST(ReportTest, boundByBytes) {
  llvm::json::Object row = writeRow("int8/2560x2560/m1/cold/op/t1",
                                    {"generic", 500000, Level::Dram, us});
  EXPECT_EQ(row.getString("bound_by"), "dram_gbs");
  EXPECT_EQ(row.getNumber("share"), 0.5);
}

TEST(ReportTest, boundByOperations) {
  double half = 2 * 13.1072; // us of 2 * 2560 * 2560 operations
  llvm::json::Object row =
      writeRow("int8/2560x2560/m1/cold/op/t1",
               {"generic", 1, Level::Dram, us * (half / us.median)});
  EXPECT_EQ(row.getString("bound_by"), "vpdpbusd_gops");
  EXPECT_EQ(row.getNumber("share"), 0.5);
}

TEST(ReportTest, boundByTheArithmeticOfTheActivations) {
  CaseResult result = {"generic", 1, Level::Dram, us};
  auto boundBy = [&](llvm::StringRef name) {
    return writeRow(name, result).getString("bound_by")->str();
  };
  EXPECT_EQ(boundBy("f32/2560x2560/m1/hot/op/t1"), "fma_gflops");
  EXPECT_EQ(boundBy("binary-binary/2560x2560/m1/hot/op/t1"), "popcnt_gops");
  EXPECT_EQ(boundBy("binary/2560x2560/m1/hot/op/t1"), "vpdpbusd_gops");
}

TEST(ReportTest, boundByTilesWhereRowsFillThem) {
  auto writeTileRow = [&](llvm::StringRef name) {
    Measurements measurements =
        measureRow(name, {"x86-amx", 1, Level::Dram, us});
    measurements.limits.at(1).amxInt8Gops = {8000, 8000};
    llvm::json::Object whole = write(measurements);
    return std::move(*whole.getArray("rows")->front().getAsObject());
  };
  EXPECT_EQ(writeTileRow("int8/2560x2560/m1/hot/op/t1").getString("bound_by"),
            "vpdpbusd_gops");
  // Half of each tile: 16 rows of 2 * 2560 * 2560 operations in 26.2144 us.
  llvm::json::Object half = writeTileRow("int8/2560x2560/m8/hot/op/t1");
  EXPECT_EQ(half.getString("bound_by"), "amx_int8_gops");
  EXPECT_EQ(half.getNumber("share"), 0.262);
  EXPECT_EQ(writeTileRow("binary-binary/2560x2560/m128/hot/op/t1")
                .getString("bound_by"),
            "amx_int8_gops");
  EXPECT_EQ(writeTileRow("f32/2560x2560/m128/hot/op/t1").getString("bound_by"),
            "fma_gflops");
}

TEST(ReportTest, boundByTheInstructionsOfTheTarget) {
  auto boundBy = [&](const char *target) {
    llvm::json::Object row =
        writeRow("int8/2560x2560/m1/hot/op/t1", {target, 1, Level::Dram, us});
    return row.getString("bound_by")->str();
  };
  EXPECT_EQ(boundBy("x86-avx2"), "maddubs_gops");
  EXPECT_EQ(boundBy("x86-avx512vnni"), "vpdpbusd_gops");
}

TEST(ReportTest, limitsOfTheSameNumberOfThreads) {
  llvm::json::Object row = writeRow("int8/2560x2560/m1/cold/op/t2",
                                    {"generic", 1000000, Level::Dram, us});
  EXPECT_EQ(row.getInteger("threads"), 2);
  EXPECT_EQ(row.getNumber("share"), 0.5);
}

TEST(ReportTest, noLimitThatBinds) {
  Measurements measurements = measureRow("int8/2560x2560/m1/hot/op/t1",
                                         {"generic", 500000, Level::L3, us});
  measurements.limits.at(1) = {};
  llvm::json::Object whole = write(measurements);
  const llvm::json::Object *row = whole.getArray("rows")->front().getAsObject();
  EXPECT_EQ(row->get("bound_by")->kind(), llvm::json::Value::Null);
}

TEST(ReportTest, keysOfARow) {
  llvm::json::Object row = writeRow("int4b32/4096x4096/m8/hot/op/t1",
                                    {"generic", 500, Level::L3, us});
  EXPECT_EQ(row.getString("case"), "int4b32/4096x4096/m8/hot/op/t1");
  EXPECT_EQ(row.getString("target"), "generic");
  EXPECT_EQ(row.getString("encoding"), "int4");
  EXPECT_EQ(row.getString("activation"), "int8");
  EXPECT_EQ(row.getInteger("block"), 32);
  EXPECT_EQ(row.getInteger("m"), 8);
  EXPECT_EQ(row.getInteger("n"), 4096);
  EXPECT_EQ(row.getInteger("k"), 4096);
  EXPECT_EQ(row.getInteger("threads"), 1);
  EXPECT_EQ(row.getString("resident"), "l3");
  EXPECT_EQ(row.getString("scope"), "op");
  EXPECT_EQ(row.getInteger("packed_bytes"), 500);
  EXPECT_EQ(row.getNumber("min_us"), 90);
  EXPECT_EQ(row.getNumber("lower_quartile_us"), 95);
  EXPECT_EQ(row.getNumber("median_us"), 100);
  EXPECT_EQ(row.getNumber("upper_quartile_us"), 110);
}

TEST(ReportTest, keysOfTheWhole) {
  Measurements measurements =
      measureRow("int8/2560x2560/m1/hot/op/t1", {"generic", 1, Level::L2, us});
  measurements.pairs = {{listPairs().front(), {30, 10, {2.5, 2.75, 3, 3.5}}}};
  measurements.failed = {"ternary"};
  llvm::json::Object whole = write(measurements);

  const llvm::json::Object *limits = whole.getObject("limits");
  EXPECT_EQ(limits->getNumber("dram_gbs"), 10);
  EXPECT_EQ(limits->get("l2_gbs")->kind(), llvm::json::Value::Null);
  const llvm::json::Object *two =
      whole.getObject("limits_by_threads")->getObject("2");
  EXPECT_EQ(two->getNumber("dram_gbs"), 20);

  const llvm::json::Object *pair =
      whole.getArray("pairs")->front().getAsObject();
  EXPECT_EQ(pair->getString("case"), nameOf(listPairs().front()));
  EXPECT_EQ(pair->getNumber("first_us"), 30);
  EXPECT_EQ(pair->getNumber("second_us"), 10);
  EXPECT_EQ(pair->getNumber("ratio"), 3);
  EXPECT_EQ(pair->getNumber("lower_quartile"), 2.75);
  EXPECT_EQ(pair->getNumber("upper_quartile"), 3.5);

  EXPECT_EQ(whole.getArray("failed")->front().getAsString(), "ternary");
  EXPECT_TRUE(whole.getArray("peers")->empty());
}

TEST(ReportTest, tables) {
  Measurements measurements = measureRow("int8/2560x2560/m1/cold/op/t1",
                                         {"generic", 500000, Level::Dram, us});
  measurements.pairs = {{listPairs().front(), {30, 10, {2.5, 2.75, 3, 3.5}}}};
  measurements.failed = {"lost"};
  std::string text;
  llvm::raw_string_ostream os(text);
  printTables(os, measurements);
  for (llvm::StringRef words :
       {"dram_gbs             10.0       5.0", "l2_gbs               none",
        "100.00   15.0%      90.00     5.0   131.1   50.0%  dram_gbs",
        "30.00      10.00   3.000   25.0%", "failed:\n  lost\n"})
    EXPECT_TRUE(llvm::StringRef(text).contains(words)) << words.str() << text;
}
