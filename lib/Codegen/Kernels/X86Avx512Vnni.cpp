//===- X86Avx512Vnni.cpp - 512-bit vpdpbusd -------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// Nested views; per line of one vector of 64 bytes:
//
//   vpbroadcastd a, [activations + 4 * line]
//   vmovdqu64    w, [weights + 64 * line]
//   vpandq       v, w, mask[f]              F - 1 times
//   vpdpbusd     U[f], v, a                 F times
//
// Of fields that are cut into planes, all but the broadcast per vector.
//
// Of 8 rows, the sums of two views fit into the registers. Per line, and once
// for each two views:
//
//   vmovdqu64    w, [weights + 64 * line]
//   vpandq       v[f], w, mask[f]           twice, but for the last view
//   vpbroadcastd a, [activations[m] + 4 * line]   8 times
//   vpdpbusd     U[m][f], v[f], a           16 times
//
// and of whole bytes, instead, the same lines of two panels.
//
// Of fields in base 3, five rows to a byte:
//
//   vpdpbusd     X[0], w, a
//   vpaddb       v, w, w                    5 times
//   vpaddb       w, v, w                    5 times
//   vpdpbusd     X[i], w, a                 5 times
//
// and of fields that stand for levels:
//
//   vpsrlw       v, w, bits * f             F - 1 times
//   vpandq       v, v, mask[0]              F times
//   vpshufb      v, table, v                F times
//   vpdpbusd     S[f], v, a                 F times
//
// Of short blocks, where activations have a zero point, also once for all rows:
//
//   vpdpbusd     O[f], v, ones              F times
//
// Behind a block, for each two of the row sum, the zero point and the terms of
// a row that fit in 16 bits, c[f] being made of O[f] for the zero point:
//
//   vpbroadcastd t, row sum and zero point  once
//   vpdpwssd     S[f], t, c[f]              F times
//
// Times reals, a register holds the values of up to 16 fields in f32. vpermps
// looks at the lowest four bits of a lane; for each of the 4 k of a line:
//
//   vpsrld       v, w, 8 * k + bits * f         F times, but for the first
//   vpermps      v, v, table                    F times
//   vfmadd231ps  sum[m, f], v, a[m, k]          F times for each row
//

#include "DotKernel.h"
#include "LineFields.h"
#include "lowbit/Codegen/MicroKernelRegistry.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// The sums in f32 that leave registers for values, table and activations.
constexpr int64_t kMaxFloatSums = 16;

class X86Avx512VnniKernel : public DotKernel {
public:
  using DotKernel::DotKernel;

  bool addsPairs() const override { return true; }
  Value emitAddPairs(OpBuilder &builder, Location loc, Value sums, Value a,
                     Value b) const override;

  FloatTile getFloatTile(LayoutAttr layout, MClass mClass) const override {
    bool isOne = mClass == MClass::One;
    int64_t fields = layout.getPacked().rowsPerLane();
    // One row has few sums, and each waits for the one before it.
    int64_t panels = fields < (isOne ? 4 : 2) ? 2 : 1;
    int64_t rows = kMaxFloatSums / (fields * panels);
    return {isOne ? 1 : rows, panels};
  }

  SmallVector<Value> emitValues(OpBuilder &builder, Location loc,
                                LayoutAttr layout, ValueRange line,
                                int64_t k) const override;
};
} // namespace

Value X86Avx512VnniKernel::emitAddPairs(OpBuilder &builder, Location loc,
                                        Value sums, Value a, Value b) const {
  auto halves = VectorType::get(2 * PackedLayout::lanes, builder.getI16Type());
  auto split = [&](Value pairs) -> Value {
    return vector::BitCastOp::create(builder, loc, halves, pairs);
  };
  return emitIntrinsic(builder, loc, "llvm.x86.avx512.vpdpwssd.512",
                       sums.getType(), {sums, split(a), split(b)});
}

/// The 16 values that the lowest four bits of a lane stand for; of a narrower
/// field, the bits above it do not matter.
static DenseElementsAttr getValueTable(Builder &builder, LayoutAttr layout) {
  DenseI64ArrayAttr levels = layout.getLevels();
  int64_t mask = (int64_t(1) << layout.getFieldBits()) - 1;
  SmallVector<float> table;
  for (int64_t i = 0; i < PackedLayout::lanes; ++i) {
    int64_t level = levels ? levels[i & mask] : i & mask;
    table.push_back(layout.getCodeStep() * level - layout.getCodeOffset());
  }
  return DenseElementsAttr::get(
      VectorType::get(PackedLayout::lanes, builder.getF32Type()),
      ArrayRef(table));
}

SmallVector<Value> X86Avx512VnniKernel::emitValues(OpBuilder &builder,
                                                   Location loc,
                                                   LayoutAttr layout,
                                                   ValueRange line,
                                                   int64_t k) const {
  int64_t bits = layout.getFieldBits();
  if (bits > 4)
    return MicroKernel::emitValues(builder, loc, layout, line, k);
  // Bits above a field do not matter, so that fields of one plane need not be
  // cut out.
  SmallVector<std::pair<Value, int64_t>> fields;
  if (layout.getRadix() == 2 && layout.getPacked().numPlanes() == 1)
    for (int64_t bit = 0; bit < 8; bit += bits)
      fields.emplace_back(line.front(), bit);
  else
    for (Value field : emitLineFields(builder, loc, layout, line, getUnit()))
      fields.emplace_back(field, 0);
  DenseElementsAttr values = getValueTable(builder, layout);
  Value table = arith::ConstantOp::create(builder, loc, values);
  auto ints = VectorType::get(PackedLayout::lanes, builder.getI32Type());
  SmallVector<Value> result;
  for (auto [bytes, bit] : fields) {
    Value words = vector::BitCastOp::create(builder, loc, ints, bytes);
    Value shift = emitSplat(builder, loc, ints, 8 * k + bit);
    Value indices = arith::ShRUIOp::create(builder, loc, words, shift);
    result.push_back(emitIntrinsic(builder, loc,
                                   "llvm.x86.avx512.permvar.sf.512",
                                   values.getType(), {table, indices}));
  }
  return result;
}

std::unique_ptr<MicroKernel> mlir::lowbit::createX86Avx512VnniKernel() {
  DotUnit unit;
  unit.feature = "avx512vnni";
  unit.dot = "llvm.x86.avx512.vpdpbusd.512";
  unit.shuffle = "llvm.x86.avx512.pshuf.b.512";
  unit.registerClass = "v";
  unit.registers = 32;
  unit.registerBytes = 64;
  return std::make_unique<X86Avx512VnniKernel>("x86_avx512vnni", unit);
}
