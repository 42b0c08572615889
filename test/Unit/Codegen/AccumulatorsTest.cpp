//===- AccumulatorsTest.cpp - Sums in fewer than 32 bits ------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Codegen/MicroKernelRegistry.h"
#include "lowbit/Codegen/Passes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"

#include "gtest/gtest.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// Adds up fields of one plane in i16. Its sums are constants: what counts
/// here is what the shared loops make of them.
struct NarrowKernel : MicroKernel {
  StringRef getName() const override { return "narrow"; }
  bool serves(const Target &, LayoutAttr layout, MClass) const override {
    return layout.getPacked().numPlanes() == 1;
  }
  int64_t getTileRows(LayoutAttr, MClass) const override { return 1; }
  int64_t getAccumulatorBits(LayoutAttr) const override { return 16; }
  TileSums emitBlock(OpBuilder &builder, Location loc, LayoutAttr layout,
                     const BlockOperands &block) const override {
    auto type = VectorType::get(PackedLayout::lanes, builder.getI16Type());
    Value sum = arith::ConstantOp::create(
        builder, loc, DenseElementsAttr::get(type, int16_t(7)));
    return TileSums(block.rows * layout.getPacked().rowsPerLane(), sum);
  }
};

struct AccumulatorsTest : testing::Test {
  AccumulatorsTest() {
    DialectRegistry registry;
    registry.insert<LowbitDialect, affine::AffineDialect, func::FuncDialect,
                    LLVM::LLVMDialect, math::MathDialect, memref::MemRefDialect,
                    scf::SCFDialect, vector::VectorDialect>();
    registry.addExtension(+[](MLIRContext *, LowbitDialect *dialect) {
      addMicroKernel(dialect, std::make_unique<NarrowKernel>());
    });
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
  }

  LayoutAttr getLayout(int64_t bits, DenseI64ArrayAttr levels = {}) {
    return LayoutAttr::get(&context, bits, 0, 1, 0, {}, 0, false, levels, 2,
                           false, false);
  }

  /// A matmul by fields of `bits` bits, as calls of kernels; null if that
  /// fails.
  OwningOpRef<ModuleOp> emitKernels(int64_t bits) {
    std::string text;
    llvm::raw_string_ostream(text)
        << R"(
      func.func @f(%a: memref<?x512xi8>, %s: memref<?x1xi32>, %w: memref<1x?xi8>, %y: memref<?x2xi32>) {
        lowbit.packed_matmul <field_bits = )"
        << bits << R"(, code_offset = 0> %a, %s, %w into %y
            : (memref<?x512xi8>, memref<?x1xi32>, memref<1x?xi8>, memref<?x2xi32>) -> ()
        return
      })";
    auto module = parseSourceString<ModuleOp>(text, &context);
    PassManager manager(&context);
    manager.addPass(createEmitKernelsPass());
    if (!module || failed(manager.run(*module)))
      return {};
    return module;
  }

  void expectError(int64_t bits, StringRef text) {
    std::string message;
    ScopedDiagnosticHandler handler(
        &context, [&](Diagnostic &diagnostic) { message = diagnostic.str(); });
    EXPECT_FALSE(emitKernels(bits));
    EXPECT_NE(message.find(text), std::string::npos) << message;
  }

  MLIRContext context;
  NarrowKernel kernel;
};
} // namespace

// 4 products per line, of the highest field or level and -128.
TEST_F(AccumulatorsTest, LinesAreTheMostThatCannotOverflow) {
  for (int64_t bits : {1, 2, 4}) {
    int64_t highest = (int64_t(1) << bits) - 1;
    int64_t lines = kernel.getMaxLines(getLayout(bits));
    EXPECT_LE(lines * PackedLayout::depth * highest * 128, INT16_MAX) << bits;
    EXPECT_GT((lines + 1) * PackedLayout::depth * highest * 128, INT16_MAX)
        << bits;
  }
  auto levels = DenseI64ArrayAttr::get(&context, {0, 1, 5, 2});
  int64_t lines = kernel.getMaxLines(getLayout(2, levels));
  EXPECT_EQ(lines, INT16_MAX / (PackedLayout::depth * 5 * 128));
}

TEST_F(AccumulatorsTest, NoLineOfWholeBytesFits) {
  EXPECT_EQ(kernel.getMaxLines(getLayout(8)), 0);
  expectError(8, "expected an emitter whose sums of 16 bits hold the products "
                 "of a line, but got 'narrow'");
}

TEST_F(AccumulatorsTest, NoEmitterIsAnError) {
  expectError(3, "expected an emitter for #lowbit.layout<field_bits = 3> "
                 "on target 'generic', but got none");
}

// 128 lines of 2-bit fields: 21 at a time, each sum extended to i32 before it
// is added.
TEST_F(AccumulatorsTest, TheSharedLoopSplitsK) {
  OwningOpRef<ModuleOp> module = emitKernels(2);
  ASSERT_TRUE(module);
  ASSERT_TRUE(succeeded(verify(*module)));
  int64_t splits = 0, extended = 0;
  module->walk([&](scf::ForOp loop) {
    if (getConstantIntValue(loop.getStep()) != kernel.getMaxLines(getLayout(2)))
      return;
    ++splits;
    loop.getBody()->walk([&](arith::ExtSIOp extend) {
      EXPECT_EQ(extend.getIn().getType(),
                VectorType::get(16, IntegerType::get(&context, 16)));
      EXPECT_EQ(extend.getType(),
                VectorType::get(16, IntegerType::get(&context, 32)));
      for (Operation *user : extend->getUsers())
        EXPECT_TRUE(isa<arith::AddIOp>(user));
      ++extended;
    });
  });
  EXPECT_EQ(splits, 1);
  EXPECT_EQ(extended, 4);
}

TEST_F(AccumulatorsTest, OthersHave32Bits) {
  EXPECT_EQ(createGenericKernel()->getAccumulatorBits(getLayout(2)), 32);
  EXPECT_EQ(createX86Avx512VnniKernel()->getAccumulatorBits(getLayout(2)), 32);
}
