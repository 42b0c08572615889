//===- Cpu.h - Features of the running CPU ----------------------*- C -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Tells whether the machine has the instruction sets that a compiled model was
// generated for. A feature counts only if the operating system saves its
// registers too.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_RUNTIME_CPU_H
#define LOWBIT_RUNTIME_CPU_H

/// The place in `features` (comma-separated LLVM names) of the first one that
/// this machine lacks, or null. An unknown name is missing.
__attribute__((visibility("hidden"))) const char *
lowbit_cpu_missing_feature(const char *features);

/// Whether `features` is the text for which the last such call returned null: a
/// cheap test, for every run.
__attribute__((visibility("hidden"))) int
lowbit_cpu_was_checked(const char *features);

#endif // LOWBIT_RUNTIME_CPU_H
