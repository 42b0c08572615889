//===- Random.h - Random numbers --------------------------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_TOOLS_RUN_RANDOM_H
#define LOWBIT_TOOLS_RUN_RANDOM_H

#include <cmath>
#include <cstdint>

namespace mlir::lowbit {

/// splitmix64 (Steele, Lea, Flood 2014): the same numbers on every machine.
class Random {
public:
  explicit Random(uint64_t seed) : state(seed) {}

  uint64_t next() {
    uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
  }

  /// A number of the standard normal distribution (Box, Muller 1958).
  float nextNormal() {
    double radius = std::sqrt(-2.0 * std::log(nextUniform()));
    return float(radius * std::cos(2.0 * M_PI * nextUniform()));
  }

private:
  /// A number in (0, 1).
  double nextUniform() { return (double(next() >> 12) + 0.5) * 0x1p-52; }

  uint64_t state;
};

} // namespace mlir::lowbit

#endif // LOWBIT_TOOLS_RUN_RANDOM_H
