//===- MicroKernelRegistryTest.cpp - Who is asked for a kernel ------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Codegen/MicroKernelRegistry.h"

#include "gtest/gtest.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// An embedder's emitter, for one row of 2-bit codes.
struct EmbeddersKernel : MicroKernel {
  StringRef getName() const override { return "embedders"; }
  bool serves(const Target &, LayoutAttr layout, MClass mClass) const override {
    return layout.getFieldBits() == 2 && mClass == MClass::One;
  }
  int64_t getTileRows(LayoutAttr, MClass) const override { return 1; }
  TileSums emitBlock(OpBuilder &, Location, LayoutAttr,
                     const BlockOperands &) const override {
    return {};
  }
};

/// The same for reals.
struct EmbeddersFloatKernel : VectorFloatKernel {
  EmbeddersFloatKernel() : VectorFloatKernel("embedders", FloatUnit()) {}
  bool serves(const Target &, FloatOperands operands) const override {
    return operands.weights.isF32();
  }
};

struct MicroKernelRegistryTest : testing::Test {
  MicroKernelRegistryTest() {
    registry.insert<LowbitDialect>();
    registerMicroKernels(registry);
  }

  StringRef lookup(StringRef target, int64_t bits, MClass mClass,
                   int64_t block = 0, bool mask = false, bool sign = false) {
    MLIRContext context(registry);
    const auto *kernels = MicroKernelRegistry::get(&context);
    auto layout = LayoutAttr::get(&context, bits, 0, 1, block, {}, 0, false, {},
                                  2, mask, sign);
    const auto *kernel = kernels->lookup(*lookupTarget(target), layout, mClass);
    return kernel ? kernel->getName() : "";
  }

  /// The emitter for reals, in bf16 where it is narrow.
  StringRef lookupFloat(StringRef target, bool narrowActivations,
                        bool narrowWeights) {
    MLIRContext context(registry);
    auto getType = [&](bool isNarrow) -> FloatType {
      if (isNarrow)
        return BFloat16Type::get(&context);
      return Float32Type::get(&context);
    };
    FloatOperands operands = {getType(narrowActivations),
                              getType(narrowWeights)};
    const auto *kernels = MicroKernelRegistry::get(&context);
    const auto *kernel = kernels->lookup(*lookupTarget(target), operands);
    return kernel ? kernel->getName() : "";
  }

  DialectRegistry registry;
};
} // namespace

TEST_F(MicroKernelRegistryTest, TheTargetsOwnIsAskedBeforeTheGeneric) {
  for (int64_t bits : {1, 2, 4, 8})
    for (MClass mClass : {MClass::One, MClass::Few, MClass::Many}) {
      EXPECT_EQ(lookup("generic", bits, mClass), "generic");
      EXPECT_EQ(lookup("x86-avx512vnni", bits, mClass), "x86_avx512vnni");
    }
}

TEST_F(MicroKernelRegistryTest, TilesAreForManyRowsAndLongBlocks) {
  for (int64_t bits = 1; bits <= 8; ++bits) {
    EXPECT_EQ(lookup("x86-amx", bits, MClass::One), "x86_avx512vnni");
    for (MClass mClass : {MClass::Few, MClass::Many}) {
      EXPECT_EQ(lookup("x86-amx", bits, mClass), "x86_amx");
      EXPECT_EQ(lookup("x86-amx", bits, mClass, 64), "x86_amx");
      EXPECT_EQ(lookup("x86-amx", bits, mClass, 63), "x86_avx512vnni");
    }
  }
}

TEST_F(MicroKernelRegistryTest,
       BitsAreCountedOnEveryTargetButForManyRowsInTiles) {
  for (MClass mClass : {MClass::One, MClass::Few, MClass::Many})
    for (auto [mask, sign] :
         {std::pair(false, true), {true, false}, {true, true}}) {
      auto lookupBits = [&, mask = mask, sign = sign](StringRef target) {
        return lookup(target, int64_t(mask) + int64_t(sign), mClass,
                      /*block=*/0, mask, sign);
      };
      EXPECT_EQ(lookupBits("generic"), "generic_popcnt");
      EXPECT_EQ(lookupBits("arm-dotprod"), "generic_popcnt");
      EXPECT_EQ(lookupBits("x86-avx2"), "x86_avx2_popcnt");
      EXPECT_EQ(lookupBits("x86-avxvnni"), "x86_avx2_popcnt");
      EXPECT_EQ(lookupBits("x86-avx512vnni"), "x86_avx512bw_popcnt");
      EXPECT_EQ(lookupBits("x86-avx512popcnt"), "x86_avx512popcnt");
      EXPECT_EQ(lookupBits("x86-amx"),
                mClass == MClass::Many ? "x86_amx_bits" : "x86_avx512popcnt");
    }
}

TEST_F(MicroKernelRegistryTest, RealsAreMultipliedByFusedInstructions) {
  for (bool activations : {false, true})
    for (bool weights : {false, true}) {
      auto lookupReals = [&](StringRef target) {
        return lookupFloat(target, activations, weights);
      };
      EXPECT_EQ(lookupReals("generic"), "generic_float");
      EXPECT_EQ(lookupReals("arm-dotprod"), "arm_fma");
      EXPECT_EQ(lookupReals("x86-avx2"), "x86_fma");
      EXPECT_EQ(lookupReals("x86-avxvnni"), "x86_fma");
      EXPECT_EQ(lookupReals("x86-avx512vnni"), "x86_avx512fma");
      EXPECT_EQ(lookupReals("x86-amx"),
                activations && weights ? "x86_amx_bf16" : "x86_avx512fma");
    }
}

TEST_F(MicroKernelRegistryTest, AnEmbeddersForRealsIsAskedFirst) {
  registry.addExtension(+[](MLIRContext *, LowbitDialect *dialect) {
    addMicroKernel(dialect, std::make_unique<EmbeddersFloatKernel>());
  });
  EXPECT_EQ(lookupFloat("x86-amx", false, false), "embedders");
  EXPECT_EQ(lookupFloat("x86-amx", false, true), "x86_avx512fma");
}

TEST_F(MicroKernelRegistryTest, AnEmbeddersIsAskedFirst) {
  registry.addExtension(+[](MLIRContext *, LowbitDialect *dialect) {
    addMicroKernel(dialect, std::make_unique<EmbeddersKernel>());
  });
  EXPECT_EQ(lookup("generic", 2, MClass::One), "embedders");
  EXPECT_EQ(lookup("x86-avx512vnni", 2, MClass::One), "embedders");
  EXPECT_EQ(lookup("x86-avx512vnni", 2, MClass::Many), "x86_avx512vnni");
  EXPECT_EQ(lookup("generic", 4, MClass::One), "generic");
}

TEST_F(MicroKernelRegistryTest, EachContextHasItsOwn) {
  MLIRContext first(registry), second(registry);
  EXPECT_NE(MicroKernelRegistry::get(&first),
            MicroKernelRegistry::get(&second));
}

TEST(MicroKernelRegistry, IsMadeByTheFirstEmitter) {
  DialectRegistry registry;
  registry.insert<LowbitDialect>();
  MLIRContext without(registry);
  EXPECT_EQ(MicroKernelRegistry::get(&without), nullptr);
  registry.addExtension(+[](MLIRContext *, LowbitDialect *dialect) {
    addMicroKernel(dialect, std::make_unique<EmbeddersKernel>());
  });
  MLIRContext with(registry);
  EXPECT_NE(MicroKernelRegistry::get(&with), nullptr);
}
