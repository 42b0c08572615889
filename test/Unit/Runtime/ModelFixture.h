//===- ModelFixture.h - A valid call of a model -----------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What tests of lowbit-c/Model.h start from; each of them changes one thing.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_TEST_RUNTIME_MODELFIXTURE_H
#define LOWBIT_TEST_RUNTIME_MODELFIXTURE_H

#include "lowbit-c/Model.h"

#include "gtest/gtest.h"

#include <vector>

// Of AddRowModel.c.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" const lowbit_model lowbit_model_main;

namespace mlir::lowbit {

/// 16 columns, aligned as weights and workspaces are.
struct alignas(64) Line {
  float values[16];
};

/// A valid call of y = x + weights.
struct ModelTest : testing::Test {
  static constexpr int64_t numRows = 3, numColumns = 16;

  ModelTest() : xData(numRows), yData(numRows), workspace(numRows) {
    x = {xData.data(),
         numRows * numColumns * 4,
         LOWBIT_F32,
         2,
         {numRows, numColumns}};
    y = {yData.data(), numRows * numColumns * 4, LOWBIT_F32, 0, {}};
    context.workspace = workspace.data();
    context.workspace_bytes = numRows * numColumns * 4;
    for (int64_t i = 0; i < numRows * numColumns; ++i)
      at(xData, i) = float(i);
    model.variants = &variant;
    model.choice = &choice;
  }

  static float &at(std::vector<Line> &lines, int64_t i) {
    return lines[size_t(i / numColumns)].values[i % numColumns];
  }

  lowbit_status run() { return lowbit_model_run(&model, &context, &x, &y); }

  lowbit_status plan() {
    return lowbit_model_plan(&model, &x, &y, &workspaceBytes);
  }

  std::vector<Line> xData, yData, workspace;
  lowbit_tensor x, y;
  lowbit_context context = {};
  lowbit_model model = lowbit_model_main;
  lowbit_variant variant = *lowbit_model_main.variants;
  int32_t choice = 0;
  uint64_t workspaceBytes = 0;
};

} // namespace mlir::lowbit

#endif // LOWBIT_TEST_RUNTIME_MODELFIXTURE_H
