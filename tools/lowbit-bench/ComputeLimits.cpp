//===- ComputeLimits.cpp - Arithmetic rates -------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each loop is written in assembly: what is timed is then exactly what is read
// here, and it needs no compiler flag. Accumulators are independent and enough
// to cover the latency of the instruction at two per cycle.
//
//===----------------------------------------------------------------------===//

#include "Limits.h"

#include <cstdint>

using namespace mlir::lowbit;

#if defined(__x86_64__)

static constexpr int64_t iterationsPerRun = 20000;

#define ACCUMULATORS "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15"
#define FOR_EACH_ACCUMULATOR(body) ".irp a," ACCUMULATORS "\n" body "\n.endr\n"
#define LOOP(body) "1:\n" body "dec %0\n jnz 1b\n vzeroupper\n"
#define CLOBBERED_YMM                                                          \
  "ymm0", "ymm1", "ymm2", "ymm3", "ymm4", "ymm5", "ymm6", "ymm7", "ymm8",      \
      "ymm9", "ymm10", "ymm11", "ymm12", "ymm13", "ymm14", "ymm15", "cc"
#define CLOBBERED_ZMM                                                          \
  CLOBBERED_YMM, "zmm16", "zmm17", "zmm18", "zmm19", "zmm20", "zmm21",         \
      "zmm22", "zmm23", "zmm24", "zmm25", "zmm26", "zmm27", "zmm28", "zmm29",  \
      "zmm30", "zmm31"

static constexpr int accumulators = 16;

__attribute__((target("avx512f"))) static void runVpdpbusd512(int64_t n) {
  asm volatile(
      FOR_EACH_ACCUMULATOR(
          "vpxord %%zmm\\a, %%zmm\\a, %%zmm\\a") "vpxord %%zmm30, %%zmm30, "
                                                 "%%zmm30\n"
                                                 "vpxord %%zmm31, %%zmm31, "
                                                 "%%zmm31\n" LOOP(
                                                     FOR_EACH_ACCUMULATOR(
                                                         "vpdpbusd %%zmm30, "
                                                         "%%zmm31, %%zmm\\a"))
      : "+r"(n)::CLOBBERED_ZMM);
}

/// 14 accumulators: the encoding without AVX-512 has 16 registers.
static constexpr int accumulators256 = 14;
#define FOR_EACH_ACCUMULATOR_256(body)                                         \
  ".irp a,0,1,2,3,4,5,6,7,8,9,10,11,12,13\n" body "\n.endr\n"

__attribute__((target("avx2"))) static void runVpdpbusd256(int64_t n) {
  asm volatile("vzeroall\n" LOOP(FOR_EACH_ACCUMULATOR_256(
      "%{vex%} vpdpbusd %%ymm14, %%ymm15, %%ymm\\a"))
               : "+r"(n)::CLOBBERED_YMM);
}

__attribute__((target("avx512f"))) static void runFma512(int64_t n) {
  asm volatile(
      FOR_EACH_ACCUMULATOR(
          "vpxord %%zmm\\a, %%zmm\\a, %%zmm\\a") "vpxord %%zmm30, %%zmm30, "
                                                 "%%zmm30\n"
                                                 "vpxord %%zmm31, %%zmm31, "
                                                 "%%zmm31\n" LOOP(
                                                     FOR_EACH_ACCUMULATOR(
                                                         "vfmadd231ps %%zmm30, "
                                                         "%%zmm31, %%zmm\\a"))
      : "+r"(n)::CLOBBERED_ZMM);
}

__attribute__((target("avx2"))) static void runFma256(int64_t n) {
  asm volatile("vzeroall\n" LOOP(FOR_EACH_ACCUMULATOR_256(
      "vfmadd231ps %%ymm14, %%ymm15, %%ymm\\a"))
               : "+r"(n)::CLOBBERED_YMM);
}

/// Dot products of bytes without VNNI: pairs are added up in 16 bits.
static constexpr int maddubsSteps = 8;

__attribute__((target("avx2"))) static void runMaddubs256(int64_t n) {
  asm volatile("vzeroall\n" LOOP(".irp a,0,1,2,3,4,5,6,7\n"
                                 "vpmaddubsw %%ymm14, %%ymm15, %%ymm13\n"
                                 "vpaddw %%ymm13, %%ymm\\a, %%ymm\\a\n"
                                 ".endr\n")
               : "+r"(n)::CLOBBERED_YMM);
}

/// The inner step of a binary dot product. The temporaries rotate over eight
/// registers.
static constexpr int popcntPairs = 8;

__attribute__((target("avx512f"))) static void runPopcnt512(int64_t n) {
  asm volatile(
      FOR_EACH_ACCUMULATOR(
          "vpxord %%zmm\\a, %%zmm\\a, %%zmm\\a") "vpxord %%zmm30, %%zmm30, "
                                                 "%%zmm30\n"
                                                 "vpxord %%zmm31, %%zmm31, "
                                                 "%%zmm31\n" LOOP(
                                                     ".irp "
                                                     "t,16,17,18,19,20,21,22,"
                                                     "23\n"
                                                     "vpxorq %%zmm30, %%zmm31, "
                                                     "%%zmm\\t\n"
                                                     "vpopcntq %%zmm\\t, "
                                                     "%%zmm\\t\n"
                                                     ".endr\n"
                                                     "vpaddq %%zmm16, %%zmm0, "
                                                     "%%zmm0\n"
                                                     "vpaddq %%zmm17, %%zmm1, "
                                                     "%%zmm1\n"
                                                     "vpaddq %%zmm18, %%zmm2, "
                                                     "%%zmm2\n"
                                                     "vpaddq %%zmm19, %%zmm3, "
                                                     "%%zmm3\n"
                                                     "vpaddq %%zmm20, %%zmm4, "
                                                     "%%zmm4\n"
                                                     "vpaddq %%zmm21, %%zmm5, "
                                                     "%%zmm5\n"
                                                     "vpaddq %%zmm22, %%zmm6, "
                                                     "%%zmm6\n"
                                                     "vpaddq %%zmm23, %%zmm7, "
                                                     "%%zmm7\n")
      : "+r"(n)::CLOBBERED_ZMM);
}

namespace {
/// Operand of ldtilecfg.
struct alignas(64) TileConfig {
  uint8_t palette = 1;
  uint8_t startRow = 0;
  uint8_t reserved[14] = {};
  uint16_t rowBytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
} // namespace

/// Six accumulator tiles; 16 cycles each cover the latency of 52.
static constexpr int tileAccumulators = 6;

static void runAmxInt8(int64_t n) {
  TileConfig config;
  asm volatile("ldtilecfg %1\n"
               ".irp t,0,1,2,3,4,5,6,7\n tilezero %%tmm\\t\n .endr\n"
               "1:\n"
               ".irp t,0,1,2,3,4,5\n tdpbusd %%tmm7, %%tmm6, %%tmm\\t\n .endr\n"
               "dec %0\n jnz 1b\n tilerelease\n"
               : "+r"(n)
               : "m"(config)
               : "cc");
}

void mlir::lowbit::raiseComputeLimits(const LimitEffort &effort,
                                      ThreadPool &pool, Limits &limits) {
  auto measure = [&](Limit &limit, double operations, void (*loop)(int64_t)) {
    std::vector<double> seconds = timeEach(effort.secondsPerLimit, 3, [&] {
      pool.forEachThread([&](int) { loop(iterationsPerRun); });
    });
    raiseLimit(limit, operations * iterationsPerRun * pool.size(),
               summarize(std::move(seconds)));
  };
  constexpr double dotOps512 = 64 * 2, dotOps256 = 32 * 2;
  constexpr double fmaOps512 = 16 * 2, fmaOps256 = 8 * 2;
  constexpr double bitOps512 = 512 * 2;
  constexpr double tileOps = 16 * 16 * 64 * 2;

  if (machineHas("avx512f,avx512vnni"))
    measure(limits.vpdpbusdGops, accumulators * dotOps512, runVpdpbusd512);
  else if (machineHas("avx2,avxvnni"))
    measure(limits.vpdpbusdGops, accumulators256 * dotOps256, runVpdpbusd256);
  if (machineHas("avx2"))
    measure(limits.maddubsGops, maddubsSteps * dotOps256, runMaddubs256);
  if (machineHas("avx512f"))
    measure(limits.fmaGflops, accumulators * fmaOps512, runFma512);
  else if (machineHas("avx2,fma"))
    measure(limits.fmaGflops, accumulators256 * fmaOps256, runFma256);
  if (machineHas("avx512f,avx512vpopcntdq"))
    measure(limits.popcntGops, popcntPairs * bitOps512, runPopcnt512);
  if (machineHas("amx-tile,amx-int8"))
    measure(limits.amxInt8Gops, tileAccumulators * tileOps, runAmxInt8);
}

#else

void mlir::lowbit::raiseComputeLimits(const LimitEffort &, ThreadPool &,
                                      Limits &) {}

#endif // __x86_64__
