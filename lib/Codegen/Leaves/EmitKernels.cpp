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

static std::string getMatmulLeafName(PackedMatmulInterface op,
                                     const Target &target, MClass mClass) {
  if (auto matmul = dyn_cast<PackedFloatMatmulOp>(*op))
    return FloatKernel::get(target, matmul, mClass).getName();
  return KernelKey::get(lookupKernel(op, target, mClass), op, mClass).getName();
}

/// The leaf function of `op`, which has emitters, for a class of M.
static func::FuncOp getMatmulLeaf(PackedMatmulInterface op,
                                  const Target &target, MClass mClass,
                                  SymbolTable &symbols) {
  return getLeafFunction(
      symbols, op.getLoc(), getMatmulLeafName(op, target, mClass),
      getLeafArguments(op), [&](func::FuncOp function) {
        if (auto matmul = dyn_cast<PackedFloatMatmulOp>(*op))
          return emitFloatBody(function,
                               FloatKernel::get(target, matmul, mClass));
        const MicroKernel *kernel = lookupKernel(op, target, mClass);
        emitKernelBody(function, KernelKey::get(kernel, op, mClass));
      });
}

/// The fewest activation codes in a row that all emitters for `op` take, with
/// an error if one is missing.
static FailureOr<int64_t> getMinDepth(PackedMatmulInterface op,
                                      const Target &target) {
  int64_t depth = 0;
  if (isa<PackedFloatMatmulOp>(*op))
    return depth;
  for (MClass mClass : {MClass::One, MClass::Few, MClass::Many}) {
    const MicroKernel *kernel = lookupKernel(op, target, mClass);
    if (!kernel)
      return failure();
    if (isa<PackedMatmulOp>(op))
      depth = std::max(depth, kernel->getMinDepth());
  }
  return depth;
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
  FailureOr<int64_t> minDepth = getMinDepth(op, target);
  if (failed(minDepth))
    return failure();
  OpBuilder builder(op);
  Location loc = op.getLoc();
  auto isBelow = [&](int64_t dim, int64_t bound) -> Value {
    Value extent =
        builder.createOrFold<memref::DimOp>(loc, op.getActivations(), dim);
    return builder.createOrFold<arith::CmpIOp>(
        loc, arith::CmpIPredicate::ult, extent,
        arith::ConstantIndexOp::create(builder, loc, bound));
  };
  auto call = [&](MClass mClass) {
    return [&, mClass](OpBuilder &nested) {
      callLeafFunction(nested, op, getMatmulLeaf(op, target, mClass, symbols));
    };
  };
  Value isOne = isBelow(0, 2);
  if (*minDepth != 0)
    isOne =
        builder.createOrFold<arith::OrIOp>(loc, isOne, isBelow(1, *minDepth));
  // One tile may serve all that are more than one.
  bool hasFew = getMatmulLeafName(op, target, MClass::Few) !=
                getMatmulLeafName(op, target, MClass::Many);
  Value isFew =
      hasFew ? isBelow(0, kManyRows)
             : arith::ConstantIntOp::create(builder, loc, 0, 1).getResult();
  emitChoice(builder, loc, isOne, call(MClass::One), [&](OpBuilder &nested) {
    emitChoice(nested, loc, isFew, call(MClass::Few), call(MClass::Many));
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
