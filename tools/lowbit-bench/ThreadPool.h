//===- ThreadPool.h - Threads that stay on their processors -----*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The threads of a measurement, each on a processor of its own. Between two
// tasks they wait without sleeping, so that a task begins at once.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_TOOLS_BENCH_THREADPOOL_H
#define LOWBIT_TOOLS_BENCH_THREADPOOL_H

#include "lowbit-c/Model.h"

#include "llvm/ADT/STLFunctionalExtras.h"

#include <atomic>
#include <thread>
#include <vector>

#include <sched.h>

namespace mlir::lowbit {

/// Processors that the process may use.
int countProcessors();

class ThreadPool {
public:
  /// The calling thread is the first of the pool, and keeps to its processor as
  /// long as the pool lives. `threads`: at least 1; more than the processors
  /// share them.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool &) = delete;
  ThreadPool &operator=(const ThreadPool &) = delete;

  int size() const { return workers.size() + 1; }

  /// Calls `task(thread)` once on each thread; returns when all have ended.
  void forEachThread(llvm::function_ref<void(int)> task);

  /// A lowbit_parallel_for that gives each thread one range.
  static void parallelFor(void *pool, int64_t count, lowbit_task task,
                          void *data);

private:
  void work(int thread);

  std::vector<std::thread> workers;
  cpu_set_t callersProcessors;
  llvm::function_ref<void(int)> task;
  std::atomic<int64_t> turn = 0; ///< of the task; -1 ends the workers
  std::atomic<int> running = 0;
};

} // namespace mlir::lowbit

#endif // LOWBIT_TOOLS_BENCH_THREADPOOL_H
