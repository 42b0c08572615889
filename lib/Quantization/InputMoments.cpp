//===- InputMoments.cpp - Means and products of inputs --------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/InputMoments.h"

#include <algorithm>
#include <cmath>

using namespace mlir::lowbit;

std::string mlir::lowbit::checkMoments(const InputMoments &inputs, int64_t n,
                                       int64_t k) {
  auto isFinite = [](const std::vector<float> &values) {
    return std::all_of(values.begin(), values.end(),
                       [](float value) { return std::isfinite(value); });
  };
  if (inputs.depth != k || inputs.groups < 1 || n % inputs.groups != 0)
    return "expected moments of " + std::to_string(k) +
           " inputs of each output, but got " + std::to_string(inputs.groups) +
           " x " + std::to_string(inputs.depth);
  if (!isFinite(inputs.means) || !isFinite(inputs.products))
    return "expected finite moments, but got NaN or infinity";
  return "";
}

MomentSums::MomentSums(int64_t groups, int64_t depth, MomentOrder order)
    : groups(groups), depth(depth), sums(groups * depth),
      products(order == MomentOrder::Second ? groups * depth * depth : 0) {}

/// Adds the products of several rows at once: one pass over the sums.
void MomentSums::addProducts(const std::vector<const float *> &rows,
                             int64_t group) {
  double *sum = products.data() + group * depth * depth;
  for (int64_t i = 0; i < depth; ++i, sum += depth)
    for (const float *row : rows) {
      const float *x = row + group * depth;
      double factor = x[i];
      if (factor == 0.0) // what relu leaves is often half zeros
        continue;
      for (int64_t j = i; j < depth; ++j)
        sum[j] += factor * x[j];
    }
}

void MomentSums::addRows(const float *x, int64_t added) {
  constexpr size_t rowsPerPass = 32;
  int64_t size = groups * depth;
  std::vector<const float *> rows;
  auto addPending = [&] {
    for (int64_t group = 0; group < groups && !products.empty(); ++group)
      addProducts(rows, group);
    rows.clear();
  };
  for (const float *row = x, *end = x + added * size; row != end; row += size) {
    if (!std::all_of(row, row + size, [](float v) { return std::isfinite(v); }))
      continue;
    ++count;
    for (int64_t i = 0; i < size; ++i)
      sums[i] += row[i];
    rows.push_back(row);
    if (rows.size() == rowsPerPass)
      addPending();
  }
  addPending();
}

InputMoments MomentSums::getMoments() const {
  InputMoments result{groups, depth, count, {}, {}};
  auto rows = static_cast<double>(std::max<int64_t>(count, 1));
  for (double sum : sums)
    result.means.push_back(static_cast<float>(sum / rows));
  result.products.resize(products.size());
  for (int64_t group = 0; group < groups && !products.empty(); ++group)
    for (int64_t i = 0, first = group * depth * depth; i < depth; ++i)
      for (int64_t j = i; j < depth; ++j)
        result.products[first + i * depth + j] =
            result.products[first + j * depth + i] =
                static_cast<float>(products[first + i * depth + j] / rows);
  return result;
}
