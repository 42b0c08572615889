//===- ModelRefusalTest.cpp - Tests of calls that a model refuses ---------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelFixture.h"

#include <limits>
#include <utility>

using namespace mlir::lowbit;

TEST_F(ModelTest, nullArguments) {
  EXPECT_EQ(lowbit_model_run(nullptr, &context, &x, &y), LOWBIT_ERROR_ARGUMENT);
  EXPECT_EQ(lowbit_model_run(&model, nullptr, &x, &y), LOWBIT_ERROR_ARGUMENT);
  EXPECT_EQ(lowbit_model_run(&model, &context, nullptr, &y),
            LOWBIT_ERROR_ARGUMENT);
  EXPECT_EQ(lowbit_model_run(&model, &context, &x, nullptr),
            LOWBIT_ERROR_ARGUMENT);
  EXPECT_EQ(lowbit_model_plan(&model, &x, &y, nullptr), LOWBIT_ERROR_ARGUMENT);
}

TEST_F(ModelTest, nullData) {
  x.data = nullptr;
  EXPECT_EQ(run(), LOWBIT_ERROR_ARGUMENT);
  x.data = xData.data();
  y.data = nullptr;
  EXPECT_EQ(run(), LOWBIT_ERROR_ARGUMENT);
}

TEST_F(ModelTest, otherVersion) {
  model.abi_version = LOWBIT_ABI_VERSION + 1;
  EXPECT_EQ(lowbit_model_check(&model, nullptr), LOWBIT_ERROR_VERSION);
  EXPECT_EQ(plan(), LOWBIT_ERROR_VERSION);
  EXPECT_EQ(run(), LOWBIT_ERROR_VERSION);
}

TEST_F(ModelTest, otherTarget) {
  variant.cpu_features = "nosuchfeature";
  EXPECT_EQ(plan(), LOWBIT_ERROR_TARGET);
  EXPECT_EQ(run(), LOWBIT_ERROR_TARGET);
}

TEST_F(ModelTest, wrongType) {
  x.dtype = LOWBIT_I32;
  EXPECT_EQ(run(), LOWBIT_ERROR_ARGUMENT);
  x.dtype = lowbit_dtype(99);
  EXPECT_EQ(run(), LOWBIT_ERROR_ARGUMENT);
  x.dtype = LOWBIT_F32;
  for (int32_t rank : {-1, 0, 1, 3, 9, std::numeric_limits<int32_t>::max()}) {
    x.rank = rank;
    EXPECT_EQ(run(), LOWBIT_ERROR_ARGUMENT) << rank;
  }
}

TEST_F(ModelTest, wrongExtent) {
  for (int64_t extent :
       {int64_t(-1), int64_t(0), numColumns - 1, numColumns + 1}) {
    x.shape[1] = extent;
    EXPECT_EQ(run(), LOWBIT_ERROR_SHAPE) << extent;
  }
  x.shape[1] = numColumns;
  const int64_t max = std::numeric_limits<int64_t>::max();
  // The last two products overflow, one in elements, one in bytes.
  for (int64_t extent : {int64_t(-1), -max, max, max / 16, max / 64 + 1}) {
    x.shape[0] = extent;
    EXPECT_EQ(run(), LOWBIT_ERROR_SHAPE) << extent;
  }
}

TEST_F(ModelTest, hugeEmptyShape) {
  static const lowbit_tensor_type any = {"x", LOWBIT_F32, 3, {-1, -1, -1}};
  model.inputs = &any;
  variant.plan = [](void **args) {
    auto *extents = static_cast<int64_t **>(args[1])[1];
    extents[0] = 0;
    extents[1] = numColumns;
    extents[2] = 0;
  };
  variant.run = [](void **) {};
  x = {nullptr, 0, LOWBIT_F32, 3, {INT64_MAX, INT64_MAX, 0}};
  EXPECT_EQ(run(), LOWBIT_OK);
}

TEST_F(ModelTest, smallBuffers) {
  --x.capacity;
  EXPECT_EQ(run(), LOWBIT_ERROR_CAPACITY);
  ++x.capacity;
  --y.capacity;
  EXPECT_EQ(run(), LOWBIT_ERROR_CAPACITY);
  EXPECT_EQ(y.shape[0], numRows); // tells what would have been needed
}

TEST_F(ModelTest, unalignedData) {
  std::vector<char> bytes(numRows * numColumns * 4 + 8);
  auto address = reinterpret_cast<uintptr_t>(bytes.data());
  x.data = bytes.data() + (address % 4 == 0 ? 1 : 0);
  EXPECT_EQ(run(), LOWBIT_ERROR_ARGUMENT);
}

TEST_F(ModelTest, workspace) {
  --context.workspace_bytes;
  EXPECT_EQ(run(), LOWBIT_ERROR_WORKSPACE);
  ++context.workspace_bytes;
  context.workspace = nullptr;
  EXPECT_EQ(run(), LOWBIT_ERROR_WORKSPACE);
  std::vector<Line> larger(numRows + 1);
  context.workspace = &larger[0].values[8];
  EXPECT_EQ(run(), LOWBIT_ERROR_WORKSPACE);
}

TEST_F(ModelTest, weights) {
  model.weights = nullptr;
  EXPECT_EQ(run(), LOWBIT_ERROR_WEIGHTS);
  Line lines[2] = {};
  context.weights = reinterpret_cast<const uint8_t *>(&lines[0].values[1]);
  EXPECT_EQ(run(), LOWBIT_ERROR_WEIGHTS);
  context.weights = reinterpret_cast<const uint8_t *>(&lines[0]);
  EXPECT_EQ(run(), LOWBIT_OK);
}

TEST_F(ModelTest, overlap) {
  y.data = x.data;
  EXPECT_EQ(run(), LOWBIT_ERROR_ARGUMENT);
  std::vector<Line> both(2 * numRows);
  x.data = both.data();
  y.data = &both[numRows - 1].values[15]; // one element
  EXPECT_EQ(run(), LOWBIT_ERROR_ARGUMENT);
  y.data = both.data() + numRows; // beside it
  EXPECT_EQ(run(), LOWBIT_OK);
  std::swap(x.data, y.data);
  EXPECT_EQ(run(), LOWBIT_OK);
  context.workspace = x.data;
  EXPECT_EQ(run(), LOWBIT_ERROR_ARGUMENT);
  context.workspace = y.data;
  EXPECT_EQ(run(), LOWBIT_ERROR_ARGUMENT);
  context.workspace = workspace.data();
  context.weights = static_cast<const uint8_t *>(y.data);
  EXPECT_EQ(run(), LOWBIT_ERROR_ARGUMENT);
}

TEST_F(ModelTest, overlappingOutputs) {
  static const lowbit_tensor_type two[] = {lowbit_model_main.outputs[0],
                                           lowbit_model_main.outputs[0]};
  model.num_outputs = 2;
  model.outputs = two;
  variant.plan = [](void **args) {
    auto *extents = static_cast<int64_t **>(args[1])[1];
    extents[0] = extents[2] = numRows;
    extents[1] = extents[3] = numColumns;
    extents[4] = 0;
  };
  variant.run = [](void **) {};
  std::vector<Line> other(numRows);
  lowbit_tensor outputs[] = {y, y};
  EXPECT_EQ(lowbit_model_run(&model, &context, &x, outputs),
            LOWBIT_ERROR_ARGUMENT);
  outputs[1].data = other.data();
  EXPECT_EQ(lowbit_model_run(&model, &context, &x, outputs), LOWBIT_OK);
}

TEST_F(ModelTest, tooManyTensors) {
  std::vector<lowbit_tensor_type> types(LOWBIT_MAX_TENSORS, *model.inputs);
  std::vector<lowbit_tensor> tensors(LOWBIT_MAX_TENSORS, x);
  model.inputs = types.data();
  model.num_inputs = LOWBIT_MAX_TENSORS;
  EXPECT_EQ(lowbit_model_run(&model, &context, tensors.data(), &y),
            LOWBIT_ERROR_ARGUMENT);
  model.num_inputs = -1;
  EXPECT_EQ(lowbit_model_run(&model, &context, tensors.data(), &y),
            LOWBIT_ERROR_ARGUMENT);
}

TEST_F(ModelTest, mostTensors) {
  std::vector<lowbit_tensor_type> types(LOWBIT_MAX_TENSORS - 1, *model.inputs);
  std::vector<lowbit_tensor> tensors(LOWBIT_MAX_TENSORS - 1, x);
  model.inputs = types.data();
  model.num_inputs = LOWBIT_MAX_TENSORS - 1;
  variant.plan = [](void **args) {
    auto *extents = static_cast<int64_t **>(args[LOWBIT_MAX_TENSORS - 1])[1];
    extents[0] = numRows;
    extents[1] = numColumns;
    extents[2] = 0;
  };
  variant.run = [](void **args) {
    auto **last = static_cast<float **>(args[LOWBIT_MAX_TENSORS - 2]);
    auto **output = static_cast<float **>(args[LOWBIT_MAX_TENSORS - 1]);
    output[1][0] = last[1][7] * 2;
  };
  ASSERT_EQ(lowbit_model_run(&model, &context, tensors.data(), &y), LOWBIT_OK);
  EXPECT_EQ(at(yData, 0), 14.0f);
}

TEST_F(ModelTest, badPlan) {
  variant.plan = [](void **) {}; // writes nothing
  EXPECT_EQ(run(), LOWBIT_ERROR_SHAPE);
  variant.plan = [](void **args) {
    auto *extents = static_cast<int64_t **>(args[1])[1];
    extents[0] = numRows;
    extents[1] = numColumns + 1; // not the declared extent
    extents[2] = 0;
  };
  EXPECT_EQ(run(), LOWBIT_ERROR_SHAPE);
  model.choice = nullptr;
  EXPECT_EQ(run(), LOWBIT_ERROR_ARGUMENT);
}
