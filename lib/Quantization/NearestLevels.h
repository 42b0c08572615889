//===- NearestLevels.h - Weights and their nearest levels -------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_QUANTIZATION_NEARESTLEVELS_H
#define LOWBIT_LIB_QUANTIZATION_NEARESTLEVELS_H

#include <cstdint>
#include <vector>

namespace mlir::lowbit {

/// Sums over weights w and their levels l, integers.
struct LevelSums {
  double products = 0.0; ///< sum w * l
  double squares = 0.0;  ///< sum l^2
};

/// Finite weights, not all 0, and the levels nearest to them at any scale.
class NearestLevels {
public:
  NearestLevels(const float *w, int64_t count);

  /// The smallest |w| but 0, and the largest.
  double getSmallest() const { return smallest; }
  double getLargest() const { return largest; }
  /// sum w^2.
  double getSquares() const { return squares; }

  /// The sums with each weight at the level l of lowest..highest with the least
  /// |w - scale * l|, for a scale > 0. Takes as many steps as there are levels
  /// or weights, whichever are fewer.
  LevelSums sum(double scale, int32_t lowest, int32_t highest) const;

private:
  void measure(const float *w);
  void sort(const float *w);
  int64_t getCell(double value) const;
  int64_t countBelow(double value) const;
  LevelSums sumWeights(double scale, int32_t lowest, int32_t highest) const;
  LevelSums sumThresholds(double scale, int32_t lowest, int32_t highest) const;

  const int64_t count;
  double smallest, largest, squares;
  double cellsPerUnit;
  std::vector<float> values;       ///< ascending, and one more
  std::vector<double> sumsBelow;   ///< of the values before each one
  std::vector<int64_t> cellStarts; ///< the first value of each cell
};

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_QUANTIZATION_NEARESTLEVELS_H
