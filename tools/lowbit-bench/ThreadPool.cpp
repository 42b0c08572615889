//===- ThreadPool.cpp - Threads that stay on their processors -------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ThreadPool.h"

using namespace mlir::lowbit;

/// Those of the process, before any of its threads was bound to one.
static const std::vector<int> &listProcessors() {
  static const std::vector<int> processors = [] {
    cpu_set_t set;
    std::vector<int> list;
    if (sched_getaffinity(0, sizeof(set), &set) == 0)
      for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
        if (CPU_ISSET(cpu, &set))
          list.push_back(cpu);
    return list;
  }();
  return processors;
}

int mlir::lowbit::countProcessors() { return listProcessors().size(); }

/// Binds the calling thread. The first thread has the last processor: the first
/// one often serves the devices.
static void bindThread(int thread) {
  const std::vector<int> &processors = listProcessors();
  if (processors.empty())
    return;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(processors[processors.size() - 1 - thread % processors.size()], &set);
  sched_setaffinity(0, sizeof(set), &set);
}

/// Waits until `isDone`. Yields now and then: a thread that shares its
/// processor with what it waits for must not keep it.
template <typename IsDone> static void spinUntil(IsDone isDone) {
  constexpr int spinsPerYield = 1000;
  for (int spins = 1; !isDone(); ++spins) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
    if (spins % spinsPerYield == 0)
      sched_yield();
  }
}

ThreadPool::ThreadPool(int threads) {
  listProcessors();
  sched_getaffinity(0, sizeof(callersProcessors), &callersProcessors);
  bindThread(0);
  for (int thread = 1; thread < threads; ++thread)
    workers.emplace_back(&ThreadPool::work, this, thread);
}

ThreadPool::~ThreadPool() {
  turn.store(-1, std::memory_order_release);
  for (std::thread &worker : workers)
    worker.join();
  sched_setaffinity(0, sizeof(callersProcessors), &callersProcessors);
}

void ThreadPool::work(int thread) {
  bindThread(thread);
  for (int64_t last = 0;;) {
    int64_t now = last;
    spinUntil(
        [&] { return (now = turn.load(std::memory_order_acquire)) != last; });
    if (now < 0)
      return;
    task(thread);
    running.fetch_sub(1, std::memory_order_release);
    last = now;
  }
}

void ThreadPool::forEachThread(llvm::function_ref<void(int)> toRun) {
  task = toRun;
  running.store(workers.size(), std::memory_order_relaxed);
  turn.fetch_add(1, std::memory_order_release);
  task(0);
  spinUntil([&] { return running.load(std::memory_order_acquire) == 0; });
}

void ThreadPool::parallelFor(void *pool, int64_t count, lowbit_task task,
                             void *data) {
  auto *self = static_cast<ThreadPool *>(pool);
  self->forEachThread([&](int thread) {
    int64_t begin = count * thread / self->size();
    int64_t end = count * (thread + 1) / self->size();
    if (begin < end)
      task(data, begin, end);
  });
}
