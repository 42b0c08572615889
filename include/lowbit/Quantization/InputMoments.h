//===- InputMoments.h - Means and products of inputs ------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What error compensation and bias correction need to know about the inputs x
// of a layer, each a row that its weights are multiplied by: for K weights per
// output
//
//   means      E[x_i]        K numbers
//   products   E[x_i x_j]    K x K numbers
//
// A convolution has a row for each window, zeros of the padding included, of
// each of its groups; the groups have moments of their own.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_QUANTIZATION_INPUTMOMENTS_H
#define LOWBIT_QUANTIZATION_INPUTMOMENTS_H

#include <cstdint>
#include <string>
#include <vector>

namespace mlir::lowbit {

/// How much is recorded: means alone, or products, too.
enum class MomentOrder { First, Second };

/// The moments of the inputs of one layer.
struct InputMoments {
  int64_t groups = 1; ///< of a convolution
  int64_t depth = 0;  ///< K
  int64_t count = 0;  ///< rows of each group
  std::vector<float> means;
  /// groups x K x K, symmetric; empty if only means were recorded.
  std::vector<float> products;
};

/// Why `inputs` are not those of weights of N x K, whose rows its groups share
/// equally, or an empty string.
std::string checkMoments(const InputMoments &inputs, int64_t n, int64_t k);

/// Adds up moments in f64, in the order of the rows: 8 groups K^2 bytes for
/// products.
class MomentSums {
public:
  MomentSums(int64_t groups, int64_t depth, MomentOrder order);

  /// Adds `count` rows of `groups * depth` elements. One with a NaN or an
  /// infinity is ignored.
  void addRows(const float *x, int64_t count);

  /// The averages so far; zeros if there were no rows.
  InputMoments getMoments() const;

  int64_t getGroups() const { return groups; }
  int64_t getDepth() const { return depth; }

private:
  void addProducts(const std::vector<const float *> &rows, int64_t group);

  int64_t groups, depth, count = 0;
  std::vector<double> sums;
  std::vector<double> products; ///< of each group the upper triangle
};

} // namespace mlir::lowbit

#endif // LOWBIT_QUANTIZATION_INPUTMOMENTS_H
