//===- ProcessorTest.cpp - Features on processors that are not here -----===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Cpu.c with the answers of other processors and systems. It asks once in a
// process, so that each of these has a child of its own.
//
//===----------------------------------------------------------------------===//

#include "lowbit-c/Model.h"

extern "C" {
#include "Processor.h"
}

#include "gtest/gtest.h"

#include <cstdio>
#include <initializer_list>

#if defined(__x86_64__)

namespace {
struct Answers {
  bool knowsXsave = true;    ///< OSXSAVE
  uint64_t states = 0x600e7; ///< XCR0: everything up to the tiles
  bool grantsTiles = true;
};
} // namespace

static Answers answers;
static int requests = 0;

void lowbit_processor_cpuid(uint32_t leaf, uint32_t, uint32_t registers[4]) {
  for (int r = EAX; r <= EDX; ++r)
    registers[r] = ~uint32_t(0);
  if (leaf == 1 && !answers.knowsXsave)
    registers[ECX] &= ~(uint32_t(1) << 27);
}

uint64_t lowbit_processor_saved_states() {
  if (!answers.knowsXsave)
    __builtin_trap(); // as the instruction does
  return answers.states;
}

int lowbit_processor_request_tiles() {
  ++requests;
  return answers.grantsTiles;
}

/// A child in which `usable` can be used, `missing` cannot, and the tiles were
/// asked for so many times.
static void expectFeatures(const Answers &given,
                           std::initializer_list<const char *> usable,
                           std::initializer_list<const char *> missing,
                           int expectedRequests) {
  auto countMistakes = [&] {
    answers = given;
    int mistakes = 0;
    for (const char *name : usable)
      mistakes += lowbit_cpu_missing_feature(name) != nullptr;
    for (const char *name : missing)
      mistakes += lowbit_cpu_missing_feature(name) != name;
    return mistakes + (requests != expectedRequests);
  };
  EXPECT_EXIT(_exit(countMistakes()), ::testing::ExitedWithCode(0), "");
}

TEST(ProcessorDeathTest, everything) {
  expectFeatures({}, {"sse2", "avx2,fma", "avx512f,avx512vnni", "amx-int8"},
                 {"nosuchfeature"}, 1);
}

TEST(ProcessorDeathTest, tilesAreAskedForOnce) {
  expectFeatures({}, {"amx-tile", "amx-int8", "amx-bf16"}, {}, 1);
}

TEST(ProcessorDeathTest, nobodyAsksForTilesInVain) {
  expectFeatures({}, {"avx512f,avx512vnni"}, {}, 0);
}

TEST(ProcessorDeathTest, tilesAreDenied) {
  expectFeatures({true, 0x600e7, false}, {"avx512f,avx512vnni"},
                 {"amx-tile", "amx-int8"}, 1);
}

/// The target that runs of a model for tiles and, if it `isGeneric`, for any
/// processor, or why none does; then how often the tiles were asked for.
static void printChoice(bool isGeneric) {
  answers.grantsTiles = false;
  const lowbit_variant variants[] = {
      {"x86-amx", "amx-int8,amx-tile,avx2", nullptr, nullptr},
      {"generic", "", nullptr, nullptr}};
  for (int models = 0; models != 3; ++models) {
    int32_t choice = 0;
    lowbit_model model = {};
    model.abi_version = LOWBIT_ABI_VERSION;
    model.num_variants = isGeneric ? 2 : 1;
    model.variants = variants;
    model.choice = &choice;
    char text[128];
    const lowbit_variant *chosen = nullptr;
    lowbit_model_explain(&model, text, sizeof(text));
    if (lowbit_model_check(&model, &chosen) == LOWBIT_OK)
      std::fprintf(stderr, "%s\n", chosen->target);
    else
      std::fprintf(stderr, "%s\n", text);
  }
  std::fprintf(stderr, "%d requests\n", requests);
  _exit(0);
}

TEST(ProcessorDeathTest, deniedTilesAreNotChosen) {
  EXPECT_EXIT(printChoice(true), ::testing::ExitedWithCode(0),
              "^generic\ngeneric\ngeneric\n1 requests\n$");
}

TEST(ProcessorDeathTest, deniedTilesAreNamed) {
  EXPECT_EXIT(printChoice(false), ::testing::ExitedWithCode(0),
              "^expected a CPU with 'amx-int8', 'amx-tile' "
              "\\(target 'x86-amx'\\), but got one without\n(.*\n){2}"
              "1 requests\n$");
}

TEST(ProcessorDeathTest, systemSavesNoTiles) {
  expectFeatures({true, 0xe7, true}, {"avx512f,avx512vnni"},
                 {"amx-tile", "amx-int8", "amx-bf16"}, 0);
}

TEST(ProcessorDeathTest, systemSavesTileDataOnly) {
  expectFeatures({true, 0x400e7, true}, {"avx512f"}, {"amx-tile"}, 0);
}

TEST(ProcessorDeathTest, systemSavesNoZmm) {
  expectFeatures({true, 0x7, true}, {"avx2,fma,avxvnni"},
                 {"avx512f", "avx512vnni"}, 0);
}

TEST(ProcessorDeathTest, systemSavesNoUpperZmm) {
  expectFeatures({true, 0x67, true}, {"avx2"}, {"avx512f"}, 0);
}

TEST(ProcessorDeathTest, systemSavesNoYmm) {
  expectFeatures({true, 0x3, true}, {"sse2,sse4.1"}, {"avx", "avx2", "fma"}, 0);
}

TEST(ProcessorDeathTest, systemSavesNothing) {
  expectFeatures({false, 0, true}, {"sse2"}, {"avx", "avx512f", "amx-tile"}, 0);
}

#endif // __x86_64__
