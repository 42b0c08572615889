//===- Memory.h - Large aligned memory --------------------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Memory for weights and workspaces: 64-byte aligned, in 2 MB pages where it is
// large enough to gain from them.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_RUNTIME_MEMORY_H
#define LOWBIT_RUNTIME_MEMORY_H

#include <cstdint>

namespace mlir::lowbit {

/// Owns a block of memory that can only move.
class Memory {
public:
  Memory() = default;
  Memory(Memory &&other) noexcept;
  Memory &operator=(Memory &&other) noexcept;
  ~Memory();

  /// Frees the block and gets a zeroed one of `size` bytes. False if memory ran
  /// out; the block is then empty.
  bool allocate(uint64_t size);

  /// Any later write to the block is fatal.
  void makeReadOnly();

  uint8_t *data() const { return begin; }
  uint64_t size() const { return bytes; }

private:
  uint8_t *begin = nullptr;
  uint64_t bytes = 0;  // asked for
  uint64_t mapped = 0; // a multiple of the page size
};

} // namespace mlir::lowbit

#endif // LOWBIT_RUNTIME_MEMORY_H
