//===- PackActivations.cpp - Loops that quantize rows ---------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kernels/LoopBuilder.h"
#include "LeafFunctions.h"
#include "LoopAnnotations.h"
#include "PackBits.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace mlir::lowbit;

std::string mlir::lowbit::getLeafName(PackActivationsOp op) {
  if (op.getBits())
    return getPackBitsName(op);
  CodeTypeInterface code = op.getCode();
  std::string name;
  llvm::raw_string_ostream stream(name);
  stream << "lowbit_pack_activations_k" << op.getBlock();
  if (op.getScale())
    stream << "_c" << -code.getLowestCode() << "_" << code.getHighestCode();
  if (op.getZeroPoint())
    stream << "_z";
  return name;
}

namespace {
class PackActivationsBody : LoopBuilder {
public:
  PackActivationsBody(func::FuncOp function, PackActivationsOp op)
      : LoopBuilder(function), code(op.getCode()), layout(op.getRows()) {
    ValueRange arguments = function.getArguments();
    source = arguments.front();
    if (op.getScale())
      scale = arguments[1];
    if (op.getZeroPoint())
      zeroPoint = arguments[2];
    codes = arguments.drop_back().back();
    rowSums = arguments.back();
  }

  void emit();

private:
  Value real(double value) {
    return arith::ConstantOp::create(b, b.getF32FloatAttr(value));
  }
  /// code = saturate(round_even(x / scale) + zero_point), as i32.
  Value quantize(Value x, Value rowScale, Value rowZero);
  void emitBlock(Value m, Value g, Value rowScale, Value rowZero);

  CodeTypeInterface code;
  PackedLayout layout;
  Value source, scale, zeroPoint, codes, rowSums;
};
} // namespace

Value PackActivationsBody::quantize(Value x, Value rowScale, Value rowZero) {
  Value quotient = arith::DivFOp::create(b, x, rowScale);
  Value value = math::RoundEvenOp::create(b, quotient);
  if (rowZero)
    value = arith::AddFOp::create(b, value, rowZero);
  auto select = [&](arith::CmpFPredicate predicate, Value bound) {
    Value beyond = arith::CmpFOp::create(b, predicate, value, bound);
    value = arith::SelectOp::create(b, beyond, bound, value);
  };
  Value isNan = arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, x, x);
  value = arith::SelectOp::create(b, isNan, rowZero ? rowZero : real(0), value);
  select(arith::CmpFPredicate::OLT, real(code.getLowestCode()));
  select(arith::CmpFPredicate::OGT, real(code.getHighestCode()));
  return arith::FPToSIOp::create(b, b.getI32Type(), value);
}

void PackActivationsBody::emitBlock(Value m, Value g, Value rowScale,
                                    Value rowZero) {
  AffineExpr d0 = b.getAffineDimExpr(0);
  Value k = memref::DimOp::create(b, source, 1);
  Value first = index(0), position = index(0), length = k;
  if (layout.block != 0) {
    first = apply(d0 * layout.block, g);
    position = apply(d0 * layout.blockDepth(), g);
    Value left = arith::SubIOp::create(b, k, first);
    length = arith::MinUIOp::create(b, left, index(layout.block));
  }
  Value zero = arith::ConstantIntOp::create(b, 0, 32);
  scf::ForOp loop =
      createLoop(index(0), length, 1, zero, [&](Value i, ValueRange sums) {
        Value x =
            memref::LoadOp::create(b, source, ValueRange{m, add(first, i)});
        Value value =
            rowScale ? quantize(x, rowScale, rowZero)
                     : arith::ExtSIOp::create(b, b.getI32Type(), x).getResult();
        Value byte = arith::TruncIOp::create(b, b.getI8Type(), value);
        memref::StoreOp::create(b, byte, codes,
                                ValueRange{m, add(position, i)});
        return Values{add(sums.front(), value)};
      });
  keepRolled(loop);
  memref::StoreOp::create(b, loop.getResult(0), rowSums, ValueRange{m, g});
  Value padded = apply(layout.numLines(d0) * layout.lineDepth(), length);
  Value byte = arith::ConstantIntOp::create(b, 0, 8);
  keepScalar(createLoop(length, padded, 1, [&](Value i) {
    memref::StoreOp::create(b, byte, codes, ValueRange{m, add(position, i)});
  }));
}

void PackActivationsBody::emit() {
  Value m = memref::DimOp::create(b, source, 0);
  Value blocks = memref::DimOp::create(b, rowSums, 1);
  forLoop(index(0), m, 1, [&](Value row) {
    Value rowScale, rowZero;
    if (scale)
      rowScale = loadBroadcast(scale, row, index(0));
    if (zeroPoint)
      rowZero = arith::SIToFPOp::create(
          b, b.getF32Type(), loadBroadcast(zeroPoint, row, index(0)));
    forLoop(index(0), blocks, 1,
            [&](Value g) { emitBlock(row, g, rowScale, rowZero); });
  });
  func::ReturnOp::create(b);
}

void mlir::lowbit::emitLeafBody(func::FuncOp function, PackActivationsOp op) {
  if (op.getBits())
    return emitPackBitsBody(function, op);
  PackActivationsBody(function, op).emit();
}
