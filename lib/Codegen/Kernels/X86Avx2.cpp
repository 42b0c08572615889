//===- X86Avx2.cpp - 256-bit vpmaddubsw -----------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// Fields of the two halves of a byte, each at its place; for each half of a
// 64-byte line, 8 lines (of fields of 2 bits 10, of fewer 16) in a loop:
//
//   vpbroadcastd a, [activations + 4 * line]
//   vmovdqu      w, [weights + 64 * line]
//   vpand        v, w, mask[f]                  F / 2 times
//   vpsrlw       x, w, 4
//   vpand        v, x, mask[f]                  F / 2 times
//   vpmaddubsw   p, v, a                        F times
//   vpaddw       n[f], n[f], p                  F times
//
// and behind it:
//
//   vpmaddwd     n[f], n[f], ones
//   vpaddd       U[f], U[f], n[f]
//
// Of fields that stand for levels; per half, and for each of F fields:
//
//   vpsrlw       x, w, 4 * f                    but for the first
//   vpand        x, x, mask
//   vpshufb      x, table, x
//   vpand        v[0], x, 0x0f
//   vpsrlw       v[1], x, 4
//   vpand        v[1], v[1], 0x0f
//   vpmaddubsw   p, v[h], a                     twice
//   vpaddw       n[f, h], n[f, h], p            twice
//
// Fields in base 3 are cut out, as whole bytes are too wide; per half:
//
//   vpxor        w, w, 128
//   vpcmpgtb     p, w, 85 - 128                 5 times
//   vpcmpgtb     v, w, 170 - 128                5 times
//   vpand, vpsubb d, p & 1, v                   5 times
//   vpmaddubsw   p, d, a                        5 times
//   vpaddw       n[f], n[f], p                  5 times
//   vpaddb       w, 3 * w                       4 times 2
//

#include "DotKernel.h"
#include "lowbit/Codegen/MicroKernelRegistry.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace {
class X86Avx2Kernel : public DotKernel {
public:
  using DotKernel::DotKernel;

  Value emitDot(OpBuilder &builder, Location loc, Value sums, Value weights,
                Value codes) const override {
    Value products = emitIntrinsic(builder, loc, getUnit().dot, sums.getType(),
                                   {weights, codes});
    // In order: in a tree, more sums would be alive than there are registers.
    return emitOpaque(builder, loc,
                      arith::AddIOp::create(builder, loc, sums, products),
                      getUnit().registerClass);
  }

  Value emitNarrowZero(OpBuilder &builder, Location loc) const override {
    return emitSplat(builder, loc, getNarrowType(builder), 0);
  }

  Value emitWiden(OpBuilder &builder, Location loc, Value sums,
                  Value narrow) const override {
    Value ones = emitSplat(builder, loc, getNarrowType(builder), 1);
    Value pairs = emitIntrinsic(builder, loc, "llvm.x86.avx2.pmadd.wd",
                                sums.getType(), {narrow, ones});
    return arith::AddIOp::create(builder, loc, sums, pairs);
  }

private:
  static VectorType getNarrowType(Builder &builder) {
    return VectorType::get(16, builder.getI16Type());
  }
};
} // namespace

std::unique_ptr<MicroKernel> mlir::lowbit::createX86Avx2Kernel() {
  DotUnit unit;
  unit.feature = "avx2";
  unit.dot = "llvm.x86.avx2.pmadd.ub.sw";
  unit.shuffle = "llvm.x86.avx2.pshuf.b";
  unit.registerClass = "x";
  unit.registers = 16;
  unit.registerBytes = 32;
  unit.segmentBits = 4;
  unit.isNarrow = true;
  return std::make_unique<X86Avx2Kernel>("x86_avx2", unit);
}
