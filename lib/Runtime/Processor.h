//===- Processor.h - What the processor and the system answer ---*- C -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Cpu.c decides by these answers which instructions can be used.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_RUNTIME_PROCESSOR_H
#define LOWBIT_RUNTIME_PROCESSOR_H

#include <stdint.h>

#if defined(__x86_64__)

enum Register { EAX, EBX, ECX, EDX };

/// CPUID, by `enum Register`; zeros where the leaf does not exist.
__attribute__((visibility("hidden"))) void
lowbit_processor_cpuid(uint32_t leaf, uint32_t subleaf, uint32_t registers[4]);

/// XCR0: the register state that the operating system saves. CPUID must have
/// told that it saves any (OSXSAVE).
__attribute__((visibility("hidden"))) uint64_t
lowbit_processor_saved_states(void);

/// Asks Linux for the tile registers, without which their first use is fatal.
/// Returns whether they are granted.
__attribute__((visibility("hidden"))) int lowbit_processor_request_tiles(void);

#endif // __x86_64__

#endif // LOWBIT_RUNTIME_PROCESSOR_H
