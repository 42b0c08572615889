//===- MicroKernel.cpp - How an instruction set multiplies codes ----------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Codegen/MicroKernel.h"
#include "LineFields.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include <limits>

using namespace mlir;
using namespace mlir::lowbit;

MicroKernel::~MicroKernel() = default;

int64_t MicroKernel::getMaxLines(LayoutAttr layout) const {
  int64_t bits = getAccumulatorBits(layout);
  if (bits == 32)
    return std::numeric_limits<int64_t>::max();
  int64_t highest = layout.getPacked().highestField();
  if (DenseI64ArrayAttr levels = layout.getLevels())
    highest = *llvm::max_element(levels.asArrayRef());
  int64_t line = PackedLayout::depth * std::max<int64_t>(highest, 1) * 128;
  return ((int64_t(1) << (bits - 1)) - 1) / line;
}

Value MicroKernel::emitExtendScale(OpBuilder &builder, Location loc,
                                   Value scale) const {
  auto type = cast<VectorType>(scale.getType());
  return arith::ExtFOp::create(builder, loc, type.clone(builder.getF32Type()),
                               scale);
}

Value MicroKernel::emitGroupStart(OpBuilder &builder, Location loc,
                                  Value activations, Value first) {
  Value rows = memref::DimOp::create(builder, loc, activations, 0);
  Value size = arith::ConstantIndexOp::create(builder, loc, kGroupRows);
  size = arith::MinUIOp::create(builder, loc, rows, size);
  Value last = arith::SubIOp::create(builder, loc, rows, size);
  return arith::MinUIOp::create(builder, loc, first, last);
}

FloatTile MicroKernel::getFloatTile(LayoutAttr, MClass mClass) const {
  return {mClass == MClass::One ? 1 : 2, /*panels=*/1};
}

/// A field in the mantissa of 2^23 is a float from which 2^23 is subtracted.
SmallVector<Value> MicroKernel::emitValues(OpBuilder &builder, Location loc,
                                           LayoutAttr layout, ValueRange line,
                                           int64_t k) const {
  constexpr float base = 0x1p23f;
  int64_t step = layout.getCodeStep();
  auto offset = static_cast<float>(layout.getCodeOffset());
  auto ints = VectorType::get(PackedLayout::lanes, builder.getI32Type());
  auto floats = ints.clone(builder.getF32Type());
  auto splatInt = [&](int64_t value) {
    return emitSplat(builder, loc, ints, value);
  };
  auto splatReal = [&](float value) -> Value {
    return arith::ConstantOp::create(builder, loc,
                                     DenseElementsAttr::get(floats, value));
  };
  SmallVector<Value> values;
  for (Value level : emitLineLevels(builder, loc, layout, line)) {
    Value words = vector::BitCastOp::create(builder, loc, ints, level);
    words = arith::ShRUIOp::create(builder, loc, words, splatInt(8 * k));
    Value alone = arith::AndIOp::create(builder, loc, words, splatInt(0xFF));
    Value real = arith::OrIOp::create(builder, loc, alone,
                                      splatInt(llvm::bit_cast<int32_t>(base)));
    real = arith::BitcastOp::create(builder, loc, floats, real);
    if (step == 1) {
      values.push_back(
          arith::SubFOp::create(builder, loc, real, splatReal(base + offset)));
      continue;
    }
    real = arith::SubFOp::create(builder, loc, real, splatReal(base));
    real = arith::MulFOp::create(builder, loc, real,
                                 splatReal(static_cast<float>(step)));
    values.push_back(
        arith::SubFOp::create(builder, loc, real, splatReal(offset)));
  }
  return values;
}
