//===- Codebook.h - Tables of i8 levels -------------------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Codebook weights mean real = scale * table[code], with a table of at most 256
// ascending i8 levels for the whole tensor. In units of its scale a weight is a
// number x of -127..127; that of a group's largest weight is +-127.
//
//   kmeans  the table of least squared error, sum v * (x - nearest level)^2
//   with
//           v = scale^2. The boundary between two i8 levels is a multiple of
//           1/2, so the numbers between two such multiples, of which there are
//           508, count by their moments alone, and dynamic programming over the
//           255 levels
//             D[m][t] = min over t' < t of D[m - 1][t'] + cost(t', t)
//           with cost(t', t) the error of what lies between t' and t, finds a
//           global minimum among all i8 tables of a size.
//   log     0 and +-2^e for e = 0..m-1, m = 2^(b-1) - 1 and b of 2..4 bits. The
//           scale is a power of two: that of the largest level is nearest to
//           the group's largest magnitude in its logarithm.
//
// A number halfway between two levels takes the lower one.
//
// Sources: H. Wang, M. Song, "Ckmeans.1d.dp", The R Journal 3(2), 2011 (optimal
// k-means in one dimension); D. Miyashita et al., arXiv:1603.01025 (log).
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_QUANTIZATION_CODEBOOK_H
#define LOWBIT_QUANTIZATION_CODEBOOK_H

#include <cstddef>
#include <cstdint>
#include <vector>

namespace mlir::lowbit {

/// The largest level of a k-means table, and minus the smallest.
constexpr int32_t kLargestLevel = 127;

/// Sums of v, v * x and v * x^2 over numbers x with weights v.
struct Moments {
  double weight = 0.0;
  double first = 0.0;
  double second = 0.0;
};

/// Weighted numbers, sorted into the intervals between multiples of 1/2.
class HalfLevels {
public:
  HalfLevels() : moments(4 * kLargestLevel) {}

  /// Adds `x` of -127..127, or barely beyond.
  void add(double x, double weight);

  const std::vector<Moments> &getMoments() const { return moments; }

private:
  std::vector<Moments> moments;
};

/// The ascending table of `size` of 1..256 i8 levels with the least squared
/// error. Up to 255 levels are distinct; the 256th repeats the last one.
std::vector<int8_t> findBestTable(const HalfLevels &numbers, int64_t size);

/// The ascending logarithmic table of 2^bits levels; the last is repeated.
std::vector<int8_t> getLogTable(unsigned bits);

/// Finds codes of numbers by one look-up.
class CodeFinder {
public:
  explicit CodeFinder(const std::vector<int8_t> &table);

  /// The code of the level nearest to `x`, which is finite.
  uint8_t getCode(float x) const {
    float limit = static_cast<float>(kOrigin);
    float twice = 2.0f * x;
    twice = twice < -limit ? -limit : twice > limit ? limit : twice;
    auto whole = static_cast<int64_t>(twice);
    int64_t ceiling = whole + (static_cast<float>(whole) < twice);
    return codes[static_cast<size_t>(ceiling + kOrigin)];
  }

private:
  static constexpr int64_t kOrigin = 256;
  std::vector<uint8_t> codes; ///< of ceil(2 x), from -256 to 256
};

} // namespace mlir::lowbit

#endif // LOWBIT_QUANTIZATION_CODEBOOK_H
