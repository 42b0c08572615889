//===- NearestLevels.cpp - Weights and their nearest levels ---------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NearestLevels.h"

#include <algorithm>
#include <cmath>

using namespace mlir::lowbit;

/// Equal cells of the range, so many that most hold one value at most, where
/// their number stays in the caches.
static int64_t countCells(int64_t count) {
  return std::min<int64_t>(4 * count, 1 << 20);
}

NearestLevels::NearestLevels(const float *w, int64_t count)
    : count(count), smallest(HUGE_VAL), largest(0.0), squares(0.0),
      values(count + 1), sumsBelow(count + 1),
      cellStarts(countCells(count) + 1) {
  measure(w);
  cellsPerUnit = static_cast<double>(countCells(count) - 1) / (2 * largest);
  sort(w);
  for (int64_t i = 0; i < count; ++i)
    sumsBelow[i + 1] = sumsBelow[i] + values[i];
}

void NearestLevels::measure(const float *w) {
  for (int64_t i = 0; i < count; ++i) {
    double magnitude = std::fabs(static_cast<double>(w[i]));
    largest = std::max(largest, magnitude);
    if (magnitude != 0.0)
      smallest = std::min(smallest, magnitude);
    squares += magnitude * magnitude;
  }
}

/// A bucket sort.
void NearestLevels::sort(const float *w) {
  for (int64_t i = 0; i < count; ++i)
    ++cellStarts[getCell(w[i]) + 1];
  for (size_t cell = 1; cell < cellStarts.size(); ++cell)
    cellStarts[cell] += cellStarts[cell - 1];
  std::vector<int64_t> next = cellStarts;
  for (int64_t i = 0; i < count; ++i)
    values[next[getCell(w[i])]++] = w[i];
  auto first = values.begin();
  for (size_t cell = 1; cell < cellStarts.size(); ++cell)
    if (cellStarts[cell] - cellStarts[cell - 1] > 1)
      std::sort(first + cellStarts[cell - 1], first + cellStarts[cell]);
}

int64_t NearestLevels::getCell(double value) const {
  return static_cast<int64_t>((value + largest) * cellsPerUnit);
}

int64_t NearestLevels::countBelow(double value) const {
  if (value <= -largest)
    return 0;
  if (value > largest)
    return count;
  int64_t cell = getCell(value);
  int64_t first = cellStarts[cell], end = cellStarts[cell + 1];
  auto isBelow = [=](float w) { return w < value; };
  // Without a branch that depends on the values.
  if (end - first <= 1)
    return first + static_cast<int64_t>((first < end) & isBelow(values[first]));
  auto begin = values.begin();
  return std::partition_point(begin + first, begin + end, isBelow) - begin;
}

LevelSums NearestLevels::sum(double scale, int32_t lowest,
                             int32_t highest) const {
  return highest - lowest < count ? sumThresholds(scale, lowest, highest)
                                  : sumWeights(scale, lowest, highest);
}

LevelSums NearestLevels::sumWeights(double scale, int32_t lowest,
                                    int32_t highest) const {
  // 1.5 * 2^52: its neighbours are integers, so a sum is rounded to one.
  constexpr double round = 6755399441055744.0;
  double lo = lowest, hi = highest;
  LevelSums sums;
  for (int64_t i = 0; i < count; ++i) {
    double w = values[i];
    double level = (std::min(std::max(w / scale, lo), hi) + round) - round;
    sums.products += w * level;
    sums.squares += level * level;
  }
  return sums;
}

/// Each weight has the lowest level, and one more for each threshold below it.
LevelSums NearestLevels::sumThresholds(double scale, int32_t lowest,
                                       int32_t highest) const {
  double first = lowest, all = static_cast<double>(count);
  LevelSums sums = {first * sumsBelow.back(), first * first * all};
  for (int32_t level = lowest; level < highest; ++level) {
    int64_t below = countBelow(scale * (level + 0.5));
    sums.products += sumsBelow.back() - sumsBelow[below];
    sums.squares += (2.0 * level + 1.0) * static_cast<double>(count - below);
  }
  return sums;
}
