//===- HugeBuffer.cpp - Memory in 2 MB pages ------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HugeBuffer.h"

#include <sys/mman.h>

using namespace mlir::lowbit;

static constexpr size_t pageBytes = size_t(2) << 20;

HugeBuffer::HugeBuffer(size_t bytes) {
  size_t rounded = (bytes + pageBytes - 1) / pageBytes * pageBytes;
  mappedBytes = rounded + pageBytes;
  void *address = mmap(nullptr, mappedBytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (address == MAP_FAILED)
    return;
  mapping = address;
  begin = reinterpret_cast<uint8_t *>(
      (reinterpret_cast<uintptr_t>(address) + pageBytes - 1) / pageBytes *
      pageBytes);
#ifdef MADV_HUGEPAGE
  madvise(begin, rounded, MADV_HUGEPAGE);
#endif
  constexpr size_t smallPageBytes = 4096;
  volatile uint8_t *touched = begin;
  for (size_t i = 0; i < rounded; i += smallPageBytes)
    touched[i] = 0;
}

HugeBuffer::~HugeBuffer() {
  if (mapping)
    munmap(mapping, mappedBytes);
}
