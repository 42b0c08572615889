//===- PoolTest.cpp - Tests of the threads of the runtime -----------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit-c/Runtime.h"

#include "gtest/gtest.h"

#include <atomic>
#include <filesystem>
#include <iterator>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

namespace {

/// What the tasks of one call did.
struct Record {
  explicit Record(int64_t count) : visits(size_t(count)) {}

  void run(int32_t threads) {
    auto task = [](void *data, int64_t begin, int64_t end) {
      static_cast<Record *>(data)->visit(begin, end);
    };
    lowbit_runtime_parallel_for(&threads, int64_t(visits.size()), task, this);
  }

  bool isEachVisited(int times) const {
    for (const std::atomic<int> &visit : visits)
      if (visit != times)
        return false;
    return true;
  }

  std::vector<std::atomic<int>> visits;
  std::vector<std::pair<int64_t, int64_t>> ranges; // guarded by `mutex`
  std::set<std::thread::id> threads;               // likewise
  int32_t nested = 0; ///< threads that each task asks for; 0: none

private:
  void visit(int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      ++visits[size_t(i)];
    if (nested != 0) {
      Record inner(7);
      inner.run(nested);
      EXPECT_TRUE(inner.isEachVisited(1));
      EXPECT_EQ(inner.ranges.size(), 1u);
    }
    std::lock_guard<std::mutex> lock(mutex);
    ranges.push_back({begin, end});
    threads.insert(std::this_thread::get_id());
  }

  std::mutex mutex;
};

} // namespace

static ptrdiff_t countThreads() {
  std::filesystem::directory_iterator tasks("/proc/self/task");
  return std::distance(begin(tasks), end(tasks));
}

TEST(PoolTest, rangesOfOneSize) {
  for (int32_t threads : {1, 2, 3, 8, 64})
    for (int64_t count : {1, 2, 3, 7, 64, 1000}) {
      Record record(count);
      record.run(threads);
      EXPECT_TRUE(record.isEachVisited(1)) << threads << " of " << count;
      EXPECT_EQ(record.ranges.size(),
                size_t(std::min<int64_t>(threads, count)));
      for (auto [begin, end] : record.ranges) {
        EXPECT_GE(end - begin, count / std::min<int64_t>(threads, count));
        EXPECT_LE(end - begin, (count + threads - 1) / threads);
      }
    }
}

TEST(PoolTest, nothingToDo) {
  Record record(0);
  record.run(4);
  EXPECT_TRUE(record.ranges.empty());
}

TEST(PoolTest, oneThreadIsTheCaller) {
  Record record(100);
  record.run(1);
  EXPECT_EQ(record.threads, std::set{std::this_thread::get_id()});
}

/// Two ranges that wait for each other are on two threads.
TEST(PoolTest, rangesRunAtOnce) {
  std::atomic<int> here{0};
  auto meet = [](void *data, int64_t begin, int64_t end) {
    auto &here = *static_cast<std::atomic<int> *>(data);
    here += int(end - begin);
    while (here != 2)
      std::this_thread::yield();
  };
  int32_t threads = 2;
  lowbit_runtime_parallel_for(&threads, 2, meet, &here);
  EXPECT_EQ(here, 2);
}

TEST(PoolTest, nestedCallsRunAlone) {
  Record record(8);
  record.nested = 4;
  record.run(2);
  EXPECT_TRUE(record.isEachVisited(1));
}

/// Calls of all sizes, one after the other, with threads that come late.
TEST(PoolTest, manyCalls) {
  for (int i = 0; i < 20000; ++i) {
    Record record(i % 9);
    record.run(1 + i % 5);
    ASSERT_TRUE(record.isEachVisited(1)) << i;
  }
}

/// Eight callers have eight threads and those of one pool.
TEST(PoolTest, callersShareThePool) {
  ptrdiff_t before = countThreads();
  std::atomic<ptrdiff_t> most{0};
  std::vector<std::thread> callers;
  for (int c = 0; c < 8; ++c)
    callers.emplace_back([&] {
      for (int i = 0; i < 300; ++i) {
        Record record(100);
        record.run(4);
        EXPECT_TRUE(record.isEachVisited(1));
        ptrdiff_t now = countThreads();
        for (ptrdiff_t last = most; last < now;)
          if (most.compare_exchange_weak(last, now))
            break;
      }
    });
  for (std::thread &caller : callers)
    caller.join();
  EXPECT_LE(most, before + 8 + 3);
}

/// The threads of the parent are not there.
TEST(PoolTest, forkedProcess) {
  Record first(10);
  first.run(2);
  pid_t child = fork();
  if (child == 0) {
    Record record(10);
    record.run(2);
    _exit(record.isEachVisited(1) && record.ranges.size() == 2 ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
