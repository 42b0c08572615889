//===- ModelTest.cpp - Tests of planning and running a model --------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelFixture.h"

#include "gtest/gtest.h"

#include <limits>
#include <thread>
#include <vector>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

using namespace mlir::lowbit;

TEST_F(ModelTest, plan) {
  ASSERT_EQ(plan(), LOWBIT_OK);
  EXPECT_EQ(workspaceBytes, uint64_t(numRows * numColumns * 4));
  EXPECT_EQ(y.dtype, LOWBIT_F32);
  EXPECT_EQ(y.rank, 2);
  EXPECT_EQ(y.shape[0], numRows);
  EXPECT_EQ(y.shape[1], numColumns);
}

TEST_F(ModelTest, planReadsNoData) {
  x.data = y.data = nullptr;
  x.capacity = y.capacity = 0;
  EXPECT_EQ(plan(), LOWBIT_OK);
}

TEST_F(ModelTest, run) {
  ASSERT_EQ(run(), LOWBIT_OK);
  EXPECT_EQ(y.shape[0], numRows);
  for (int64_t i = 0; i < numRows * numColumns; ++i)
    EXPECT_EQ(at(yData, i), float(i) + float(i % numColumns) / 4);
}

TEST_F(ModelTest, ownWeights) {
  Line weights = {};
  weights.values[5] = 100;
  context.weights = reinterpret_cast<const uint8_t *>(&weights);
  ASSERT_EQ(run(), LOWBIT_OK);
  EXPECT_EQ(at(yData, 5), 105.0f);
  EXPECT_EQ(at(yData, 6), 6.0f);
}

TEST_F(ModelTest, noRows) {
  x.shape[0] = 0;
  x.data = y.data = context.workspace = nullptr;
  x.capacity = y.capacity = context.workspace_bytes = 0;
  ASSERT_EQ(run(), LOWBIT_OK);
  EXPECT_EQ(y.shape[0], 0);
  EXPECT_EQ(y.shape[1], numColumns);
}

//===----------------------------------------------------------------------===//
// Descriptors, hooks, float mode
//===----------------------------------------------------------------------===//

TEST_F(ModelTest, scalarsAndDescriptors) {
  static const lowbit_tensor_type types[] = {{"a", LOWBIT_I64, 0, {}},
                                             {"b", LOWBIT_U8, 3, {2, -1, 4}}};
  model.num_inputs = 2;
  model.inputs = types;
  model.outputs = &types[0];
  variant.plan = [](void **args) {
    static_cast<int64_t **>(args[2])[1][0] = 0;
  };
  variant.run = [](void **args) {
    auto **a = static_cast<int64_t **>(args[0]);
    auto *b = static_cast<int64_t *>(args[1]);
    auto **result = static_cast<int64_t **>(args[2]);
    const int64_t expected[] = {0, 2, 3, 4, 12, 4, 1};
    bool isEqual = b[0] == b[1];
    for (int i = 0; i != 7; ++i)
      isEqual &= b[2 + i] == expected[i];
    result[1][0] = isEqual ? a[1][0] : -1;
  };
  int64_t a = 42, result = 0;
  uint8_t b[24] = {};
  lowbit_tensor inputs[] = {{&a, 8, LOWBIT_I64, 0, {}},
                            {b, 24, LOWBIT_U8, 3, {2, 3, 4}}};
  lowbit_tensor output = {&result, 8, LOWBIT_F32, 0, {}};
  ASSERT_EQ(lowbit_model_run(&model, &context, inputs, &output), LOWBIT_OK);
  EXPECT_EQ(result, 42);
  EXPECT_EQ(output.dtype, LOWBIT_I64);
}

TEST_F(ModelTest, parallelFor) {
  int64_t count = 0;
  context.pool = &count;
  context.parallel_for = [](void *pool, int64_t count, lowbit_task task,
                            void *data) {
    *static_cast<int64_t *>(pool) = count;
    std::vector<std::thread> threads;
    for (int64_t i = 0; i < count; ++i)
      threads.emplace_back(task, data, i, i + 1);
    for (std::thread &thread : threads)
      thread.join();
  };
  ASSERT_EQ(run(), LOWBIT_OK);
  EXPECT_EQ(count, numRows);
  for (int64_t i = 0; i < numRows * numColumns; ++i)
    EXPECT_EQ(at(yData, i), float(i) + float(i % numColumns) / 4);
}

TEST_F(ModelTest, profile) {
  std::vector<int> events;
  context.profile_user = &events;
  context.profile = [](void *user, int32_t layer, int32_t end) {
    static_cast<std::vector<int> *>(user)->push_back(2 * layer + end);
  };
  ASSERT_EQ(run(), LOWBIT_OK);
  EXPECT_EQ(events, (std::vector<int>{0, 1, 2, 3}));
}

#if defined(__x86_64__)

/// Flush-to-zero, denormals-are-zero, round down.
static constexpr unsigned strangeMode = 0x1f80 | 0x8000 | 0x0040 | 0x2000;

TEST_F(ModelTest, floatModeOfCaller) {
  const float denormal = std::numeric_limits<float>::denorm_min();
  at(xData, 0) = denormal;
  const unsigned saved = _mm_getcsr();
  _mm_setcsr(strangeMode);
  lowbit_status status = run();
  const unsigned after = _mm_getcsr();
  _mm_setcsr(saved);
  ASSERT_EQ(status, LOWBIT_OK);
  EXPECT_EQ(after, strangeMode);
  EXPECT_EQ(at(yData, 0), denormal);
}

TEST_F(ModelTest, floatModeOfPool) {
  const float denormal = std::numeric_limits<float>::denorm_min();
  at(xData, 0) = denormal;
  unsigned after = 0;
  context.pool = &after;
  context.parallel_for = [](void *pool, int64_t count, lowbit_task task,
                            void *data) {
    std::thread([=] {
      _mm_setcsr(strangeMode);
      task(data, 0, count);
      *static_cast<unsigned *>(pool) = _mm_getcsr();
    }).join();
  };
  ASSERT_EQ(run(), LOWBIT_OK);
  EXPECT_EQ(after, strangeMode);
  EXPECT_EQ(at(yData, 0), denormal);
}

#endif

//===----------------------------------------------------------------------===//
// Names and hashes
//===----------------------------------------------------------------------===//

TEST(ModelNames, dtypes) {
  EXPECT_STREQ(lowbit_dtype_text(LOWBIT_BF16), "bf16");
  EXPECT_EQ(lowbit_dtype_bytes(LOWBIT_I64), 8u);
  EXPECT_EQ(lowbit_dtype_text(lowbit_dtype(8)), nullptr);
  EXPECT_EQ(lowbit_dtype_bytes(lowbit_dtype(-1)), 0u);
}

TEST(ModelNames, statuses) {
  for (int status = LOWBIT_OK; status <= LOWBIT_ERROR_MEMORY; ++status)
    EXPECT_STRNE(lowbit_status_text(lowbit_status(status)), "unknown status");
  EXPECT_STREQ(lowbit_status_text(lowbit_status(99)), "unknown status");
}

// Computed with an independent program.
TEST(ModelNames, weightsHash) {
  const uint8_t bytes[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  EXPECT_EQ(lowbit_weights_hash(nullptr, 0), 0xcbf29ce484222325u);
  EXPECT_EQ(lowbit_weights_hash(bytes, 13), 0x157287c0a4c78455u);
  EXPECT_EQ(lowbit_weights_hash(reinterpret_cast<const uint8_t *>("lowbit"), 6),
            0xe30d721e62f0a00bu);
}
