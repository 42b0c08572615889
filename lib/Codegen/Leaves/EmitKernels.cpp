//===- EmitKernels.cpp - Packed ops to calls of leaf functions ------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelLoops.h"
#include "LeafFunctions.h"
#include "lowbit/Codegen/MicroKernelRegistry.h"
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

namespace {
/// A leaf function that multiplies.
struct ProductLeaf {
  std::string name;
  std::function<void(func::FuncOp)> emitBody;
  int64_t minDepth = 0; ///< The fewest activation codes in a row that it takes.
};
} // namespace

/// The leaf function that an emitter has for reals; or an error.
static FailureOr<ProductLeaf>
getFloatLeaf(PackedFloatMatmulOp op, const Target &target, MClass mClass) {
  auto getType = [](Value value) {
    return cast<FloatType>(getElementTypeOrSelf(value));
  };
  FloatOperands operands = {getType(op.getActivations()),
                            getType(op.getWeights())};
  const auto *registry = MicroKernelRegistry::get(op.getContext());
  const FloatKernel *kernel =
      registry ? registry->lookup(target, operands) : nullptr;
  if (!kernel)
    return op.emitOpError("expected an emitter for ")
           << operands.activations << " times " << operands.weights
           << " on target '" << target.name << "', but got none";
  FloatKey key = FloatKey::get(kernel, operands, mClass);
  return ProductLeaf{key.getName(), [key](func::FuncOp function) {
                       key.kernel->emitBody(function, key.tile);
                     }};
}

/// The leaf function that an emitter has for a class of M; or an error.
static FailureOr<ProductLeaf>
getProductLeaf(PackedMatmulInterface op, const Target &target, MClass mClass) {
  if (auto matmul = dyn_cast<PackedFloatMatmulOp>(*op))
    return getFloatLeaf(matmul, target, mClass);
  LayoutAttr layout = op.getLayout();
  const auto *registry = MicroKernelRegistry::get(op->getContext());
  const MicroKernel *kernel =
      registry ? registry->lookup(target, layout, mClass) : nullptr;
  if (!kernel)
    return op->emitOpError("expected an emitter for ")
           << layout << " on target '" << target.name << "', but got none";
  bool hasCodes = isa<PackedMatmulOp>(op);
  if (hasCodes && kernel->getMaxLines(layout) == 0)
    return op->emitOpError("expected an emitter whose sums of ")
           << kernel->getAccumulatorBits(layout)
           << " bits hold the products of a line, but got '"
           << kernel->getName() << "'";
  KernelKey key = KernelKey::get(kernel, op, mClass);
  return ProductLeaf{
      key.getName(),
      [key](func::FuncOp function) { emitKernelBody(function, key); },
      hasCodes ? kernel->getMinDepth() : 0};
}

using BranchFn = function_ref<void(OpBuilder &)>;

/// Emits the branch that `condition` chooses: at run time, unless it is known.
static void emitChoice(OpBuilder &builder, Location loc, Value condition,
                       BranchFn ifTrue, BranchFn ifFalse) {
  if (std::optional<int64_t> known = getConstantIntValue(condition))
    return *known ? ifTrue(builder) : ifFalse(builder);
  auto emit = [](BranchFn branch) {
    return [branch](OpBuilder &nested, Location loc) {
      branch(nested);
      scf::YieldOp::create(nested, loc);
    };
  };
  scf::IfOp::create(builder, loc, condition, emit(ifTrue), emit(ifFalse));
}

/// Replaces `op` by a dispatch on M, and on K where an emitter needs it long.
static LogicalResult emitMatmul(PackedMatmulInterface op, const Target &target,
                                SymbolTable &symbols) {
  SmallVector<ProductLeaf> leaves;
  for (MClass mClass : {MClass::One, MClass::Few, MClass::Many}) {
    FailureOr<ProductLeaf> leaf = getProductLeaf(op, target, mClass);
    if (failed(leaf))
      return failure();
    leaves.push_back(std::move(*leaf));
  }
  const ProductLeaf &one = leaves[0], &few = leaves[1], &many = leaves[2];
  OpBuilder builder(op);
  Location loc = op.getLoc();
  auto isBelow = [&](int64_t dim, int64_t bound) -> Value {
    Value extent =
        builder.createOrFold<memref::DimOp>(loc, op.getActivations(), dim);
    return builder.createOrFold<arith::CmpIOp>(
        loc, arith::CmpIPredicate::ult, extent,
        arith::ConstantIndexOp::create(builder, loc, bound));
  };
  auto call = [&](const ProductLeaf &leaf) {
    return [&](OpBuilder &nested) {
      callLeafFunction(nested, op,
                       getLeafFunction(symbols, loc, leaf.name,
                                       getLeafArguments(op), leaf.emitBody));
    };
  };
  Value isOne = isBelow(0, 2);
  if (int64_t depth = std::max(few.minDepth, many.minDepth))
    isOne = builder.createOrFold<arith::OrIOp>(loc, isOne, isBelow(1, depth));
  // One tile may serve all that are more than one.
  Value isFew =
      few.name != many.name
          ? isBelow(0, kManyRows)
          : arith::ConstantIntOp::create(builder, loc, 0, 1).getResult();
  emitChoice(builder, loc, isOne, call(one), [&](OpBuilder &nested) {
    emitChoice(nested, loc, isFew, call(few), call(many));
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
    const Target *known = requireTarget(getOperation(), target);
    if (!known)
      return signalPassFailure();
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
