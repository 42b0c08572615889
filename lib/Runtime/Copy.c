//===- Copy.c - Copies of strided buffers ---------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What `memref.copy` becomes in MLIR's LLVM lowering if a side is not dense.
//
//===----------------------------------------------------------------------===//

#include <stdint.h>
#include <string.h>

/// An unranked memref: the rank and a ranked descriptor.
typedef struct Unranked {
  int64_t rank;
  const struct Strided {
    void *allocated;
    char *aligned;
    int64_t offset;
    int64_t sizesAndStrides[]; // sizes[rank], strides[rank]
  } *strided;
} Unranked;

static void copyLevel(int64_t bytes, int64_t rank, const int64_t *sizes,
                      const char *source, const int64_t *sourceStrides,
                      char *target, const int64_t *targetStrides) {
  if (rank == 0) {
    memcpy(target, source, (size_t)bytes);
    return;
  }
  if (rank == 1 && sourceStrides[0] == 1 && targetStrides[0] == 1) {
    memcpy(target, source, (size_t)(bytes * sizes[0]));
    return;
  }
  for (int64_t i = 0; i < sizes[0]; ++i)
    copyLevel(bytes, rank - 1, sizes + 1, source + i * sourceStrides[0] * bytes,
              sourceStrides + 1, target + i * targetStrides[0] * bytes,
              targetStrides + 1);
}

/// Copies elements of `bytes` bytes; both sides have the same extents and do
/// not overlap.
__attribute__((visibility("hidden"), used)) void
memrefCopy(int64_t bytes, const Unranked *source, const Unranked *target);

void memrefCopy(int64_t bytes, const Unranked *source, const Unranked *target) {
  const int64_t rank = source->rank;
  const struct Strided *from = source->strided, *to = target->strided;
  for (int64_t i = 0; i < rank; ++i)
    if (from->sizesAndStrides[i] == 0)
      return;
  copyLevel(bytes, rank, from->sizesAndStrides,
            from->aligned + from->offset * bytes, from->sizesAndStrides + rank,
            to->aligned + to->offset * bytes, to->sizesAndStrides + rank);
}
