//===- FloatKernelTest.cpp - Emitters of products of reals ----------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Codegen/MicroKernelRegistry.h"
#include "lowbit/Codegen/Passes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"

#include "gtest/gtest.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// An embedder's emitter for bf16 on both sides, with loops of its own.
struct NarrowKernel : FloatKernel {
  StringRef getName() const override { return "narrow"; }
  bool serves(const Target &, FloatOperands operands) const override {
    return operands.activations.isBF16() && operands.weights.isBF16();
  }
  FloatTile getTile(FloatOperands, MClass) const override { return {5, 3}; }
  bool multipliesNarrow() const override { return true; }
  void emitBody(func::FuncOp function, FloatTile tile) const override {
    OpBuilder builder = OpBuilder::atBlockEnd(function.addEntryBlock());
    func::ReturnOp::create(builder, function.getLoc());
  }
};

/// One that leaves the loops to Lowbit.
struct VectorKernel : VectorFloatKernel {
  VectorKernel() : VectorFloatKernel("vector", FloatUnit()) {}

  Value emitMultiplyAdd(OpBuilder &builder, Location loc, Value, Value weights,
                        Value sum) const override {
    return arith::MaximumFOp::create(builder, loc, weights, sum);
  }
};

struct FloatKernelTest : testing::Test {
  FloatKernelTest() {
    registry.insert<LowbitDialect, affine::AffineDialect, arith::ArithDialect,
                    func::FuncDialect, LLVM::LLVMDialect, math::MathDialect,
                    memref::MemRefDialect, scf::SCFDialect,
                    tensor::TensorDialect, vector::VectorDialect>();
  }

  template <typename KernelT> void add() {
    registry.addExtension(+[](MLIRContext *, LowbitDialect *dialect) {
      addMicroKernel(dialect, std::make_unique<KernelT>());
    });
  }

  /// Runs a pass on a module; false, with `message`, if it fails.
  bool run(StringRef text, std::unique_ptr<Pass> pass) {
    module = {};
    context = std::make_unique<MLIRContext>(registry);
    context->loadAllAvailableDialects();
    ScopedDiagnosticHandler handler(context.get(), [&](Diagnostic &diagnostic) {
      message = diagnostic.str();
    });
    module = parseSourceString<ModuleOp>(text, context.get());
    PassManager manager(context.get());
    manager.addPass(std::move(pass));
    return module && succeeded(manager.run(*module));
  }

  /// Makes calls of a product of activations and weights of `type`.
  bool emitKernels(StringRef type) {
    std::string text = R"(
      func.func @f(%a: memref<?x8xT>, %w: memref<1x128xT>, %y: memref<?x5xf32>) {
        lowbit.packed_float_matmul %a, %w into %y : (memref<?x8xT>, memref<1x128xT>, memref<?x5xf32>) -> ()
        return
      })";
    for (size_t at; (at = text.find('T')) != std::string::npos;)
      text.replace(at, 1, type.str());
    return run(text, createEmitKernelsPass());
  }

  DialectRegistry registry;
  std::unique_ptr<MLIRContext> context;
  OwningOpRef<ModuleOp> module;
  std::string message;
};
} // namespace

TEST_F(FloatKernelTest, NoEmitterIsAnError) {
  add<NarrowKernel>();
  EXPECT_FALSE(emitKernels("f32"));
  EXPECT_NE(message.find("expected an emitter for 'f32' times 'f32' on target "
                         "'generic', but got none"),
            std::string::npos)
      << message;
}

TEST_F(FloatKernelTest, AnEmbeddersFillsTheBody) {
  add<NarrowKernel>();
  ASSERT_TRUE(emitKernels("bf16"));
  auto leaf =
      module->lookupSymbol<func::FuncOp>("lowbit_narrow_bf16_bf16_m5_p3");
  ASSERT_TRUE(leaf);
  EXPECT_TRUE(llvm::hasSingleElement(leaf.getBody().front()));
}

TEST_F(FloatKernelTest, AnEmbeddersMultipliesInTheSharedLoops) {
  add<VectorKernel>();
  ASSERT_TRUE(emitKernels("f32"));
  ASSERT_TRUE(succeeded(verify(*module)));
  auto leaf = module->lookupSymbol<func::FuncOp>("lowbit_vector_f32_m3_p1");
  ASSERT_TRUE(leaf);
  int64_t products = 0;
  leaf.walk([&](arith::MaximumFOp) { ++products; });
  EXPECT_GE(products, 3);
}

// Whether activations are left in bf16 is what the emitter says.
TEST_F(FloatKernelTest, NarrowActivationsAreForThoseThatMultiplyThem) {
  StringRef text = R"(
    func.func @f(%x: tensor<3x8xbf16>, %w: tensor<1x128xbf16>, %y: tensor<3x5xf32>) -> tensor<3x5xf32> {
      %wide = arith.extf %x : tensor<3x8xbf16> to tensor<3x8xf32>
      %0 = lowbit.packed_float_matmul %wide, %w into %y : (tensor<3x8xf32>, tensor<1x128xbf16>, tensor<3x5xf32>) -> tensor<3x5xf32>
      return %0 : tensor<3x5xf32>
    })";
  auto isNarrow = [&] {
    EXPECT_TRUE(run(text, createNarrowActivationsPass()));
    bool narrow = false;
    module->walk([&](PackedFloatMatmulOp op) {
      narrow = getElementTypeOrSelf(op.getActivations()).isBF16();
    });
    return narrow;
  };
  EXPECT_FALSE(isNarrow());
  add<VectorKernel>();
  EXPECT_FALSE(isNarrow());
  add<NarrowKernel>();
  EXPECT_TRUE(isNarrow());
}
