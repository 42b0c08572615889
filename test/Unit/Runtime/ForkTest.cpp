//===- ForkTest.cpp - Tests of the runtime in forked processes ------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit-c/Runtime.h"

#include "gtest/gtest.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

/// Whether two rows of zeros, on two threads, give the weights.
static bool isRight(lowbit_runtime *model) {
  float x[32] = {}, y[32] = {};
  lowbit_tensor input = {x, sizeof(x), LOWBIT_F32, 2, {2, 16}};
  lowbit_tensor output = {y, sizeof(y), LOWBIT_F32, 0, {}};
  lowbit_runtime_options options = {};
  options.threads = 2;
  return lowbit_runtime_run(model, &options, &input, &output, nullptr, 0) ==
             LOWBIT_OK &&
         y[15] == 3.75f && y[31] == 3.75f;
}

/// Whatever the threads that are not there were just doing to the workspaces
/// and to the pool.
TEST(ForkTest, whileOthersRun) {
  const std::string path = LOWBIT_TEST_MODELS "/AddRow.so";
  lowbit_runtime *model = nullptr;
  ASSERT_EQ(lowbit_runtime_open(path.c_str(), nullptr, &model, nullptr, 0),
            LOWBIT_OK);
  std::atomic<bool> isOver{false};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      while (!isOver)
        EXPECT_TRUE(isRight(model));
    });
  int status = 0;
  for (int i = 0; i < 50 && status == 0; ++i) {
    pid_t child = fork();
    if (child == 0) {
      alarm(10);
      const bool wasRight = isRight(model);
      lowbit_runtime_close(model);
      _exit(wasRight ? 0 : 1);
    }
    EXPECT_EQ(waitpid(child, &status, 0), child);
  }
  isOver = true;
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(status, 0);
  lowbit_runtime_close(model);
}
