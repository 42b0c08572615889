//===- SortKeys.h - Sort 32-bit keys in place -------------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Sorting the weights of a layer without a second copy of them. A key is a
// float's bits, mapped so that keys are ordered like what they stand for.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_QUANTIZATION_SORTKEYS_H
#define LOWBIT_LIB_QUANTIZATION_SORTKEYS_H

#include <cstdint>
#include <cstring>

namespace mlir::lowbit {

/// The key of |w|, for finite w.
inline uint32_t getMagnitudeKey(float w) {
  uint32_t bits;
  std::memcpy(&bits, &w, sizeof(bits));
  return bits & 0x7FFFFFFFu;
}

/// The magnitude that a key stands for.
inline float getMagnitude(uint32_t key) {
  float value;
  std::memcpy(&value, &key, sizeof(value));
  return value;
}

/// Sorts `count` keys ascending, in place: radix sort by the most significant
/// byte first.
///
/// Source: P. McIlroy, K. Bostic, M. D. McIlroy, "Engineering Radix Sort",
/// Computing Systems 6(1), 1993 (American flag sort).
void sortKeys(uint32_t *keys, int64_t count);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_QUANTIZATION_SORTKEYS_H
