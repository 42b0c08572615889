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
static inline uint64_t setFloatMode(void) {
  uint64_t saved = 0;
#if defined(__x86_64__)
  saved = _mm_getcsr();
  _mm_setcsr(0x1f80);
#elif defined(__aarch64__)
  __asm__ volatile("mrs %0, fpcr" : "=r"(saved) : : "memory");
  __asm__ volatile("msr fpcr, %0" : : "r"(UINT64_C(0)) : "memory");
#endif
  return saved;
}

static inline void restoreFloatMode(uint64_t saved) {
#if defined(__x86_64__)
  _mm_setcsr((uint32_t)saved);
#elif defined(__aarch64__)
  __asm__ volatile("msr fpcr, %0" : : "r"(saved) : "memory");
#else
  (void)saved;
#endif
}

#endif // LOWBIT_RUNTIME_FLOATMODE_H
