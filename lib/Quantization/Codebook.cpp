//===- Codebook.cpp - Tables of i8 levels ---------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/Codebook.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace mlir::lowbit;

void HalfLevels::add(double x, double weight) {
  auto interval = static_cast<int64_t>(std::floor(2.0 * x)) + 2 * kLargestLevel;
  auto last = static_cast<int64_t>(moments.size()) - 1;
  Moments &sums = moments[std::clamp<int64_t>(interval, 0, last)];
  sums.weight += weight;
  sums.first += weight * x;
  sums.second += weight * x * x;
}

namespace {
/// Squared errors of intervals by sums from the left.
class Costs {
public:
  explicit Costs(const std::vector<Moments> &moments)
      : sums(moments.size() + 1) {
    for (size_t i = 0; i < moments.size(); ++i)
      sums[i + 1] = {sums[i].weight + moments[i].weight,
                     sums[i].first + moments[i].first,
                     sums[i].second + moments[i].second};
  }

  /// The error of the numbers below `level`.
  double below(int32_t level) const {
    return toLevel(0, getBoundary(2 * level), level);
  }
  /// The error of the numbers above `level`.
  double above(int32_t level) const {
    return toLevel(getBoundary(2 * level), sums.size() - 1, level);
  }
  /// The error of the numbers between two levels, each to the nearer one.
  double between(int32_t lower, int32_t upper) const {
    size_t middle = getBoundary(lower + upper);
    return toLevel(getBoundary(2 * lower), middle, lower) +
           toLevel(middle, getBoundary(2 * upper), upper);
  }

private:
  static size_t getBoundary(int64_t twice) {
    return static_cast<size_t>(twice + 2 * kLargestLevel);
  }
  double toLevel(size_t first, size_t end, double level) const {
    const Moments &a = sums[first], &b = sums[end];
    return (b.second - a.second) - 2 * level * (b.first - a.first) +
           level * level * (b.weight - a.weight);
  }

  std::vector<Moments> sums;
};
} // namespace

std::vector<int8_t> mlir::lowbit::findBestTable(const HalfLevels &numbers,
                                                int64_t size) {
  constexpr int32_t count = 2 * kLargestLevel + 1;
  Costs costs(numbers.getMoments());
  auto getLevel = [](int32_t i) { return i - kLargestLevel; };
  // errors[t]: of the numbers below level t, with t as the last level so far.
  std::vector<double> errors(count);
  for (int32_t t = 0; t < count; ++t)
    errors[t] = costs.below(getLevel(t));
  int64_t used = std::min<int64_t>(size, count);
  std::vector<std::vector<int32_t>> previous(used, std::vector<int32_t>(count));
  for (int64_t m = 1; m < used; ++m) {
    std::vector<double> next(count, std::numeric_limits<double>::infinity());
    for (int32_t t = 1; t < count; ++t)
      for (int32_t before = 0; before < t; ++before) {
        double error =
            errors[before] + costs.between(getLevel(before), getLevel(t));
        if (error < next[t]) {
          next[t] = error;
          previous[m][t] = before;
        }
      }
    errors = std::move(next);
  }
  int32_t last = 0;
  double least = std::numeric_limits<double>::infinity();
  for (int32_t t = 0; t < count; ++t)
    if (double error = errors[t] + costs.above(getLevel(t)); error < least) {
      least = error;
      last = t;
    }
  std::vector<int8_t> table(size, static_cast<int8_t>(getLevel(last)));
  for (int64_t m = used - 1; m >= 0; --m) {
    table[m] = static_cast<int8_t>(getLevel(last));
    last = previous[m][last];
  }
  return table;
}

std::vector<int8_t> mlir::lowbit::getLogTable(unsigned bits) {
  int magnitudes = (1 << (bits - 1)) - 1;
  std::vector<int8_t> table;
  for (int e = magnitudes - 1; e >= 0; --e)
    table.push_back(static_cast<int8_t>(-(1 << e)));
  table.push_back(0);
  for (int e = 0; e < magnitudes; ++e)
    table.push_back(static_cast<int8_t>(1 << e));
  table.push_back(table.back());
  return table;
}

CodeFinder::CodeFinder(const std::vector<int8_t> &table)
    : codes(2 * kOrigin + 1) {
  size_t code = 0;
  for (int64_t twice = -kOrigin; twice <= kOrigin; ++twice) {
    while (code + 1 < table.size() && table[code] < table[code + 1] &&
           twice > table[code] + table[code + 1])
      ++code;
    codes[static_cast<size_t>(twice + kOrigin)] = static_cast<uint8_t>(code);
  }
}
