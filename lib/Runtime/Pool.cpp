//===- Pool.cpp - Threads that share ranges -------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Pool.h"

#include "lowbit-c/Runtime.h"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <thread>

using namespace mlir::lowbit;

using Clock = std::chrono::steady_clock;

/// Twice what a model needs: a part is for variables of the thread.
static constexpr size_t kStackBytes = 2 * LOWBIT_MAX_STACK;

/// How long a thread looks for work before it sleeps: the layers of a model
/// follow each other faster, and waking a thread takes about as long.
static constexpr std::chrono::microseconds kPatience(50);

static void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

/// Whether `isTrue` became so before patience ended.
template <typename Condition> static bool spin(Condition isTrue) {
  Clock::time_point end = Clock::now() + kPatience;
  do
    for (int i = 0; i < 64; ++i) {
      if (isTrue())
        return true;
      relax();
    }
  while (Clock::now() < end);
  return isTrue();
}

namespace {

/// Range i of a job belongs to thread i; thread 0 is the caller. Who is through
/// with its own takes over those that nobody has begun, so that nobody waits
/// for a thread that still sleeps.
class Pool {
public:
  void run(int32_t threads, int64_t count, lowbit_task task, void *data);

private:
  struct Job {
    std::atomic<lowbit_task> task;
    std::atomic<void *> data;
    std::atomic<int64_t> count;
    std::atomic<int64_t> ranges;
  };

  void startWorkers(int32_t needed);
  void work();
  void runRanges(uint64_t number, int64_t self);

  std::atomic_flag isBusy = ATOMIC_FLAG_INIT;
  int32_t workers = 0;              // of the one who made it busy
  std::atomic<int64_t> numbered{0}; // of the workers
  Job job = {};
  /// Even, or odd while `job` is written; 0: none yet.
  std::atomic<uint64_t> jobNumber{0};
  /// For each range, the last job in which it was begun.
  std::array<std::atomic<uint64_t>, LOWBIT_MAX_THREADS> begun = {};
  std::atomic<int64_t> done{0}; // ranges of the job

  std::mutex mutex;
  std::condition_variable wake;
  int32_t sleepers = 0; // guarded by `mutex`
};

} // namespace

void Pool::run(int32_t threads, int64_t count, lowbit_task task, void *data) {
  int64_t wanted = std::min<int64_t>({threads, count, LOWBIT_MAX_THREADS});
  if (wanted <= 1 || isBusy.test_and_set(std::memory_order_acquire))
    return task(data, 0, count);

  startWorkers(int32_t(wanted) - 1);
  int64_t ranges = std::min<int64_t>(wanted, workers + 1);
  uint64_t number = jobNumber.load(std::memory_order_relaxed) + 2;
  jobNumber.store(number - 1, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_release);
  job.task.store(task, std::memory_order_relaxed);
  job.data.store(data, std::memory_order_relaxed);
  job.count.store(count, std::memory_order_relaxed);
  job.ranges.store(ranges, std::memory_order_relaxed);
  done.store(0, std::memory_order_relaxed);
  {
    std::lock_guard<std::mutex> lock(mutex);
    jobNumber.store(number, std::memory_order_release);
    if (sleepers != 0)
      wake.notify_all();
  }
  runRanges(number, 0);
  auto isDone = [&] { return done.load(std::memory_order_acquire) == ranges; };
  while (!spin(isDone))
    std::this_thread::yield();
  isBusy.clear(std::memory_order_release);
}

/// Runs the range of thread `self` in the job `number`, then those that are
/// left.
void Pool::runRanges(uint64_t number, int64_t self) {
  lowbit_task task = job.task.load(std::memory_order_relaxed);
  void *data = job.data.load(std::memory_order_relaxed);
  int64_t count = job.count.load(std::memory_order_relaxed);
  int64_t ranges = job.ranges.load(std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_acquire);
  if (jobNumber.load(std::memory_order_relaxed) != number || self >= ranges)
    return;
  for (int64_t i = 0; i < ranges; ++i) {
    int64_t range = (self + i) % ranges;
    uint64_t last = begun[size_t(range)].load(std::memory_order_relaxed);
    // A job that is over has begun all its ranges.
    if (last >= number || !begun[size_t(range)].compare_exchange_strong(
                              last, number, std::memory_order_acq_rel))
      continue;
    int64_t size = count / ranges, larger = count % ranges;
    int64_t begin = range * size + std::min(range, larger);
    task(data, begin, begin + size + (range < larger));
    done.fetch_add(1, std::memory_order_release);
  }
}

void Pool::work() {
  int64_t self = ++numbered;
  uint64_t seen = 0;
  uint64_t number = 0;
  auto isNew = [&] {
    number = jobNumber.load(std::memory_order_acquire);
    return number != seen && number % 2 == 0;
  };
  while (true) {
    if (!spin(isNew)) {
      std::unique_lock<std::mutex> lock(mutex);
      ++sleepers;
      wake.wait(lock, isNew);
      --sleepers;
    }
    seen = number;
    runRanges(number, self);
  }
}

/// Signals are left to the threads of the program. Where no more threads can be
/// had, there are fewer ranges.
void Pool::startWorkers(int32_t needed) {
  if (workers >= needed)
    return;
  sigset_t all, old;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  auto start = [](void *pool) -> void * {
    static_cast<Pool *>(pool)->work();
    return nullptr;
  };
  pthread_t thread = {};
  while (workers < needed &&
         pthread_create(&thread, &attributes, start, this) == 0)
    ++workers;
  pthread_attr_destroy(&attributes);
  pthread_sigmask(SIG_SETMASK, &old, nullptr);
}

//===----------------------------------------------------------------------===//
// The pool of the process
//===----------------------------------------------------------------------===//

/// Never freed: its threads run until the process ends. Made when the library
/// is loaded: a fork finds it whole.
static std::atomic<Pool *> current{new Pool};

/// A forked process has none of the threads.
[[maybe_unused]] static const int onFork =
    pthread_atfork(nullptr, nullptr, [] { current = new Pool; });

int32_t mlir::lowbit::getDefaultThreads() {
  const char *text = std::getenv("LOWBIT_THREADS");
  if (!text || *text == '\0') {
    unsigned processors = std::thread::hardware_concurrency();
    return int32_t(std::clamp<unsigned>(processors, 1, LOWBIT_MAX_THREADS));
  }
  int32_t threads = 0;
  const char *end = text + std::strlen(text);
  auto [last, code] = std::from_chars(text, end, threads);
  bool isRight = code == std::errc() && last == end && threads >= 1 &&
                 threads <= LOWBIT_MAX_THREADS;
  return isRight ? threads : 0;
}

void mlir::lowbit::runInParallel(int32_t threads, int64_t count,
                                 lowbit_task task, void *data) {
  if (count > 0)
    current.load()->run(threads, count, task, data);
}

void lowbit_runtime_parallel_for(void *threads, int64_t count, lowbit_task task,
                                 void *data) {
  runInParallel(threads ? *static_cast<const int32_t *>(threads)
                        : getDefaultThreads(),
                count, task, data);
}
