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

struct Timing {
  double medianUs = 0;
  double minUs = 0;
};

/// Of an even number of repetitions the median is the upper middle one.
inline Timing summarize(std::vector<double> seconds) {
  auto middle = seconds.begin() + seconds.size() / 2;
  std::nth_element(seconds.begin(), middle, seconds.end());
  double fewest = *std::min_element(seconds.begin(), middle + 1);
  return {*middle * 1e6, fewest * 1e6};
}

} // namespace mlir::lowbit

#endif // LOWBIT_TOOLS_BENCH_TIMING_H
