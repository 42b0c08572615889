//===- PackActivations.cpp - Loops that quantize rows ---------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PackActivations.h"
#include "PackBits.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

using namespace mlir;
using namespace mlir::lowbit;

std::string mlir::lowbit::getPackActivationsName(PackActivationsOp op) {
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
class PackActivationsBody {
public:
  PackActivationsBody(func::FuncOp function, PackActivationsOp op)
      : b(ImplicitLocOpBuilder::atBlockEnd(function.getLoc(),
                                           function.addEntryBlock())),
        code(op.getCode()), layout(op.getRows()) {
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
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, value);
  }
  Value real(double value) {
    return arith::ConstantOp::create(b, b.getF32FloatAttr(value));
  }
  Value apply(AffineExpr expr, Value value) {
    return affine::AffineApplyOp::create(b, AffineMap::get(1, 0, expr),
                                         ValueRange{value});
  }
  /// The parameter of row `m`; one may stand for all.
  Value loadRow(Value column, Value m);
  /// code = saturate(round_even(x / scale) + zero_point), as i32.
  Value quantize(Value x, Value rowScale, Value rowZero);
  void emitBlock(Value m, Value g, Value rowScale, Value rowZero);

  /// A loop whose body is written through `b`.
  scf::ForOp forLoop(Value from, Value to, ValueRange inits,
                     function_ref<SmallVector<Value>(Value, ValueRange)> body) {
    return scf::ForOp::create(
        b, from, to, index(1), inits,
        [&](OpBuilder &builder, Location, Value i, ValueRange args) {
          OpBuilder::InsertionGuard guard(b);
          b.setInsertionPoint(builder.getInsertionBlock(),
                              builder.getInsertionPoint());
          scf::YieldOp::create(b, body(i, args));
        });
  }

  ImplicitLocOpBuilder b;
  CodeTypeInterface code;
  PackedLayout layout;
  Value source, scale, zeroPoint, codes, rowSums;
};
} // namespace

Value PackActivationsBody::loadRow(Value column, Value m) {
  Value extent = memref::DimOp::create(b, column, 0);
  Value one =
      arith::CmpIOp::create(b, arith::CmpIPredicate::eq, extent, index(1));
  Value row = arith::SelectOp::create(b, one, index(0), m);
  return memref::LoadOp::create(b, column, ValueRange{row, index(0)});
}

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
  auto at = [&](Value base, Value i) -> Value {
    return arith::AddIOp::create(b, base, i);
  };
  Value zero = arith::ConstantIntOp::create(b, 0, 32);
  auto loop = forLoop(index(0), length, zero, [&](Value i, ValueRange sums) {
    Value x = memref::LoadOp::create(b, source, ValueRange{m, at(first, i)});
    Value value =
        rowScale ? quantize(x, rowScale, rowZero)
                 : arith::ExtSIOp::create(b, b.getI32Type(), x).getResult();
    Value byte = arith::TruncIOp::create(b, b.getI8Type(), value);
    memref::StoreOp::create(b, byte, codes, ValueRange{m, at(position, i)});
    Value sum = arith::AddIOp::create(b, sums.front(), value);
    return SmallVector<Value>{sum};
  });
  memref::StoreOp::create(b, loop.getResult(0), rowSums, ValueRange{m, g});
  Value padded = apply(layout.numLines(d0) * layout.lineDepth(), length);
  Value byte = arith::ConstantIntOp::create(b, 0, 8);
  forLoop(length, padded, {}, [&](Value i, ValueRange) {
    memref::StoreOp::create(b, byte, codes, ValueRange{m, at(position, i)});
    return SmallVector<Value>();
  });
}

void PackActivationsBody::emit() {
  Value m = memref::DimOp::create(b, source, 0);
  Value blocks = memref::DimOp::create(b, rowSums, 1);
  forLoop(index(0), m, {}, [&](Value row, ValueRange) {
    Value rowScale, rowZero;
    if (scale)
      rowScale = loadRow(scale, row);
    if (zeroPoint)
      rowZero =
          arith::SIToFPOp::create(b, b.getF32Type(), loadRow(zeroPoint, row));
    forLoop(index(0), blocks, {}, [&](Value g, ValueRange) {
      emitBlock(row, g, rowScale, rowZero);
      return SmallVector<Value>();
    });
    return SmallVector<Value>();
  });
  func::ReturnOp::create(b);
}

void mlir::lowbit::emitPackActivationsBody(func::FuncOp function,
                                           PackActivationsOp op) {
  if (op.getBits())
    return emitPackBitsBody(function, op);
  PackActivationsBody(function, op).emit();
}
