//===- WeightCopies.cpp - Where weights are read from ---------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WeightCopies.h"

#include <algorithm>
#include <cstring>

using namespace mlir::lowbit;

/// What a cache can hold if it leaves an eighth to activations, results and
/// code.
static size_t usableBytes(size_t cacheBytes) { return cacheBytes / 8 * 7; }

Level mlir::lowbit::findLevel(Start start, size_t bytes,
                              const CacheSizes &caches) {
  if (start == Start::Cold)
    return Level::Dram;
  return bytes <= usableBytes(caches.l2)   ? Level::L2
         : bytes <= usableBytes(caches.l3) ? Level::L3
                                           : Level::Dram;
}

/// How many copies there must be so that a copy has left the nearer caches when
/// its turn comes again.
static size_t countCopies(Level level, size_t bytes, const CacheSizes &caches,
                          size_t memoryBytes) {
  auto toExceed = [&](size_t cacheBytes) { return cacheBytes / bytes + 1; };
  switch (level) {
  case Level::L2:
    return 1;
  case Level::L3:
    return std::min(toExceed(caches.l2 * 3),
                    std::max<size_t>(usableBytes(caches.l3) / bytes, 1));
  case Level::Dram:
    return std::max<size_t>(memoryBytes / bytes, 1);
  }
  llvm_unreachable("all levels are handled");
}

llvm::Expected<WeightCopies> WeightCopies::create(const lowbit_model &model,
                                                  Level level,
                                                  const CacheSizes &caches,
                                                  const WeightMemory &memory) {
  constexpr size_t pageBytes = 4096;
  size_t stride = (model.weights_bytes + pageBytes - 1) / pageBytes * pageBytes;
  if (stride == 0 || stride > memory.bytes)
    return llvm::createStringError("expected 1 to %zu bytes of weights, but "
                                   "got %zu",
                                   memory.bytes, size_t(model.weights_bytes));
  size_t count = countCopies(level, stride, caches, memory.bytes);
  for (size_t i = 0; i < count; ++i)
    std::memcpy(memory.data + i * stride, model.weights, model.weights_bytes);
  return WeightCopies(memory.data, stride, count);
}
