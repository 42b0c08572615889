//===- Histogram.cpp - Counts of values in constant memory ----------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/Histogram.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

using namespace mlir::lowbit;

Histogram::Histogram(std::vector<int64_t> counts, int exponent)
    : counts(std::move(counts)), exponent(exponent),
      inverseWidth(std::ldexp(1.0, -exponent)) {}

double Histogram::getWidth() const { return std::ldexp(1.0, exponent); }

int64_t Histogram::getTotal() const {
  return std::accumulate(counts.begin(), counts.end(), int64_t(0));
}

void Histogram::growTo(float value) {
  // value = m * 2^e with |m| in [1/2, 1), which needs bins of 2^e / kHalf; -1/2
  // is the end of a range of its own.
  int e = 0;
  float m = std::frexp(value, &e);
  int doublings = e - (m == -0.5f) - 11 - exponent;
  exponent += doublings;
  inverseWidth = std::ldexp(1.0, -exponent);
  int shift = std::min(doublings, 12); // all of one sign are one bin by then
  std::vector<int64_t> grown(counts.size(), 0);
  for (int64_t i = -kHalf; i < kHalf; ++i)
    grown[static_cast<size_t>((i >> shift) + kHalf)] += getCount(i);
  counts = std::move(grown);
}
