//===- StatisticsFileTest.cpp - Statistics of layers in a file ------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Calibration/StatisticsFile.h"
#include "lowbit/Runtime/Npz.h"

#include "gtest/gtest.h"

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <vector>

using namespace mlir::lowbit;
namespace fs = std::filesystem;

namespace {
/// A fresh folder for each test.
class StatisticsFileTest : public testing::Test {
protected:
  StatisticsFileTest() {
    std::string name = (fs::temp_directory_path() / "lowbit.XXXXXX").string();
    folder = mkdtemp(name.data());
    path = (folder / "stats.npz").string();
  }
  ~StatisticsFileTest() override { fs::remove_all(folder); }

  void write(const std::string &name, const std::vector<float> &values) {
    CalibrationStatistics statistics;
    statistics.source = "data";
    statistics.layers[name].addBatch(values.data(), int64_t(values.size()));
    std::string error;
    ASSERT_TRUE(writeStatistics(path, statistics, error)) << error;
  }

  /// The error of reading the file after `edit` changed its arrays.
  std::string errorAfter(
      const std::function<void(std::map<std::string, NpyArray> &)> &edit) {
    write("fc", {-1, 0, 2});
    std::string error;
    std::map<std::string, NpyArray> arrays;
    {
      std::unique_ptr<NpzFile> file = NpzFile::open(path, error);
      for (const std::string &name : file->getNames()) {
        auto member = file->openMember(name, error);
        NpyArray &array = arrays[name];
        array = {member->getDtype(), member->getShape(),
                 std::vector<uint8_t>(member->getBytes())};
        EXPECT_TRUE(member->read(array.data.data(), array.data.size(), error));
      }
    }
    edit(arrays);
    EXPECT_TRUE(writeNpz(path, arrays, error)) << error;
    CalibrationStatistics statistics;
    EXPECT_FALSE(readStatistics(path, statistics, error));
    EXPECT_EQ(error.compare(0, path.size() + 2, path + ": "), 0) << error;
    return error.substr(path.size() + 2);
  }

  fs::path folder;
  std::string path;
};
} // namespace

template <typename T>
static void set(NpyArray &array, T value, size_t index = 0) {
  std::memcpy(&array.data[index * sizeof(T)], &value, sizeof(T));
}

TEST_F(StatisticsFileTest, roundTrip) {
  const std::vector<float> values = {-1, 0, 2, NAN, 1e30f};
  for (const char *name : {"fc", "block/fc", "a b\n\xff", "../fc"}) {
    write(name, values);
    CalibrationStatistics read;
    std::string error;
    ASSERT_TRUE(readStatistics(path, read, error)) << error;
    EXPECT_EQ(read.source, "data");
    ASSERT_EQ(read.layers.count(name), 1u) << name;
    const ActivationStatistics &s = read.layers[name];
    EXPECT_EQ(s.count, 4);
    EXPECT_EQ(s.ignored, 1);
    EXPECT_EQ(s.min, -1);
    EXPECT_EQ(s.max, 1e30f);
    EXPECT_EQ(s.averageMin, -1);
    EXPECT_EQ(float(s.averageMax), 1e30f);
    EXPECT_NEAR(s.sum, 1e30, 1e24);
    ActivationStatistics expected;
    expected.addBatch(values.data(), 5);
    EXPECT_EQ(s.histogram.getCounts(), expected.histogram.getCounts());
    EXPECT_EQ(s.histogram.getExponent(), expected.histogram.getExponent());
  }
}

TEST_F(StatisticsFileTest, sameStatisticsGiveTheSameBytes) {
  auto readAll = [&] {
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  write("fc", {1, 2});
  std::string first = readAll();
  write("fc", {1, 2});
  EXPECT_FALSE(first.empty());
  EXPECT_EQ(readAll(), first);
}

TEST_F(StatisticsFileTest, moments) {
  CalibrationStatistics statistics;
  statistics.moments["fc"] = {2, 1, 7, {1, 2}, {3, 4}};
  statistics.moments["means"] = {1, 2, 7, {1, 2}, {}};
  std::string error;
  ASSERT_TRUE(writeStatistics(path, statistics, error)) << error;
  InputMoments read;
  ASSERT_EQ(readMoments(path, "fc", MomentOrder::Second, read, error),
            Presence::Present);
  EXPECT_EQ(read.groups, 2);
  EXPECT_EQ(read.depth, 1);
  EXPECT_EQ(read.count, 7);
  EXPECT_EQ(read.means, (std::vector<float>{1, 2}));
  EXPECT_EQ(read.products, (std::vector<float>{3, 4}));
  EXPECT_EQ(readMoments(path, "means", MomentOrder::First, read, error),
            Presence::Present);
  EXPECT_EQ(readMoments(path, "means", MomentOrder::Second, read, error),
            Presence::Missing);
  EXPECT_EQ(readMoments(path, "other", MomentOrder::First, read, error),
            Presence::Missing);
  EXPECT_EQ(readMoments(path + "x", "fc", MomentOrder::First, read, error),
            Presence::Broken);
  EXPECT_EQ(error, path + "x: expected a readable file, but got: No such file "
                          "or directory");
  for (int64_t rows : {int64_t(0), INT64_MIN}) {
    statistics.moments["fc"].count = rows;
    ASSERT_TRUE(writeStatistics(path, statistics, error)) << error;
    EXPECT_EQ(readMoments(path, "fc", MomentOrder::First, read, error),
              Presence::Broken);
    EXPECT_EQ(error, path +
                         ": layer 'fc': expected input_rows of at least 1, "
                         "but got " +
                         std::to_string(rows));
  }
  // The statistics need none of it.
  CalibrationStatistics others;
  ASSERT_TRUE(readStatistics(path, others, error)) << error;
  EXPECT_TRUE(others.layers.empty());
}

TEST_F(StatisticsFileTest, missingArray) {
  EXPECT_EQ(errorAfter([](auto &arrays) { arrays.erase("fc/max"); }),
            "'fc/max': expected an array, but got none");
  EXPECT_EQ(
      errorAfter([](auto &arrays) { arrays.erase("calibration/source"); }),
      "'calibration/source': expected an array, but got none");
}

TEST_F(StatisticsFileTest, wrongType) {
  EXPECT_EQ(errorAfter([](auto &arrays) {
              arrays["fc/min"] = {LOWBIT_I32, {}, std::vector<uint8_t>(4)};
            }),
            "'fc/min': expected f32, but got i32");
  EXPECT_EQ(errorAfter([](auto &arrays) {
              arrays["fc/histogram"] = {
                  LOWBIT_I64, {1}, std::vector<uint8_t>(8)};
            }),
            "'fc/histogram': expected 4096xi64, but got 1xi64");
}

TEST_F(StatisticsFileTest, wrongNumbers) {
  struct {
    const char *name;
    float value;
    const char *error;
  } reals[] = {
      {"fc/min", 3.0f, "min and max to be finite and in order, but got others"},
      {"fc/max", INFINITY,
       "min and max to be finite and in order, but got others"},
      {"fc/mean", NAN, "mean to be a number, but got NaN"},
      {"fc/mean", INFINITY,
       "mean to be finite and mean_square to be at least 0, but got others"},
      {"fc/mean_square", -1.0f,
       "mean to be finite and mean_square to be at least 0, but got others"},
      {"fc/max", 3e38f,
       "histogram to reach from min to max, but got bins of 2^-9"},
      {"fc/moving_min", -INFINITY,
       "moving_min and moving_max to be finite and in order, but got others"}};
  for (const auto &real : reals)
    EXPECT_EQ(
        errorAfter([&](auto &arrays) { set(arrays[real.name], real.value); }),
        "layer 'fc': expected " + std::string(real.error));
}

TEST_F(StatisticsFileTest, wrongCounts) {
  EXPECT_EQ(
      errorAfter([](auto &arrays) { set<int64_t>(arrays["fc/count"], -1); }),
      "layer 'fc': expected count and ignored of at least 0, but got "
      "less");
  EXPECT_EQ(
      errorAfter([](auto &arrays) { set<int64_t>(arrays["fc/count"], 4); }),
      "layer 'fc': expected histogram to count 4 elements, but got "
      "fewer");
  for (int64_t count : {int64_t(-1), INT64_MAX})
    EXPECT_EQ(errorAfter([&](auto &arrays) {
                set<int64_t>(arrays["fc/histogram"], count, 7);
              }),
              "layer 'fc': expected histogram to count 3 elements, but got "
              "others");
  for (int32_t exponent : {-161, 118, INT32_MIN})
    EXPECT_EQ(errorAfter([&](auto &arrays) {
                set<int32_t>(arrays["fc/histogram_exponent"], exponent);
              }),
              "layer 'fc': expected histogram_exponent in -160..117, but got " +
                  std::to_string(exponent));
}

TEST_F(StatisticsFileTest, unwritable) {
  std::string error;
  EXPECT_FALSE(writeStatistics("/nowhere/s.npz", {}, error));
  EXPECT_NE(error.find("/nowhere/s.npz: expected a writable folder"),
            std::string::npos)
      << error;
}
