//===- GroupShape.cpp - Which weights share a scale -----------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/GroupShape.h"

using namespace mlir::lowbit;

int64_t mlir::lowbit::countGroups(int64_t extent, int64_t group) {
  if (group == 0)
    return 1;
  return extent / group + (extent % group != 0);
}

std::vector<int64_t>
mlir::lowbit::getScaleShape(const std::vector<int64_t> &shape,
                            const std::vector<int64_t> &groups) {
  std::vector<int64_t> scaleShape;
  scaleShape.reserve(shape.size());
  for (std::size_t i = 0; i < shape.size() && i < groups.size(); ++i)
    scaleShape.push_back(countGroups(shape[i], groups[i]));
  return scaleShape;
}

const char *mlir::lowbit::getGranularityName(GroupShape group) {
  if (group.cols == 0)
    return group.rows == 0   ? "layer"
           : group.rows == 1 ? "channel"
                             : "filter group";
  return group.rows == 1 ? "sub-channel" : "block";
}
