//===- LowerTest.cpp - Whose fault an error is ----------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Codegen/MicroKernelRegistry.h"
#include "lowbit/Compiler/Compiler.h"
#include "lowbit/InitAll.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/FileSystem.h"

#include "gtest/gtest.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// An embedder's emitter with a defect.
struct DefectiveKernel : MicroKernel {
  StringRef getName() const override { return "defective"; }
  bool serves(const Target &, LayoutAttr, MClass) const override {
    return true;
  }
  int64_t getTileRows(LayoutAttr, MClass) const override { return 1; }
};

struct CrashingKernel : DefectiveKernel {
  TileSums emitBlock(OpBuilder &, Location, LayoutAttr,
                     const BlockOperands &) const override {
    __builtin_trap();
  }
};

/// Emits constants of another type than they have.
struct InvalidKernel : DefectiveKernel {
  TileSums emitBlock(OpBuilder &builder, Location loc, LayoutAttr layout,
                     const BlockOperands &block) const override {
    auto type = VectorType::get(16, builder.getI32Type());
    OperationState state(loc, arith::ConstantOp::getOperationName());
    state.addTypes(type);
    state.addAttribute("value", builder.getI8IntegerAttr(0));
    Value invalid = builder.create(state)->getResult(0);
    int64_t sums = block.rows * layout.getPacked().rowsPerLane();
    return TileSums(sums, invalid);
  }
};

struct LowerTest : testing::Test {
  LowerTest() {
    lowbit::registerAllDialects(registry);
    reproducer = testing::TempDir() + "lower-test-reproducer.mlir";
  }

  Outcome lower(StringRef body) {
    [[maybe_unused]] std::error_code ignored =
        llvm::sys::fs::remove(reproducer);
    MLIRContext context(registry);
    ScopedDiagnosticHandler quiet(&context,
                                  [](Diagnostic &) { return success(); });
    CompiledModule compiled;
    compiled.module = parseSourceString<ModuleOp>(body, &context);
    CompileOptions options;
    options.targets = {*lookupTarget("generic")};
    options.reproducer = reproducer;
    return lowerToLLVMDialect(compiled, options);
  }

  DialectRegistry registry;
  std::string reproducer;
};

constexpr const char *matmul = R"(
func.func @main(%x: tensor<1x4xi8>, %y: tensor<1x1xi32>) -> tensor<1x1xi32> {
  %a = lowbit.from_storage %x
      : tensor<1x4xi8> -> tensor<1x4x!lowbit.affine<8>>
  %w = lowbit.constant dense<1> : tensor<1x4xi8> -> tensor<1x4x!lowbit.ternary>
  %z = lowbit.matmul %a, %w init %y
      : (tensor<1x4x!lowbit.affine<8>>, tensor<1x4x!lowbit.ternary>,
         tensor<1x1xi32>) -> tensor<1x1xi32>
  return %z : tensor<1x1xi32>
})";

constexpr const char *noLowering = R"(
func.func @main(%x: tensor<4x2xf32>, %i: tensor<3x1xi64>) -> tensor<3x2xf32> {
  %y = tensor.gather %x[%i] gather_dims([0])
      : (tensor<4x2xf32>, tensor<3x1xi64>) -> tensor<3x2xf32>
  return %y : tensor<3x2xf32>
})";
} // namespace

TEST_F(LowerTest, IsOkWithoutDefects) {
  EXPECT_EQ(lower(matmul), Outcome::Ok);
  EXPECT_FALSE(llvm::sys::fs::exists(reproducer));
}

TEST_F(LowerTest, ErrorsOfPassesAreTheUsers) {
  EXPECT_EQ(lower(noLowering), Outcome::UserError);
  EXPECT_FALSE(llvm::sys::fs::exists(reproducer));
}

TEST_F(LowerTest, CrashesAreInternal) {
  registry.addExtension(+[](MLIRContext *, LowbitDialect *dialect) {
    addMicroKernel(dialect, std::make_unique<CrashingKernel>());
  });
  EXPECT_EQ(lower(matmul), Outcome::InternalError);
  EXPECT_TRUE(llvm::sys::fs::exists(reproducer));
}

TEST_F(LowerTest, InvalidModulesAreInternal) {
  registry.addExtension(+[](MLIRContext *, LowbitDialect *dialect) {
    addMicroKernel(dialect, std::make_unique<InvalidKernel>());
  });
  EXPECT_EQ(lower(matmul), Outcome::InternalError);
  EXPECT_TRUE(llvm::sys::fs::exists(reproducer));
}
