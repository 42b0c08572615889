//===- ReferenceBuilder.cpp - Scalar code in few words --------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReferenceBuilder.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::lowbit;

//===----------------------------------------------------------------------===//
// Constants and arithmetic
//===----------------------------------------------------------------------===//

Value ReferenceBuilder::index(int64_t value) {
  return arith::ConstantIndexOp::create(*this, value);
}

Value ReferenceBuilder::i32(int64_t value) {
  return arith::ConstantIntOp::create(*this, getI32Type(), value);
}

Value ReferenceBuilder::f32(float value) {
  return arith::ConstantOp::create(*this, getF32FloatAttr(value));
}

/// The float or the integer op, as `lhs` asks for.
template <typename FloatOp, typename IntegerOp>
static Value createByType(ReferenceBuilder &builder, Value lhs, Value rhs) {
  if (isa<FloatType>(lhs.getType()))
    return FloatOp::create(builder, lhs, rhs);
  return IntegerOp::create(builder, lhs, rhs);
}

Value ReferenceBuilder::add(Value lhs, Value rhs) {
  return createByType<arith::AddFOp, arith::AddIOp>(*this, lhs, rhs);
}

Value ReferenceBuilder::sub(Value lhs, Value rhs) {
  return createByType<arith::SubFOp, arith::SubIOp>(*this, lhs, rhs);
}

Value ReferenceBuilder::mul(Value lhs, Value rhs) {
  return createByType<arith::MulFOp, arith::MulIOp>(*this, lhs, rhs);
}

Value ReferenceBuilder::div(Value lhs, Value rhs) {
  return arith::DivFOp::create(*this, lhs, rhs);
}

Value ReferenceBuilder::fma(Value lhs, Value rhs, Value addend) {
  return math::FmaOp::create(*this, lhs, rhs, addend);
}

Value ReferenceBuilder::bitXor(Value lhs, Value rhs) {
  return arith::XOrIOp::create(*this, lhs, rhs);
}

Value ReferenceBuilder::shiftRight(Value value, int64_t bits) {
  return arith::ShRUIOp::create(*this, value, i32(bits));
}

Value ReferenceBuilder::toFloat(Value integer) {
  return arith::SIToFPOp::create(*this, getF32Type(), integer);
}

Value ReferenceBuilder::extend(Value real) {
  if (real.getType().isF32())
    return real;
  return arith::ExtFOp::create(*this, getF32Type(), real);
}

Value ReferenceBuilder::saturate(Value real, int64_t low, int64_t high) {
  Value above = arith::MaximumFOp::create(*this, real, f32(low));
  Value inside = arith::MinimumFOp::create(*this, above, f32(high));
  return arith::FPToSIOp::create(*this, getI32Type(), inside);
}

//===----------------------------------------------------------------------===//
// Shapes and indices
//===----------------------------------------------------------------------===//

OpFoldResult ReferenceBuilder::size(Value tensor, int64_t dimension) {
  return tensor::getMixedSize(*this, getLoc(), tensor, dimension);
}

OpFoldResult ReferenceBuilder::apply(AffineExpr expression,
                                     ArrayRef<OpFoldResult> operands) {
  return affine::makeComposedFoldedAffineApply(
      *this, getLoc(), AffineMap::get(operands.size(), 0, expression),
      operands);
}

Value ReferenceBuilder::applyValue(AffineExpr expression,
                                   ArrayRef<OpFoldResult> operands) {
  return toValue(apply(expression, operands));
}

Value ReferenceBuilder::toValue(OpFoldResult index) {
  return getValueOrCreateConstantIndexOp(*this, getLoc(), index);
}

OpFoldResult ReferenceBuilder::numBlocks(OpFoldResult extent, int64_t block) {
  if (block == 0)
    return getIndexAttr(1);
  return apply(getAffineDimExpr(0).ceilDiv(block), extent);
}

Value ReferenceBuilder::getDepth(Value g, int64_t block, Value position) {
  if (block == 0)
    return position;
  return applyValue(getAffineDimExpr(0) * block + getAffineDimExpr(1),
                    {g, position});
}

Value ReferenceBuilder::blockLength(OpFoldResult depth, int64_t block,
                                    Value g) {
  if (block == 0)
    return toValue(depth);
  AffineExpr rest = getAffineDimExpr(0) - getAffineDimExpr(1) * block;
  return arith::MinSIOp::create(*this, index(block),
                                applyValue(rest, {depth, g}));
}

SmallVector<Value>
ReferenceBuilder::groupOf(ValueRange indices, Value parameter,
                          std::optional<ArrayRef<int64_t>> blockSizes) {
  auto type = cast<ShapedType>(parameter.getType());
  SmallVector<Value> group;
  for (auto [d, position] : llvm::enumerate(indices)) {
    int64_t block = blockSizes ? (*blockSizes)[d] : 0;
    if (type.getDimSize(d) == 1)
      group.push_back(index(0));
    else if (block != 0)
      group.push_back(
          applyValue(getAffineDimExpr(0).floorDiv(block), {position}));
    else
      group.push_back(position);
  }
  return group;
}

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

Value ReferenceBuilder::extract(Value tensor, ValueRange indices) {
  return tensor::ExtractOp::create(*this, tensor, indices);
}

Value ReferenceBuilder::extractCode(Value storage, CodeTypeInterface type,
                                    ValueRange indices) {
  Value code = extract(storage, indices);
  if (type.isSigned())
    return arith::ExtSIOp::create(*this, getI32Type(), code);
  return arith::ExtUIOp::create(*this, getI32Type(), code);
}

Value ReferenceBuilder::insert(Value element, Value tensor,
                               ValueRange indices) {
  return tensor::InsertOp::create(*this, element, tensor, indices);
}

Value ReferenceBuilder::toStorage(Value code, CodeTypeInterface type) {
  return arith::TruncIOp::create(*this, type.getStorageType(), code);
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

Value ReferenceBuilder::empty(RankedTensorType type,
                              ArrayRef<OpFoldResult> sizes) {
  SmallVector<Value> dynamicSizes;
  for (auto [d, size] : llvm::enumerate(sizes))
    if (type.isDynamicDim(d))
      dynamicSizes.push_back(toValue(size));
  return tensor::EmptyOp::create(*this, type, dynamicSizes);
}

SmallVector<Value>
ReferenceBuilder::mapElements(ArrayRef<RankedTensorType> types,
                              ArrayRef<OpFoldResult> sizes,
                              ElementsFn elements) {
  int64_t rank = sizes.size();
  SmallVector<Value> inits;
  for (RankedTensorType type : types)
    inits.push_back(empty(type, sizes));
  SmallVector<AffineMap> maps(types.size(), getMultiDimIdentityMap(rank));
  SmallVector<utils::IteratorType> parallel(rank,
                                            utils::IteratorType::parallel);
  auto build = [&](OpBuilder &nested, Location loc, ValueRange) {
    ReferenceBuilder body(loc, nested);
    SmallVector<Value> indices;
    for (int64_t d = 0; d < rank; ++d)
      indices.push_back(linalg::IndexOp::create(body, d));
    linalg::YieldOp::create(body, elements(body, indices));
  };
  auto loops =
      linalg::GenericOp::create(*this, TypeRange(ValueRange(inits)),
                                ValueRange(), inits, maps, parallel, build);
  return llvm::to_vector_of<Value>(loops.getResults());
}

Value ReferenceBuilder::mapElements(RankedTensorType type,
                                    ArrayRef<OpFoldResult> sizes,
                                    ElementFn element) {
  auto elements = [&](ReferenceBuilder &body,
                      ValueRange indices) -> SmallVector<Value> {
    return {element(body, indices)};
  };
  return mapElements(ArrayRef(type), sizes, elements)[0];
}

Value ReferenceBuilder::zeros(RankedTensorType type,
                              ArrayRef<OpFoldResult> sizes) {
  Value zero =
      arith::ConstantOp::create(*this, getZeroAttr(type.getElementType()));
  return linalg::FillOp::create(*this, zero, empty(type, sizes)).getResult(0);
}

SmallVector<Value> ReferenceBuilder::loop(Value count, ValueRange inits,
                                          LoopFn body) {
  auto build = [&](OpBuilder &nested, Location loc, Value iv,
                   ValueRange carried) {
    ReferenceBuilder builder(loc, nested);
    scf::YieldOp::create(builder, body(builder, iv, carried));
  };
  auto loop =
      scf::ForOp::create(*this, index(0), count, index(1), inits, build);
  return llvm::to_vector_of<Value>(loop.getResults());
}
