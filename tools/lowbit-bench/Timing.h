//===- Timing.h - Repeat and measure ----------------------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each repetition is timed by itself. Their number adapts to a time budget.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_TOOLS_BENCH_TIMING_H
#define LOWBIT_TOOLS_BENCH_TIMING_H

#include <algorithm>
#include <chrono>
#include <vector>

namespace mlir::lowbit {

/// Calls `run` for `budget` seconds and at least `atLeast` times; returns the
/// seconds of each call.
template <typename Run>
std::vector<double> timeEach(double budget, size_t atLeast, Run &&run) {
  using Clock = std::chrono::steady_clock;
  std::vector<double> seconds;
  Clock::time_point begin = Clock::now(), last = begin;
  while (seconds.size() < atLeast ||
         std::chrono::duration<double>(last - begin).count() < budget) {
    Clock::time_point start = Clock::now();
    run();
    last = Clock::now();
    seconds.push_back(std::chrono::duration<double>(last - start).count());
  }
  return seconds;
}

/// The middle of some numbers, and how far the middle half of them lies apart.
struct Spread {
  double lowest = 0;
  double lowerQuartile = 0;
  double median = 0;
  double upperQuartile = 0;

  Spread operator*(double factor) const {
    return {lowest * factor, lowerQuartile * factor, median * factor,
            upperQuartile * factor};
  }
};

/// Of `values`, at least one. Where a quantile falls between two of them, it is
/// the upper one.
inline Spread summarize(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  auto quantile = [&](size_t quarters) {
    return values[values.size() * quarters / 4];
  };
  return {values.front(), quantile(1), quantile(2), quantile(3)};
}

} // namespace mlir::lowbit

#endif // LOWBIT_TOOLS_BENCH_TIMING_H
