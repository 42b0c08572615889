//===- ThreadPoolTest.cpp - Threads that stay on their processors -------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ThreadPool.h"

#include "gtest/gtest.h"

using namespace mlir::lowbit;

TEST(ThreadPoolTest, eachThreadRunsOnce) {
  for (int threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.size(), threads);
    std::vector<int> calls(threads);
    for (int turn = 1; turn <= 100; ++turn) {
      pool.forEachThread([&](int thread) { ++calls[thread]; });
      EXPECT_EQ(calls, std::vector<int>(threads, turn));
    }
  }
}

TEST(ThreadPoolTest, rangesCoverEverythingOnce) {
  for (int threads : {1, 2, 3})
    for (int64_t count : {0, 1, 2, 3, 7, 100}) {
      ThreadPool pool(threads);
      std::vector<int> touched(count);
      ThreadPool::parallelFor(
          &pool, count,
          [](void *data, int64_t begin, int64_t end) {
            for (int64_t i = begin; i < end; ++i)
              ++(*static_cast<std::vector<int> *>(data))[i];
          },
          &touched);
      EXPECT_EQ(touched, std::vector<int>(count, 1));
    }
}

TEST(ThreadPoolTest, callerMayMoveAgainAfterwards) {
  cpu_set_t before, after;
  ASSERT_EQ(sched_getaffinity(0, sizeof(before), &before), 0);
  {
    ThreadPool pool(2);
    ASSERT_EQ(sched_getaffinity(0, sizeof(after), &after), 0);
    EXPECT_EQ(CPU_COUNT(&after), 1);
  }
  ASSERT_EQ(sched_getaffinity(0, sizeof(after), &after), 0);
  EXPECT_TRUE(CPU_EQUAL(&before, &after));
}
