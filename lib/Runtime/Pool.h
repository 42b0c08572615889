//===- Pool.h - Threads that share ranges -----------------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The threads behind `lowbit_runtime_parallel_for`: one pool per process, which
// works for one caller at a time. It starts no thread before it is asked for
// two ranges.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_RUNTIME_POOL_H
#define LOWBIT_RUNTIME_POOL_H

#include "lowbit-c/Model.h"

#include <cstdint>

namespace mlir::lowbit {

/// The number of threads that LOWBIT_THREADS asks for; unset or empty, that of
/// the processors that the process may run on, up to LOWBIT_MAX_THREADS. 0 if
/// LOWBIT_THREADS is not a number of 1 to LOWBIT_MAX_THREADS.
int32_t getDefaultThreads();

/// Runs `task` over [0, count) in up to `threads` ranges of one size, one per
/// thread, and the same one on the same thread each time. While the pool works
/// for another caller, or for this one (in a task), in one range on the
/// caller's thread.
void runInParallel(int32_t threads, int64_t count, lowbit_task task,
                   void *data);

} // namespace mlir::lowbit

#endif // LOWBIT_RUNTIME_POOL_H
