//===- LoopCapture.cpp - What the body of a loop gets ---------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoopCapture.h"

#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace mlir::lowbit;

Value mlir::lowbit::castTo(OpBuilder &builder, Location loc, Type type,
                           Value value) {
  if (value.getType() == type)
    return value;
  return UnrealizedConversionCastOp::create(builder, loc, type, value)
      .getResult(0);
}

Capture::Capture(Value value, const LLVMTypeConverter &converter)
    : value(value), converter(converter), loc(value.getLoc()) {
  auto buffer = dyn_cast<MemRefType>(value.getType());
  if (buffer && buffer.getLayout().isIdentity())
    dense = buffer;
}

void Capture::appendTypes(SmallVectorImpl<Type> &fields) const {
  if (!dense) {
    fields.push_back(converter.convertType(value.getType()));
    return;
  }
  fields.push_back(LLVM::LLVMPointerType::get(value.getContext()));
  fields.append(dense.getNumDynamicDims(), converter.getIndexType());
}

void Capture::appendFields(OpBuilder &builder,
                           SmallVectorImpl<Value> &fields) const {
  Value converted =
      castTo(builder, loc, converter.convertType(value.getType()), value);
  if (!dense) {
    fields.push_back(converted);
    return;
  }
  MemRefDescriptor descriptor(converted);
  fields.push_back(descriptor.alignedPtr(builder, loc));
  for (int64_t dim = 0; dim < dense.getRank(); ++dim)
    if (dense.isDynamicDim(dim))
      fields.push_back(descriptor.size(builder, loc, dim));
}

Value Capture::restore(OpBuilder &builder, ValueRange &fields) const {
  auto take = [&] {
    Value first = fields.front();
    fields = fields.drop_front();
    return first;
  };
  if (!dense)
    return castTo(builder, loc, value.getType(), take());
  auto word = [&](int64_t number) -> Value {
    return LLVM::ConstantOp::create(builder, loc, converter.getIndexType(),
                                    number);
  };
  Value pointer = take();
  SmallVector<Value> sizes, strides(dense.getRank());
  for (int64_t extent : dense.getShape())
    sizes.push_back(ShapedType::isDynamic(extent) ? take() : word(extent));
  Value stride = word(1);
  for (int64_t dim = dense.getRank() - 1; dim >= 0; --dim) {
    strides[dim] = stride;
    if (dim != 0)
      stride = LLVM::MulOp::create(builder, loc, stride, sizes[dim]);
  }
  SmallVector<Value> parts = {pointer, pointer, word(0)};
  llvm::append_range(parts, sizes);
  llvm::append_range(parts, strides);
  return castTo(builder, loc, dense,
                MemRefDescriptor::pack(builder, loc, converter, dense, parts));
}
