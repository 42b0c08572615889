//===- WeightCopies.h - Where weights are read from ----------- -*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A model reads its weights from a chosen cache level because it is given
// another copy of them on each call, and because there are as many copies as
// the nearer caches cannot hold.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_TOOLS_BENCH_WEIGHTCOPIES_H
#define LOWBIT_TOOLS_BENCH_WEIGHTCOPIES_H

#include "Case.h"
#include "Machine.h"

#include "lowbit-c/Model.h"

#include "llvm/Support/Error.h"

namespace mlir::lowbit {

/// Memory for the copies, in 2 MB pages.
struct WeightMemory {
  uint8_t *data;
  size_t bytes;
};

/// The nearest level that holds `bytes` of weights; of cold ones memory.
Level findLevel(Start start, size_t bytes, const CacheSizes &caches);

/// Copies of a model's weights in a memory that outlives them.
class WeightCopies {
public:
  static llvm::Expected<WeightCopies> create(const lowbit_model &model,
                                             Level level,
                                             const CacheSizes &caches,
                                             const WeightMemory &memory);

  /// The copies in turn, round and round.
  const uint8_t *next() { return begin + turn++ % count * stride; }
  size_t size() const { return count; }

private:
  WeightCopies(const uint8_t *begin, size_t stride, size_t count)
      : begin(begin), stride(stride), count(count) {}

  const uint8_t *begin;
  size_t stride;
  size_t count;
  size_t turn = 0;
};

} // namespace mlir::lowbit

#endif // LOWBIT_TOOLS_BENCH_WEIGHTCOPIES_H
