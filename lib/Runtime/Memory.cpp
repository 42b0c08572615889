//===- Memory.cpp - Large aligned memory ----------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <utility>

using namespace mlir::lowbit;

static constexpr uint64_t hugePage = uint64_t(2) << 20;
static constexpr uint64_t hugeFrom = uint64_t(1) << 20;

Memory::Memory(Memory &&other) noexcept { *this = std::move(other); }

Memory &Memory::operator=(Memory &&other) noexcept {
  std::swap(begin, other.begin);
  std::swap(bytes, other.bytes);
  std::swap(mapped, other.mapped);
  return *this;
}

Memory::~Memory() {
  if (begin)
    munmap(begin, mapped);
}

static uint8_t *map(uint64_t size) {
  void *result = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return result == MAP_FAILED ? nullptr : static_cast<uint8_t *>(result);
}

bool Memory::allocate(uint64_t size) {
  if (begin)
    munmap(begin, mapped);
  begin = nullptr;
  bytes = mapped = 0;
  if (size > uint64_t(INT64_MAX) - 2 * hugePage)
    return false;

  bool isHuge = size >= hugeFrom;
  uint64_t page = isHuge ? hugePage : uint64_t(sysconf(_SC_PAGESIZE));
  uint64_t rounded = size == 0 ? page : (size + page - 1) / page * page;
  if (!isHuge) {
    if (!(begin = map(rounded)))
      return false;
  } else {
    uint8_t *start = map(rounded + page);
    if (!start)
      return false;
    uint64_t before = -reinterpret_cast<uintptr_t>(start) % page;
    begin = start + before;
    if (before != 0)
      munmap(start, before);
    if (before != page)
      munmap(begin + rounded, page - before);
    // A wish: without large pages the block is only slower.
    (void)madvise(begin, rounded, MADV_HUGEPAGE);
  }
  bytes = size;
  mapped = rounded;
  return true;
}

void Memory::makeReadOnly() {
  if (begin)
    (void)mprotect(begin, mapped, PROT_READ);
}
