//===- EmitKernels.cpp - Packed ops to calls of leaf functions ------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FloatLoops.h"
#include "KernelLoops.h"
#include "LeafFunctions.h"
#include "lowbit/Codegen/Passes.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace mlir::lowbit {
#define GEN_PASS_DEF_EMITKERNELSPASS
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

/// The arguments of a leaf function: the operands of `op` in order, as buffers
/// of dynamic shape and strides, whose last dimension is contiguous.
static SmallVector<Type> getLeafArguments(Operation *op) {
  int64_t dynamic = ShapedType::kDynamic;
  return llvm::map_to_vector(op->getOperandTypes(), [&](Type type) -> Type {
    auto shaped = cast<ShapedType>(type);
    SmallVector<int64_t> shape(shaped.getRank(), dynamic);
    SmallVector<int64_t> strides = shape;
    strides.back() = 1;
    return MemRefType::get(
        shape, shaped.getElementType(),
        StridedLayoutAttr::get(op->getContext(), dynamic, strides));
  });
}

/// The leaf function called `name`: the one that is there, or a new one that
/// `emitBody` fills.
static func::FuncOp getLeafFunction(SymbolTable &symbols, Location loc,
                                    StringRef name, TypeRange arguments,
                                    function_ref<void(func::FuncOp)> emitBody) {
  if (auto known = symbols.lookup<func::FuncOp>(name))
    return known;
  auto module = cast<ModuleOp>(symbols.getOp());
  OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
  auto function = func::FuncOp::create(builder, loc, name,
                                       builder.getFunctionType(arguments, {}));
  function.setPrivate();
  for (unsigned i = 0; i < arguments.size(); ++i)
    function.setArgAttr(i, LLVM::LLVMDialect::getNoAliasAttrName(),
                        builder.getUnitAttr());
  symbols.insert(function);
  emitBody(function);
  return function;
}

/// Calls `function` with the operands of `op`, cast to its arguments.
static void callLeafFunction(OpBuilder &builder, Operation *op,
                             func::FuncOp function) {
  SmallVector<Value> arguments;
  for (auto [operand, type] :
       llvm::zip(op->getOperands(), function.getArgumentTypes()))
    arguments.push_back(
        memref::CastOp::create(builder, op->getLoc(), type, operand));
  func::CallOp::create(builder, op->getLoc(), function, arguments);
}

/// The emitter for `op`, or null, with an error.
static const MicroKernel *lookupKernel(PackedMatmulInterface op,
                                       const Target &target, MClass mClass) {
  LayoutAttr layout = op.getLayout();
  const auto *registry = MicroKernelRegistry::get(op->getContext());
  const MicroKernel *kernel =
      registry ? registry->lookup(target, layout, mClass) : nullptr;
  if (!kernel) {
    op->emitOpError("expected an emitter for ")
        << layout << " on target '" << target.name << "', but got none";
    return nullptr;
  }
  if (isa<PackedMatmulOp>(op) && kernel->getMaxLines(layout) == 0) {
    op->emitOpError("expected an emitter whose sums of ")
        << kernel->getAccumulatorBits(layout)
        << " bits hold the products of a line, but got '" << kernel->getName()
        << "'";
    return nullptr;
  }
  return kernel;
}

/// The leaf function of `op` for a class of M, or null, with an error. Shorter
/// rows of activations than `minDepth`, which it raises, are none for it.
static func::FuncOp getMatmulLeaf(PackedMatmulInterface op,
                                  const Target &target, MClass mClass,
                                  SymbolTable &symbols, int64_t &minDepth) {
  SmallVector<Type> arguments = getLeafArguments(op);
  if (auto matmul = dyn_cast<PackedFloatMatmulOp>(*op)) {
    FloatKernel kernel = FloatKernel::get(target, matmul, mClass);
    return getLeafFunction(
        symbols, op.getLoc(), kernel.getName(), arguments,
        [&](func::FuncOp function) { emitFloatBody(function, kernel); });
  }
  const MicroKernel *kernel = lookupKernel(op, target, mClass);
  if (!kernel)
    return {};
  if (isa<PackedMatmulOp>(op))
    minDepth = std::max(minDepth, kernel->getMinDepth());
  KernelKey key = KernelKey::get(kernel, op, mClass);
  return getLeafFunction(
      symbols, op.getLoc(), key.getName(), arguments,
      [&](func::FuncOp function) { emitKernelBody(function, key); });
}

/// Replaces `op` by a dispatch on M, and on K where an emitter needs it long.
static LogicalResult emitMatmul(PackedMatmulInterface op, const Target &target,
                                SymbolTable &symbols) {
  int64_t minDepth = 0;
  auto getLeaf = [&](MClass mClass) {
    return getMatmulLeaf(op, target, mClass, symbols, minDepth);
  };
  func::FuncOp one = getLeaf(MClass::One);
  func::FuncOp few = one ? getLeaf(MClass::Few) : one;
  func::FuncOp many = few ? getLeaf(MClass::Many) : few;
  if (!many)
    return failure();
  OpBuilder builder(op);
  Location loc = op.getLoc();
  auto isBelow = [&](int64_t dim, int64_t bound) -> Value {
    Value extent =
        memref::DimOp::create(builder, loc, op.getActivations(), dim);
    return arith::CmpIOp::create(
        builder, loc, arith::CmpIPredicate::ult, extent,
        arith::ConstantIndexOp::create(builder, loc, bound));
  };
  auto call = [&](func::FuncOp leaf) {
    return [&, leaf](OpBuilder &nested, Location) {
      callLeafFunction(nested, op, leaf);
      scf::YieldOp::create(nested, loc);
    };
  };
  Value isOne = isBelow(0, 2);
  if (minDepth != 0)
    isOne = arith::OrIOp::create(builder, loc, isOne, isBelow(1, minDepth));
  scf::IfOp::create(builder, loc, isOne, call(one),
                    [&](OpBuilder &nested, Location) {
                      OpBuilder::InsertionGuard guard(builder);
                      builder.setInsertionPoint(nested.getInsertionBlock(),
                                                nested.getInsertionPoint());
                      if (few == many)
                        callLeafFunction(builder, op, many);
                      else
                        scf::IfOp::create(builder, loc, isBelow(0, kManyRows),
                                          call(few), call(many));
                      scf::YieldOp::create(builder, loc);
                    });
  op.erase();
  return success();
}

/// Replaces `op` by a call of its leaf function.
template <typename OpT>
static LogicalResult emitLeaf(OpT op, SymbolTable &symbols) {
  func::FuncOp function = getLeafFunction(
      symbols, op.getLoc(), getLeafName(op), getLeafArguments(op),
      [&](func::FuncOp leaf) { emitLeafBody(leaf, op); });
  OpBuilder builder(op);
  callLeafFunction(builder, op, function);
  op.erase();
  return success();
}

static LogicalResult emitPackedOp(Operation *op, const Target &target,
                                  SymbolTable &symbols) {
  if (op->getNumResults() != 0)
    return op->emitOpError("expected buffers, but got tensors");
  return TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](PackedMatmulInterface matmul) {
        return emitMatmul(matmul, target, symbols);
      })
      .Case<PackActivationsOp, PackCodesOp, PackFloatsOp, PackedGatherOp>(
          [&](auto leaf) { return emitLeaf(leaf, symbols); });
}

namespace {
struct EmitKernelsPass : lowbit::impl::EmitKernelsPassBase<EmitKernelsPass> {
  using EmitKernelsPassBase::EmitKernelsPassBase;

  void runOnOperation() override {
    const Target *known = lookupTarget(target);
    if (!known) {
      getOperation().emitError("expected a target of ")
          << llvm::join(
                 llvm::map_range(getTargets(),
                                 [](const Target &t) { return t.name.str(); }),
                 ", ")
          << " or host, but got '" << target << "'";
      return signalPassFailure();
    }
    SymbolTable symbols(getOperation());
    SmallVector<Operation *> packedOps;
    getOperation()->walk([&](Operation *op) {
      if (isa<PackActivationsOp, PackCodesOp, PackFloatsOp, PackedGatherOp,
              PackedMatmulInterface>(op))
        packedOps.push_back(op);
    });
    for (Operation *op : packedOps)
      if (failed(emitPackedOp(op, *known, symbols)))
        return signalPassFailure();
  }
};
} // namespace
