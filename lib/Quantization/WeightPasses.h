//===- WeightPasses.h - Loops over a weight ---------------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The loops that weight quantization is made of. All walk the weight in
// row-major order, one segment (the part of a row that lies in one group) at a
// time, and have inner loops that a compiler vectorizes without fast-math.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_QUANTIZATION_WEIGHTPASSES_H
#define LOWBIT_LIB_QUANTIZATION_WEIGHTPASSES_H

#include "lowbit/Quantization/WeightQuantizer.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace mlir::lowbit {

/// A weight cut into groups: the input of a quantization.
struct WeightView {
  const float *data;
  int64_t rows;
  int64_t cols;
  /// Extents of a group, at least 1.
  int64_t groupRows;
  int64_t groupCols;
  int64_t scaleRows;
  int64_t scaleCols;

  int64_t getCount() const { return rows * cols; }
  int64_t getNumGroups() const { return scaleRows * scaleCols; }
};

/// The weight `w` cut into the groups of `encoding`, which is verified like the
/// weights and extents: see `quantizeWeights`.
std::optional<WeightView> viewWeights(const float *w, int64_t n, int64_t k,
                                      const WeightEncoding &encoding,
                                      std::string &error);

/// ` in row R, group G`: where the group begins, for an error.
std::string getGroupText(const WeightView &view, int64_t group);

/// Sums term(i) for i in 0..count-1 in f64, in eight interleaved partial sums:
/// a fixed order that a compiler can keep in vector registers.
template <typename TermFn>
inline double sumInLanes(int64_t count, TermFn term) {
  constexpr int64_t lanes = 8;
  double sums[lanes] = {};
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes)
    for (int64_t lane = 0; lane < lanes; ++lane)
      sums[lane] += term(i + lane);
  for (int64_t lane = 0; i < count; ++i, ++lane)
    sums[lane] += term(i);
  return ((sums[0] + sums[4]) + (sums[2] + sums[6])) +
         ((sums[1] + sums[5]) + (sums[3] + sums[7]));
}

/// Calls fn(offset, length, group) for each segment of rows [firstRow, endRow).
template <typename Fn>
inline void forEachSegment(const WeightView &view, int64_t firstRow,
                           int64_t endRow, Fn fn) {
  for (int64_t row = firstRow; row < endRow; ++row) {
    int64_t group = row / view.groupRows * view.scaleCols;
    for (int64_t col = 0; col < view.cols; col += view.groupCols, ++group)
      fn(row * view.cols + col, std::min(view.groupCols, view.cols - col),
         group);
  }
}

/// Calls fn(firstRow, endRow) for each row of groups: passes over the same rows
/// follow each other while these are in the cache.
template <typename Fn>
inline void forEachGroupRow(const WeightView &view, Fn fn) {
  for (int64_t row = 0; row < view.rows; row += view.groupRows)
    fn(row, std::min(row + view.groupRows, view.rows));
}

/// Calls fn(elements, count, group) for each group of one row of groups:
/// its elements in row-major order, copied where they do not lie together.
template <typename Fn>
inline void forEachGroup(const WeightView &view, int64_t firstRow,
                         int64_t endRow, Fn fn) {
  int64_t first = firstRow / view.groupRows * view.scaleCols;
  bool isContiguous = endRow - firstRow == 1 || view.scaleCols == 1;
  std::vector<float> copy;
  for (int64_t group = 0; group < view.scaleCols; ++group) {
    int64_t col = group * view.groupCols;
    int64_t length = std::min(view.groupCols, view.cols - col);
    const float *elements = view.data + firstRow * view.cols + col;
    int64_t count = (endRow - firstRow) * length;
    if (!isContiguous) {
      copy.clear();
      for (int64_t row = firstRow; row < endRow; ++row) {
        const float *segment = view.data + row * view.cols + col;
        copy.insert(copy.end(), segment, segment + length);
      }
      elements = copy.data();
    }
    fn(elements, count, first + group);
  }
}

/// Quantizes to affine codes; `result` has its codes and scales allocated.
bool quantizeToAffine(const WeightView &view, const WeightEncoding &encoding,
                      QuantizedWeights &result, std::string &error);

/// Quantizes to codebook codes; `result` as above.
bool quantizeToCodebook(const WeightView &view, const WeightEncoding &encoding,
                        QuantizedWeights &result, std::string &error);

/// Quantizes to ternary or binary codes; `result` as above.
bool quantizeToSigns(const WeightView &view, const WeightEncoding &encoding,
                     QuantizedWeights &result, std::string &error);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_QUANTIZATION_WEIGHTPASSES_H
