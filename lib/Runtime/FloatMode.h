//===- FloatMode.h - Rounding and flushing of a thread ----------*- C -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Results do not depend on the float mode that a calling thread has set.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_RUNTIME_FLOATMODE_H
#define LOWBIT_RUNTIME_FLOATMODE_H

#include <stdint.h>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

/// Sets rounding, masks and flush-to-zero as every thread starts with them.
/// Returns the mode that there was.
static inline uint32_t setFloatMode(void) {
#if defined(__x86_64__)
  uint32_t saved = _mm_getcsr();
  _mm_setcsr(0x1f80);
  return saved;
#else
  return 0;
#endif
}

static inline void restoreFloatMode(uint32_t saved) {
#if defined(__x86_64__)
  _mm_setcsr(saved);
#else
  (void)saved;
#endif
}

#endif // LOWBIT_RUNTIME_FLOATMODE_H
