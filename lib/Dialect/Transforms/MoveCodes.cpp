//===- MoveCodes.cpp - Move codes instead of reals ------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CodeArithmetic.h"
#include "FloatOps.h"
#include "Propagate.h"
#include "lowbit/Quantization/Rounding.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::lowbit;

//===----------------------------------------------------------------------===//
// Ops that take elements from tensors, and at most one constant
//===----------------------------------------------------------------------===//

namespace {
/// An op each of whose elements is one of `sources` or `constant`; of a
/// max-pooling, the largest of some.
struct Movement {
  Operation *op = nullptr;
  SmallVector<Value> sources;
  std::optional<float> constant;
};
} // namespace

template <typename PoolOp>
static std::optional<Movement> matchPool(PoolOp pool) {
  auto lowest = getRepeatedReal(pool.getDpsInitOperand(0)->get());
  if (!lowest || !pool.hasPureTensorSemantics())
    return std::nullopt;
  return Movement{pool, {pool.getDpsInputOperand(0)->get()}, lowest};
}

static std::optional<Movement> matchMovement(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op)
    return std::nullopt;
  using Result = std::optional<Movement>;
  return llvm::TypeSwitch<Operation *, Result>(op)
      .Case<tensor::CastOp, tensor::CollapseShapeOp, tensor::ExpandShapeOp,
            tensor::ExtractSliceOp>([](Operation *move) {
        return Movement{move, {move->getOperand(0)}, std::nullopt};
      })
      .Case([](linalg::TransposeOp move) {
        return Movement{move, {move.getInput()}, std::nullopt};
      })
      .Case([](tensor::ConcatOp move) {
        return Movement{move, move.getInputs(), std::nullopt};
      })
      .Case([](tensor::PadOp move) -> Result {
        Value padding = move.getConstantPaddingValue();
        auto constant = padding ? getRepeatedReal(padding) : std::nullopt;
        if (!constant)
          return std::nullopt;
        return Movement{move, {move.getSource()}, constant};
      })
      .Case<linalg::PoolingNhwcMaxOp, linalg::PoolingNchwMaxOp>(
          [](auto pool) { return matchPool(pool); })
      .Default(Result());
}

//===----------------------------------------------------------------------===//
// The same on storage integers
//===----------------------------------------------------------------------===//

namespace {
/// Builds ops on the storage of `code`.
struct StorageMover {
  OpBuilder &builder;
  Location location;
  CodeTypeInterface code;

  Type clone(Type type) {
    return cast<RankedTensorType>(type).clone(code.getStorageType());
  }

  Value constant(int64_t value) {
    unsigned width = code.getStorageType().getWidth();
    return arith::ConstantOp::create(
        builder, location,
        IntegerAttr::get(code.getStorageType(),
                         APInt(width, value, /*isSigned=*/true,
                               /*implicitTrunc=*/true)));
  }

  Value emptyLike(Value tensor) {
    return tensor::EmptyOp::create(
        builder, location, tensor::getMixedSizes(builder, location, tensor),
        code.getStorageType());
  }

  /// `op` with `operands` instead of its own.
  Value cloneWith(Operation *op, ValueRange operands) {
    Operation *moved = builder.clone(*op);
    moved->setOperands(operands);
    moved->getResult(0).setType(clone(op->getResult(0).getType()));
    return moved->getResult(0);
  }

  template <typename PoolOp>
  Value createPool(Operation *op, Value source, Value lowest) {
    Value window = emptyLike(op->getOperand(1));
    Value empty = emptyLike(op->getOperand(2));
    Value init =
        linalg::FillOp::create(builder, location, lowest, empty).getResult(0);
    return PoolOp::create(builder, location, init.getType(),
                          ValueRange{source, window}, ValueRange{init},
                          op->getAttr("strides"), op->getAttr("dilations"))
        ->getResult(0);
  }

  /// `movement` of `storages` and of the code `constant`.
  Value move(const Movement &movement, ArrayRef<Value> storages,
             int64_t constantCode) {
    Operation *op = movement.op;
    return llvm::TypeSwitch<Operation *, Value>(op)
        .Case([&](linalg::TransposeOp transpose) {
          Value empty = emptyLike(transpose.getInit());
          return linalg::TransposeOp::create(builder, location, storages[0],
                                             empty, transpose.getPermutation())
              ->getResult(0);
        })
        .Case([&](tensor::PadOp pad) {
          return tensor::PadOp::create(builder, location, clone(pad.getType()),
                                       storages[0], pad.getMixedLowPad(),
                                       pad.getMixedHighPad(),
                                       constant(constantCode), pad.getNofold())
              .getResult();
        })
        .Case([&](linalg::PoolingNhwcMaxOp) {
          Value lowest = constant(constantCode);
          if (code.isSigned())
            return createPool<linalg::PoolingNhwcMaxOp>(op, storages[0],
                                                        lowest);
          return createPool<linalg::PoolingNhwcMaxUnsignedOp>(op, storages[0],
                                                              lowest);
        })
        .Case([&](linalg::PoolingNchwMaxOp) {
          return createPool<linalg::PoolingNchwMaxOp>(op, storages[0],
                                                      constant(constantCode));
        })
        .Default([&](Operation *) {
          SmallVector<Value> operands(op->getOperands());
          llvm::copy(storages, operands.begin());
          return cloneWith(op, operands);
        });
  }
};
} // namespace

/// Whether `movement` has a counterpart on codes of `code`.
static bool supports(const Movement &movement, CodeTypeInterface code) {
  // There is no unsigned max-pooling of images with channels first.
  return !isa<linalg::PoolingNchwMaxOp>(movement.op) || code.isSigned();
}

/// `movement` of tensors of codes, and of `constantCode`.
static Value moveCodes(OpBuilder &builder, const Movement &movement,
                       ArrayRef<Value> codes, int64_t constantCode) {
  auto type = cast<RankedTensorType>(codes.front().getType());
  Location location = movement.op->getLoc();
  StorageMover mover{builder, location,
                     cast<CodeTypeInterface>(type.getElementType())};
  SmallVector<Value> storages;
  for (Value value : codes)
    storages.push_back(ToStorageOp::create(
        builder, location, mover.clone(value.getType()), value));
  Value moved = mover.move(movement, storages, constantCode);
  Type storageType = mover.clone(movement.op->getResult(0).getType());
  if (moved.getType() != storageType)
    moved = tensor::CastOp::create(builder, location, storageType, moved);
  return FromStorageOp::create(
      builder, location, cast<RankedTensorType>(storageType).clone(mover.code),
      moved);
}

//===----------------------------------------------------------------------===//
// Patterns
//===----------------------------------------------------------------------===//

/// A float constant of `rank` extents of 1.
static Value createScale(OpBuilder &builder, Location location, int64_t rank,
                         Value like) {
  auto type = cast<RankedTensorType>(like.getType());
  DenseElementsAttr values;
  matchPattern(like, m_Constant(&values));
  return arith::ConstantOp::create(
      builder, location,
      DenseElementsAttr::get(
          type.clone(SmallVector<int64_t>(rank, 1)),
          ArrayRef<Attribute>(*values.getValues<Attribute>().begin())));
}

/// Parameters that hold for a whole tensor, for one of another rank.
template <typename Op>
static void setParameters(OpBuilder &builder, Op op, int64_t rank,
                          const TensorParams &params) {
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(op);
  op.getScaleMutable().assign(
      createScale(builder, op.getLoc(), rank, op.getScale()));
  if (op.getZeroPoint())
    op.getZeroPointMutable().assign(
        createParameter(builder, op.getLoc(), rank, params.zeroPoint));
  op.removeBlockSizesAttr();
}

namespace {
/// quantize(move(x)) -> move(quantize(x))
struct MoveAfterQuantize : OpRewritePattern<QuantizeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(QuantizeOp op,
                                PatternRewriter &rewriter) const override {
    auto params = TensorParams::match(op);
    if (!params)
      return rewriter.notifyMatchFailure(op, "requires one scale and one "
                                             "integer zero point, constant");
    auto movement = matchMovement(op.getInput());
    if (!movement)
      return rewriter.notifyMatchFailure(op, "requires an op that moves "
                                             "elements");
    if (!supports(*movement, params->code))
      return rewriter.notifyMatchFailure(op, "requires signed codes");
    SmallVector<Value> codes;
    for (Value source : movement->sources) {
      auto type = cast<RankedTensorType>(source.getType());
      auto quantize = cast<QuantizeOp>(rewriter.clone(*op));
      rewriter.modifyOpInPlace(quantize, [&] {
        quantize.getInputMutable().assign(source);
        quantize.getResult().setType(type.clone(params->code));
        setParameters(rewriter, quantize, type.getRank(), *params);
      });
      codes.push_back(quantize);
    }
    int64_t constant =
        params->quantize(movement->constant.value_or(0.0f), op.getRounding());
    rewriter.replaceOp(op, moveCodes(rewriter, *movement, codes, constant));
    return success();
  }
};

/// move(dequantize(q)) -> dequantize(move(q))
struct MoveBeforeDequantize : RewritePattern {
  explicit MoveBeforeDequantize(MLIRContext *context)
      : RewritePattern(MatchAnyOpTypeTag(), /*benefit=*/1, context) {}

  LogicalResult matchAndRewrite(Operation *op,
                                PatternRewriter &rewriter) const override {
    if (op->getNumResults() != 1)
      return rewriter.notifyMatchFailure(op, "requires one result");
    auto movement = matchMovement(op->getResult(0));
    if (!movement || movement->sources.empty())
      return rewriter.notifyMatchFailure(op, "requires an op that moves "
                                             "elements");
    std::optional<TensorParams> params;
    SmallVector<Value> codes;
    DequantizeOp dequantize;
    for (Value source : movement->sources) {
      dequantize = source.getDefiningOp<DequantizeOp>();
      auto own = dequantize ? TensorParams::match(dequantize) : std::nullopt;
      if (!own || (params && !(*own == *params)))
        return rewriter.notifyMatchFailure(op, "requires codes of one scale "
                                               "and one zero point");
      params = own;
      codes.push_back(dequantize.getInput());
    }
    if (!supports(*movement, params->code))
      return rewriter.notifyMatchFailure(op, "requires signed codes");
    float constant = movement->constant.value_or(0.0f);
    int64_t code = params->quantize(constant, Rounding::NearestEven);
    bool isPool = isa<linalg::PoolingNhwcMaxOp, linalg::PoolingNchwMaxOp>(op);
    float real = dequantizeValue(static_cast<int32_t>(code), params->scale,
                                 static_cast<int32_t>(params->zeroPoint));
    // A window holds an element, and none is below the lowest code.
    bool isBelowAll = code == params->code.getLowestCode() && constant <= real;
    if (!(isPool && isBelowAll) && real != constant)
      return rewriter.notifyMatchFailure(op, "requires a constant that is the "
                                             "real of a code");
    auto result = cast<RankedTensorType>(op->getResult(0).getType());
    Value moved = moveCodes(rewriter, *movement, codes, code);
    auto after = cast<DequantizeOp>(rewriter.clone(*dequantize));
    rewriter.modifyOpInPlace(after, [&] {
      after.getInputMutable().assign(moved);
      after.getResult().setType(result);
      setParameters(rewriter, after, result.getRank(), *params);
    });
    rewriter.replaceOp(op, after);
    return success();
  }
};

/// dim(dequantize(q)) -> dim(q): sizes do not keep reals alive.
struct MoveDimBeforeDequantize : OpRewritePattern<tensor::DimOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tensor::DimOp op,
                                PatternRewriter &rewriter) const override {
    auto dequantize = op.getSource().getDefiningOp<DequantizeOp>();
    if (!dequantize)
      return rewriter.notifyMatchFailure(op, "requires dequantized reals");
    rewriter.modifyOpInPlace(
        op, [&] { op.getSourceMutable().assign(dequantize.getInput()); });
    return success();
  }
};
} // namespace

void mlir::lowbit::populateMoveCodesPatterns(RewritePatternSet &patterns) {
  patterns
      .add<MoveAfterQuantize, MoveBeforeDequantize, MoveDimBeforeDequantize>(
          patterns.getContext());
}
