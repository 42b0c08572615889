//===- HugeBuffer.h - Memory in 2 MB pages ----------------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Zeroed memory, aligned to 2 MB and in 2 MB pages where the system gives them.
// Every page has been written once, so that no page fault falls into a timing
// and no two pages share the zero page.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_TOOLS_BENCH_HUGEBUFFER_H
#define LOWBIT_TOOLS_BENCH_HUGEBUFFER_H

#include <cstddef>
#include <cstdint>
#include <utility>

namespace mlir::lowbit {

class HugeBuffer {
public:
  /// Throws nothing: `data()` is null where the memory cannot be had.
  explicit HugeBuffer(size_t bytes);
  HugeBuffer(HugeBuffer &&other)
      : mapping(std::exchange(other.mapping, nullptr)),
        mappedBytes(other.mappedBytes), begin(other.begin) {}
  HugeBuffer(const HugeBuffer &) = delete;
  HugeBuffer &operator=(const HugeBuffer &) = delete;
  ~HugeBuffer();

  uint8_t *data() const { return begin; }

private:
  void *mapping = nullptr;
  size_t mappedBytes = 0;
  uint8_t *begin = nullptr;
};

} // namespace mlir::lowbit

#endif // LOWBIT_TOOLS_BENCH_HUGEBUFFER_H
