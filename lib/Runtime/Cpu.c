//===- Cpu.c - Features of the running CPU --------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Processor.h"

#include "lowbit-c/Model.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

static int equals(const char *name, const char *text, size_t length) {
  size_t i = 0;
  while (i != length && name[i] == text[i] && name[i] != '\0')
    ++i;
  return i == length && name[i] == '\0';
}

#if defined(__x86_64__)

/// The register state that the operating system must save: bits of XCR0.
enum State {
  NONE = 0,
  YMM = 0x6,     // SSE, AVX
  ZMM = 0xe6,    // and opmask, upper halves, high registers
  TILE = 0x60006 // SSE, AVX, tile configuration, tile data
};

struct Feature {
  const char *name; // LLVM's
  uint32_t leaf, subleaf;
  uint8_t reg, bit;
  uint32_t state;
};

// Intel SDM volume 2, CPUID; ordered by leaf, register and bit.
static const struct Feature features[] = {
    {"sse3", 1, 0, ECX, 0, NONE},
    {"pclmul", 1, 0, ECX, 1, NONE},
    {"ssse3", 1, 0, ECX, 9, NONE},
    {"fma", 1, 0, ECX, 12, YMM},
    {"cx16", 1, 0, ECX, 13, NONE},
    {"sse4.1", 1, 0, ECX, 19, NONE},
    {"sse4.2", 1, 0, ECX, 20, NONE},
    {"crc32", 1, 0, ECX, 20, NONE},
    {"movbe", 1, 0, ECX, 22, NONE},
    {"popcnt", 1, 0, ECX, 23, NONE},
    {"aes", 1, 0, ECX, 25, NONE},
    {"xsave", 1, 0, ECX, 27, NONE},
    {"avx", 1, 0, ECX, 28, YMM},
    {"f16c", 1, 0, ECX, 29, YMM},
    {"cx8", 1, 0, EDX, 8, NONE},
    {"cmov", 1, 0, EDX, 15, NONE},
    {"mmx", 1, 0, EDX, 23, NONE},
    {"fxsr", 1, 0, EDX, 24, NONE},
    {"sse", 1, 0, EDX, 25, NONE},
    {"sse2", 1, 0, EDX, 26, NONE},
    {"bmi", 7, 0, EBX, 3, NONE},
    {"avx2", 7, 0, EBX, 5, YMM},
    {"bmi2", 7, 0, EBX, 8, NONE},
    {"avx512f", 7, 0, EBX, 16, ZMM},
    {"avx512dq", 7, 0, EBX, 17, ZMM},
    {"adx", 7, 0, EBX, 19, NONE},
    {"avx512ifma", 7, 0, EBX, 21, ZMM},
    {"avx512cd", 7, 0, EBX, 28, ZMM},
    {"avx512bw", 7, 0, EBX, 30, ZMM},
    {"avx512vl", 7, 0, EBX, 31, ZMM},
    {"avx512vbmi", 7, 0, ECX, 1, ZMM},
    {"avx512vbmi2", 7, 0, ECX, 6, ZMM},
    {"gfni", 7, 0, ECX, 8, NONE},
    {"vaes", 7, 0, ECX, 9, YMM},
    {"vpclmulqdq", 7, 0, ECX, 10, YMM},
    {"avx512vnni", 7, 0, ECX, 11, ZMM},
    {"avx512bitalg", 7, 0, ECX, 12, ZMM},
    {"avx512vpopcntdq", 7, 0, ECX, 14, ZMM},
    {"amx-bf16", 7, 0, EDX, 22, TILE},
    {"avx512fp16", 7, 0, EDX, 23, ZMM},
    {"amx-tile", 7, 0, EDX, 24, TILE},
    {"amx-int8", 7, 0, EDX, 25, TILE},
    {"avxvnni", 7, 1, EAX, 4, YMM},
    {"avx512bf16", 7, 1, EAX, 5, ZMM},
    {"amx-fp16", 7, 1, EAX, 21, TILE},
    {"avxifma", 7, 1, EAX, 23, YMM},
    {"avxvnniint8", 7, 1, EDX, 4, YMM},
    {"avxneconvert", 7, 1, EDX, 5, YMM},
    {"avxvnniint16", 7, 1, EDX, 10, YMM},
    {"sahf", 0x80000001, 0, ECX, 0, NONE},
    {"lzcnt", 0x80000001, 0, ECX, 5, NONE},
};

enum { FeatureCount = sizeof(features) / sizeof(features[0]) };
_Static_assert(FeatureCount < 64,
               "one bit each, and one to tell that they are set");

static uint64_t savedStates(void) {
  uint32_t registers[4];
  lowbit_processor_cpuid(1, 0, registers);
  const uint32_t osxsave = 1u << 27;
  return registers[ECX] & osxsave ? lowbit_processor_saved_states() : 0;
}

/// Bit i: features[i] can be used. CPUID traps in virtual machines, so it is
/// asked once.
static uint64_t usableFeatures(void) {
  const uint64_t known = UINT64_C(1) << 63;
  static _Atomic uint64_t cache;
  uint64_t usable = atomic_load_explicit(&cache, memory_order_relaxed);
  if (usable)
    return usable;
  usable = known;
  uint64_t saved = savedStates();
  uint32_t registers[4] = {0, 0, 0, 0};
  for (unsigned i = 0; i != FeatureCount; ++i) {
    const struct Feature *row = &features[i];
    if (i == 0 || row->leaf != row[-1].leaf || row->subleaf != row[-1].subleaf)
      lowbit_processor_cpuid(row->leaf, row->subleaf, registers);
    if ((registers[row->reg] >> row->bit & 1) &&
        (saved & row->state) == row->state)
      usable |= UINT64_C(1) << i;
  }
  atomic_store_explicit(&cache, usable, memory_order_relaxed);
  return usable;
}

/// The permission is the process's. Each copy of this archive asks for it once,
/// when the first model needs it: the runtime for all that it loads, a program
/// for all that it links. Asking again changes nothing.
static int mayUseTiles(void) {
  enum { UNASKED, GRANTED, DENIED };
  static _Atomic int answer = UNASKED;
  int known = atomic_load_explicit(&answer, memory_order_relaxed);
  if (known == UNASKED) {
    known = lowbit_processor_request_tiles() ? GRANTED : DENIED;
    atomic_store_explicit(&answer, known, memory_order_relaxed);
  }
  return known == GRANTED;
}

static int isUsable(const char *name, size_t length) {
  uint64_t usable = usableFeatures();
  for (unsigned i = 0; i != FeatureCount; ++i)
    if (equals(features[i].name, name, length))
      return (usable >> i & 1) && (features[i].state != TILE || mayUseTiles());
  return 0;
}

#elif defined(__aarch64__) && defined(__linux__)

#include <sys/auxv.h>

struct Feature {
  const char *name; // LLVM's
  unsigned long vector;
  uint8_t bit;
};

// Linux, arch/arm64/include/uapi/asm/hwcap.h.
static const struct Feature features[] = {
    {"fp-armv8", AT_HWCAP, 0},  {"neon", AT_HWCAP, 1},
    {"fullfp16", AT_HWCAP, 10}, {"dotprod", AT_HWCAP, 20},
    {"i8mm", AT_HWCAP2, 13},    {"bf16", AT_HWCAP2, 14},
};

static int isUsable(const char *name, size_t length) {
  for (size_t i = 0; i != sizeof(features) / sizeof(features[0]); ++i)
    if (equals(features[i].name, name, length))
      return getauxval(features[i].vector) >> features[i].bit & 1;
  return 0;
}

#else // No table for this architecture yet: every named feature is missing.

static int isUsable(const char *name, size_t length) {
  (void)name;
  (void)length;
  return 0;
}

#endif

const char *lowbit_cpu_missing_feature(const char *names) {
  while (names && *names) {
    size_t length = 0;
    while (names[length] != '\0' && names[length] != ',')
      ++length;
    if (!isUsable(names, length))
      return names;
    names += length + (names[length] == ',');
  }
  return NULL;
}
