//===- Machine.h - What the running machine offers --------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Instruction sets and cache sizes of the machine that runs the benchmark.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_TOOLS_BENCH_MACHINE_H
#define LOWBIT_TOOLS_BENCH_MACHINE_H

#include <cstddef>

namespace mlir::lowbit {

/// Whether the instruction sets of `features` (comma-separated LLVM names) can
/// be used: the CPU has them, the operating system saves their registers, and
/// tile instructions, if asked for, do not fault.
bool machineHas(const char *features);

/// Bytes of the caches that serve one core; 0 where there is no such cache.
struct CacheSizes {
  size_t l2 = 0;
  size_t l3 = 0;
};

CacheSizes detectCacheSizes();

} // namespace mlir::lowbit

#endif // LOWBIT_TOOLS_BENCH_MACHINE_H
