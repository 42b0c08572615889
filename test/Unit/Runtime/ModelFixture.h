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

extern "C" const lowbit_model lowbit_model_main; // AddRowModel.c

namespace mlir::lowbit {

/// 16 columns, aligned as weights and workspaces are.
struct alignas(64) Line {
  float values[16];
};

/// A valid call of y = x + weights; three rows.
struct ModelTest : testing::Test {
  static constexpr int64_t M = 3, N = 16;

  ModelTest() : xData(M), yData(M), workspace(M) {
    x = {xData.data(), M * N * 4, LOWBIT_F32, 2, {M, N}};
    y = {yData.data(), M * N * 4, LOWBIT_F32, 0, {}};
    context.workspace = workspace.data();
    context.workspace_bytes = M * N * 4;
    for (int64_t i = 0; i < M * N; ++i)
      at(xData, i) = float(i);
  }

  static float &at(std::vector<Line> &lines, int64_t i) {
    return lines[size_t(i / N)].values[i % N];
  }

  lowbit_status run() { return lowbit_model_run(&model, &context, &x, &y); }

  lowbit_status plan() {
    return lowbit_model_plan(&model, &x, &y, &workspaceBytes);
  }

  std::vector<Line> xData, yData, workspace;
  lowbit_tensor x, y;
  lowbit_context context = {};
  lowbit_model model = lowbit_model_main;
  uint64_t workspaceBytes = 0;
};

} // namespace mlir::lowbit

#endif // LOWBIT_TEST_RUNTIME_MODELFIXTURE_H
