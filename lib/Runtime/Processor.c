//===- Processor.c - What the processor and the system answer -------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Processor.h"

#if defined(__x86_64__)

#include <cpuid.h>

void lowbit_processor_cpuid(uint32_t leaf, uint32_t subleaf,
                            uint32_t registers[4]) {
  if (!__get_cpuid_count(leaf, subleaf, &registers[EAX], &registers[EBX],
                         &registers[ECX], &registers[EDX]))
    for (unsigned r = EAX; r <= EDX; ++r)
      registers[r] = 0;
}

uint64_t lowbit_processor_saved_states(void) {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low | (uint64_t)high << 32;
}

int lowbit_processor_request_tiles(void) {
#if defined(__linux__)
  const long archPrctl = 158, requestPermission = 0x1023, tileData = 18;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(archPrctl), "D"(requestPermission), "S"(tileData)
                   : "rcx", "r11", "memory");
  return result == 0;
#else
  return 0;
#endif
}

#endif // __x86_64__
