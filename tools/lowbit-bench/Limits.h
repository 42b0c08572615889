//===- Limits.h - What the machine can do at best ---------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The ceilings that kernels are measured against: arithmetic rates from loops
// that touch registers only, and read bandwidths from loops that only load.
// All threads of a pool at once, best of many short repetitions, so that a busy
// neighbour lowers a limit only if it is busy all the time. A limit is empty
// where the machine lacks the instructions or the cache.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_TOOLS_BENCH_LIMITS_H
#define LOWBIT_TOOLS_BENCH_LIMITS_H

#include "Machine.h"
#include "ThreadPool.h"
#include "Timing.h"

#include <optional>

namespace mlir::lowbit {

/// What a limit is, and how steady it was: the median over the repetitions of
/// the fastest way to measure it.
struct LimitValue {
  double best;
  double median;
};
using Limit = std::optional<LimitValue>;

struct Limits {
  Limit vpdpbusdGops; ///< 1e9/s; one multiply-add of u8 and s8 is 2 operations
  Limit maddubsGops;  ///< 1e9/s; counted in the same way
  Limit amxInt8Gops;  ///< 1e9/s; counted in the same way
  Limit popcntGops;   ///< 1e9/s; xor and count of one pair of bits is 2
  Limit fmaGflops;    ///< 1e9/s; one f32 multiply-add is 2
  Limit l2Gbs;        ///< 1e9 bytes/s read
  Limit l3Gbs;
  Limit dramGbs;
};

/// How long and over how much memory the limits are measured.
struct LimitEffort {
  double secondsPerLimit;
  size_t dramBytes;
};

/// Raise each limit to what is measured now. A second call at the end of a run
/// corrects limits that were first measured beside a busy neighbour.
void raiseComputeLimits(const LimitEffort &effort, ThreadPool &pool,
                        Limits &limits);
void raiseBandwidthLimits(const CacheSizes &caches, const LimitEffort &effort,
                          ThreadPool &pool, Limits &limits);

/// Raises `limit` to `work` operations or bytes in the time of `seconds`.
inline void raiseLimit(Limit &limit, double work, const Spread &seconds) {
  LimitValue value = {work / seconds.lowest * 1e-9,
                      work / seconds.median * 1e-9};
  if (!limit || limit->best < value.best)
    limit = value;
}

} // namespace mlir::lowbit

#endif // LOWBIT_TOOLS_BENCH_LIMITS_H
