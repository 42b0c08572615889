//===- GroupShape.h - Which weights share a scale ---------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Granularity is the shape of the scale. A weight of N x K (out x in) is cut
// into groups, each with one scale, and the scale tensor has one element per
// group:
//
//   name in the field    group    scale tensor
//   layer (per tensor)   N x K    1 x 1
//   filter group         g x K    ceil(N/g) x 1
//   channel (per axis)   1 x K    N x 1
//   sub-channel          1 x b    N x ceil(K/b)
//   block                a x b    ceil(N/a) x ceil(K/b)
//
// A last group may be short: K = 100 in groups of 32 has four scales.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_QUANTIZATION_GROUPSHAPE_H
#define LOWBIT_QUANTIZATION_GROUPSHAPE_H

#include <cstddef>
#include <cstdint>
#include <vector>

namespace mlir::lowbit {

/// The extents of a group of a matrix; 0 spans the whole dimension.
struct GroupShape {
  int64_t rows = 1;
  int64_t cols = 0;

  bool operator==(const GroupShape &other) const {
    return rows == other.rows && cols == other.cols;
  }
  bool operator!=(const GroupShape &other) const { return !(*this == other); }
};

/// The number of groups of extent `group` along a dimension: 1 where `group` is
/// 0, else ceil(extent / group).
int64_t countGroups(int64_t extent, int64_t group);

/// The shape of the scale tensor of a tensor of any rank: `groups` holds one
/// extent per dimension, 0 spanning the dimension (for a convolution OIHW by
/// channel {1, 0, 0, 0}). Both have the same size.
std::vector<int64_t> getScaleShape(const std::vector<int64_t> &shape,
                                   const std::vector<int64_t> &groups);

/// The name of the granularity in the field: layer, filter group, channel,
/// sub-channel or block.
const char *getGranularityName(GroupShape group);

} // namespace mlir::lowbit

#endif // LOWBIT_QUANTIZATION_GROUPSHAPE_H
