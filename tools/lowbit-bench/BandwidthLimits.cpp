//===- BandwidthLimits.cpp - Read bandwidth ------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One linear stream of 64-byte loads with a software prefetch ahead of it: the
// way in which a kernel reads packed weights. The best prefetch distance is
// searched, since it differs between machines and between caches.
//
//===----------------------------------------------------------------------===//

#include "HugeBuffer.h"
#include "Limits.h"

#include <cstdint>

using namespace mlir::lowbit;

namespace {
constexpr size_t lineBytes = 64;
constexpr size_t linesPerStep = 8;
constexpr size_t stepBytes = lineBytes * linesPerStep;

typedef uint64_t Line __attribute__((vector_size(lineBytes)));
typedef void (*ReadFn)(const uint8_t *begin, size_t bytes, size_t ahead);
} // namespace

/// Reads `bytes`, a multiple of stepBytes, and prefetches `ahead` bytes before
/// the load unless `ahead` is 0. A prefetch beyond the end never faults.
__attribute__((always_inline)) static inline void
readLines(const uint8_t *begin, size_t bytes, size_t ahead) {
  Line sums[linesPerStep] = {};
  auto readStep = [&](size_t i) __attribute__((always_inline)) {
#pragma clang loop unroll(full)
    for (size_t line = 0; line < linesPerStep; ++line)
      sums[line] |=
          *reinterpret_cast<const Line *>(begin + i + line * lineBytes);
  };
  auto prefetchStep = [&](size_t i) __attribute__((always_inline)) {
#pragma clang loop unroll(full)
    for (size_t line = 0; line < linesPerStep; ++line)
      __builtin_prefetch(begin + i + ahead + line * lineBytes, 0, 3);
  };
  if (ahead == 0) {
    for (size_t i = 0; i < bytes; i += stepBytes)
      readStep(i);
  } else {
    for (size_t i = 0; i < bytes; i += stepBytes) {
      prefetchStep(i);
      readStep(i);
    }
  }
  for (Line &sum : sums)
    asm volatile("" ::"m"(sum));
}

static void readBaseline(const uint8_t *begin, size_t bytes, size_t ahead) {
  readLines(begin, bytes, ahead);
}

#if defined(__x86_64__)

__attribute__((target("avx2"))) static void
readAvx2(const uint8_t *begin, size_t bytes, size_t ahead) {
  readLines(begin, bytes, ahead);
}

__attribute__((target("avx512f"), min_vector_width(512))) static void
readAvx512(const uint8_t *begin, size_t bytes, size_t ahead) {
  readLines(begin, bytes, ahead);
}

static ReadFn selectRead() {
  return machineHas("avx512f") ? readAvx512
         : machineHas("avx2")  ? readAvx2
                               : readBaseline;
}

#else

static ReadFn selectRead() { return readBaseline; }

#endif // __x86_64__

/// Each thread reads `bytes` of its own, one after the other in the buffer. One
/// repetition reads `runBytes` of them, the next one those that follow, round
/// and round: enough for the clock, little enough that some repetitions fall
/// into quiet moments.
static void raiseReadLimit(Limit &limit, ThreadPool &pool, ReadFn read,
                           const uint8_t *data, size_t bytes, double seconds) {
  constexpr size_t runBytes = size_t(4) << 20;
  constexpr size_t aheads[] = {0, 512, 1024, 2048, 4096, 8192};
  size_t sliceBytes = std::min(bytes, runBytes) / stepBytes * stepBytes;
  size_t slices = bytes / sliceBytes;
  size_t slicesPerRun = (runBytes + sliceBytes - 1) / sliceBytes;
  size_t next = 0;
  for (size_t ahead : aheads) {
    std::vector<double> times = timeEach(seconds / std::size(aheads), 3, [&] {
      pool.forEachThread([&](int thread) {
        for (size_t i = 0; i < slicesPerRun; ++i)
          read(data + thread * bytes + (next + i) % slices * sliceBytes,
               sliceBytes, ahead);
      });
      next += slicesPerRun;
    });
    raiseLimit(limit, double(slicesPerRun * sliceBytes * pool.size()),
               summarize(std::move(times)));
  }
}

/// Several times the L2 cache, so that nothing of a pass is left there, and a
/// small part of an L3 cache that other cores also use.
static size_t chooseL3Bytes(const CacheSizes &caches) {
  return std::min(std::max(caches.l3 / 4, caches.l2 * 4), caches.l3 / 2);
}

void mlir::lowbit::raiseBandwidthLimits(const CacheSizes &caches,
                                        const LimitEffort &effort,
                                        ThreadPool &pool, Limits &limits) {
  HugeBuffer buffer(effort.dramBytes);
  if (!buffer.data())
    return;
  ReadFn read = selectRead();
  auto measure = [&](Limit &limit, size_t bytes) {
    raiseReadLimit(limit, pool, read, buffer.data(),
                   bytes / stepBytes * stepBytes, effort.secondsPerLimit);
  };
  // First: the others leave the begin of the buffer in the caches.
  measure(limits.dramGbs, effort.dramBytes / pool.size());
  if (caches.l2)
    measure(limits.l2Gbs, caches.l2 / 2);
  if (caches.l3 > caches.l2 * 4)
    measure(limits.l3Gbs, chooseL3Bytes(caches) / pool.size());
}
