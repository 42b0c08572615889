//===- X86Avx512Vnni.cpp - Nested views by vpdpbusd -----------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// A byte holds one field of each of F = 8 / bits rows. Masking all but its
// lowest bits * (f + 1) bits leaves the view f: the first f + 1 fields, each
// still at its place. With U[f] the dot product of view f,
//
//   S[0] = U[0],   S[f] = (U[f] - U[f - 1]) >> (bits * f)
//
// are the sums of the fields, without a shift in the loop. Per 64-byte line:
//
//   vpbroadcastd a, [activations + 4 * line]
//   vmovdqu64    w, [weights + 64 * line]
//   vpandq       v, w, mask[f]              F - 1 times
//   vpdpbusd     U[f], v, a                 F times
//
// The subtraction is exact modulo 2^32; the shift is exact while
// S[F - 1] << (bits * (F - 1)) fits in 32 bits, hence `getMaxLines`.
//
// Fields that stand for levels are looked up in a register that holds the table
// in each 128-bit lane, and give their sums at once:
//
//   vpsrlw       v, w, bits * f                 F - 1 times
//   vpandq       v, v, mask[0]                  F times
//   vpshufb      v, table, v                    F times
//   vpdpbusd     S[f], v, a                     F times
//
// Times reals, a register holds the values of up to 16 fields in f32. vpermps
// looks at the lowest four bits of a lane; for each of the 4 k of a line:
//
//   vpsrld       v, w, 8 * k + bits * f         F times, but for the first
//   vpermps      v, v, table                    F times
//   vfmadd231ps  sum[m, f], v, a[m, k]          F times for each row
//
//===----------------------------------------------------------------------===//

#include "lowbit/Codegen/MicroKernel.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// Independent accumulators that hide the latency of vpdpbusd, and the most
/// that leave registers for views, masks and activations.
constexpr int64_t kMinAccumulators = 8;
constexpr int64_t kMaxAccumulators = 16;

/// Sums in f32 that hide the latency of vfmadd231ps behind the decoding, and
/// the most that leave registers for values, table and activations.
constexpr int64_t kMinFloatSums = 4;
constexpr int64_t kMaxFloatSums = 16;

/// Bytes that the prefetch runs ahead of the loads.
constexpr int64_t kPrefetchDistance = 8192;

/// A block of at most this many lines is written without a loop.
constexpr int64_t kMaxUnrolledLines = 8;

class X86Avx512VnniKernel : public MicroKernel {
public:
  StringRef getName() const override { return "x86_avx512vnni"; }

  bool serves(const Target &target, LayoutAttr, MClass) const override {
    return target.hasFeature("avx512vnni");
  }

  int64_t getTileRows(LayoutAttr layout, MClass mClass) const override {
    if (mClass == MClass::One)
      return 1;
    // Block scales keep as many float accumulators beside the integer ones.
    int64_t accumulators =
        layout.getBlock() == 0 ? kMaxAccumulators : kMaxAccumulators / 2;
    int64_t fields = layout.getPacked().fieldsPerByte();
    return std::min<int64_t>(8, accumulators / fields);
  }

  int64_t getMaxLines(LayoutAttr layout) const override {
    int64_t bits = layout.getFieldBits();
    if (bits == 8 || layout.getLevels())
      return MicroKernel::getMaxLines(layout);
    int64_t highestField = (int64_t(1) << bits) - 1;
    int64_t perCode = highestField * 128 << (8 - bits);
    return std::numeric_limits<int32_t>::max() / perCode / PackedLayout::depth;
  }

  TileSums emitBlock(OpBuilder &builder, Location loc, LayoutAttr layout,
                     const BlockOperands &block) const override;

  FloatTile getFloatTile(LayoutAttr layout, MClass mClass) const override {
    bool isOne = mClass == MClass::One;
    int64_t fields = layout.getPacked().fieldsPerByte();
    // One row has few sums, and each waits for the one before it.
    int64_t panels = fields < (isOne ? 4 : 2) ? 2 : 1;
    int64_t rows = kMaxFloatSums / (fields * panels);
    return {isOne ? 1 : rows, panels};
  }

  SmallVector<Value> emitValues(OpBuilder &builder, Location loc,
                                LayoutAttr layout, Value line,
                                int64_t k) const override;
};

/// Emits the lines of one block.
class LineEmitter {
public:
  LineEmitter(OpBuilder &builder, Location loc, LayoutAttr layout,
              const BlockOperands &block)
      : block(block), bits(layout.getFieldBits()),
        fields(layout.getPacked().fieldsPerByte()),
        ints(VectorType::get(PackedLayout::lanes, builder.getI32Type())),
        bytes(VectorType::get(PackedLayout::lineBytes, builder.getI8Type())) {
    for (int64_t field = 0; field + 1 < fields; ++field)
      masks.push_back(arith::ConstantOp::create(
          builder, loc,
          DenseElementsAttr::get(
              bytes, static_cast<int8_t>((1 << (bits * (field + 1))) - 1))));
    if (DenseI64ArrayAttr levels = layout.getLevels()) {
      SmallVector<int8_t> repeated;
      for (int64_t i = 0; i < PackedLayout::lineBytes; ++i)
        repeated.push_back(static_cast<int8_t>(levels[i % 16 % levels.size()]));
      table = arith::ConstantOp::create(
          builder, loc,
          DenseElementsAttr::get(bytes, ArrayRef<int8_t>(repeated)));
    }
  }

  int64_t getNumSums() const { return block.rows * fields; }

  SmallVector<Value> emitZeros(OpBuilder &builder, Location loc) const {
    Value zero = arith::ConstantOp::create(builder, loc,
                                           DenseElementsAttr::get(ints, 0));
    return SmallVector<Value>(getNumSums(), zero);
  }

  /// Adds the line `line + ahead` to the sums of all views.
  void emitLine(OpBuilder &builder, Location loc, Value line, int64_t ahead,
                MutableArrayRef<Value> sums) const {
    Value byte =
        offset(builder, loc, block.byte, line, ahead, PackedLayout::lineBytes);
    Value position =
        offset(builder, loc, block.position, line, ahead, PackedLayout::depth);
    Value next = arith::AddIOp::create(
        builder, loc, byte,
        arith::ConstantIndexOp::create(builder, loc, kPrefetchDistance));
    memref::PrefetchOp::create(builder, loc, block.weights,
                               ValueRange{block.panel, next},
                               /*isWrite=*/false, /*localityHint=*/3,
                               /*isDataCache=*/true);
    Value weights = vector::LoadOp::create(builder, loc, bytes, block.weights,
                                           ValueRange{block.panel, byte});
    SmallVector<Value> views = table ? emitLevels(builder, loc, weights)
                                     : emitViews(builder, loc, weights);
    for (int64_t row = 0; row < block.rows; ++row) {
      Value codes = broadcastCodes(builder, loc, row, position);
      for (int64_t field = 0; field < fields; ++field) {
        Value &sum = sums[row * fields + field];
        sum = LLVM::CallIntrinsicOp::create(
                  builder, loc, ints,
                  builder.getStringAttr("llvm.x86.avx512.vpdpbusd.512"),
                  ValueRange{sum, views[field], codes})
                  .getResult(0);
      }
    }
  }

  /// Sums of views to sums of fields.
  TileSums emitFields(OpBuilder &builder, Location loc,
                      ArrayRef<Value> views) const {
    TileSums sums(views);
    if (table)
      return sums;
    for (int64_t i = 0; i < getNumSums(); ++i) {
      int64_t field = i % fields;
      if (field == 0)
        continue;
      Value alone = arith::SubIOp::create(builder, loc, views[i], views[i - 1]);
      Value shift = arith::ConstantOp::create(
          builder, loc,
          DenseElementsAttr::get(ints, static_cast<int32_t>(bits * field)));
      sums[i] = arith::ShRSIOp::create(builder, loc, alone, shift);
    }
    return sums;
  }

private:
  SmallVector<Value> emitViews(OpBuilder &builder, Location loc,
                               Value weights) const {
    SmallVector<Value> views;
    for (Value mask : masks)
      views.push_back(arith::AndIOp::create(builder, loc, weights, mask));
    views.push_back(weights);
    return views;
  }

  /// The levels of the fields, each in the byte of its row.
  SmallVector<Value> emitLevels(OpBuilder &builder, Location loc,
                                Value weights) const {
    auto pairs =
        VectorType::get(PackedLayout::lineBytes / 2, builder.getI16Type());
    Value words = vector::BitCastOp::create(builder, loc, pairs, weights);
    SmallVector<Value> levels;
    for (int64_t field = 0; field < fields; ++field) {
      Value shift = arith::ConstantOp::create(
          builder, loc,
          DenseElementsAttr::get(pairs, static_cast<int16_t>(bits * field)));
      Value shifted = arith::ShRUIOp::create(builder, loc, words, shift);
      Value index = arith::AndIOp::create(
          builder, loc, vector::BitCastOp::create(builder, loc, bytes, shifted),
          masks[0]);
      levels.push_back(LLVM::CallIntrinsicOp::create(
                           builder, loc, bytes,
                           builder.getStringAttr("llvm.x86.avx512.pshuf.b.512"),
                           ValueRange{table, index})
                           .getResult(0));
    }
    return levels;
  }

  static Value offset(OpBuilder &builder, Location loc, Value base, Value line,
                      int64_t ahead, int64_t stride) {
    auto index = [&](int64_t value) -> Value {
      return arith::ConstantIndexOp::create(builder, loc, value);
    };
    Value scaled = arith::MulIOp::create(builder, loc, line, index(stride));
    Value first = arith::AddIOp::create(builder, loc, base, scaled);
    return arith::AddIOp::create(builder, loc, first, index(ahead * stride));
  }

  /// Four consecutive codes of a row in every lane.
  Value broadcastCodes(OpBuilder &builder, Location loc, int64_t row,
                       Value position) const {
    Value m = arith::AddIOp::create(
        builder, loc, block.firstRow,
        arith::ConstantIndexOp::create(builder, loc, row));
    auto four = VectorType::get(PackedLayout::depth, builder.getI8Type());
    Value codes = vector::LoadOp::create(builder, loc, four, block.activations,
                                         ValueRange{m, position});
    auto one = VectorType::get(1, builder.getI32Type());
    Value word = vector::ExtractOp::create(
        builder, loc, vector::BitCastOp::create(builder, loc, one, codes), 0);
    Value lanes = vector::BroadcastOp::create(builder, loc, ints, word);
    return vector::BitCastOp::create(builder, loc, bytes, lanes);
  }

  const BlockOperands &block;
  int64_t bits, fields;
  VectorType ints, bytes;
  SmallVector<Value> masks;
  Value table; ///< null unless fields stand for levels
};
} // namespace

/// `sums` plus the sets of accumulators behind its first.
static SmallVector<Value> addSets(OpBuilder &builder, Location loc,
                                  ValueRange sums, int64_t size) {
  SmallVector<Value> total(sums.take_front(size));
  for (size_t i = size; i < sums.size(); ++i)
    total[i % size] =
        arith::AddIOp::create(builder, loc, total[i % size], sums[i]);
  return total;
}

TileSums X86Avx512VnniKernel::emitBlock(OpBuilder &builder, Location loc,
                                        LayoutAttr layout,
                                        const BlockOperands &block) const {
  LineEmitter lines(builder, loc, layout, block);
  int64_t size = lines.getNumSums();
  int64_t sets = std::max<int64_t>(1, kMinAccumulators / size);
  auto index = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(builder, loc, value);
  };
  SmallVector<Value> zeros = lines.emitZeros(builder, loc);
  auto count = getConstantIntValue(block.lines);
  if (count && *count <= kMaxUnrolledLines) {
    sets = std::clamp<int64_t>(*count, 1, sets);
    SmallVector<Value> sums;
    for (int64_t set = 0; set < sets; ++set)
      llvm::append_range(sums, zeros);
    for (int64_t line = 0; line < *count; ++line)
      lines.emitLine(builder, loc, index(0), line,
                     MutableArrayRef(sums).slice(line % sets * size, size));
    return lines.emitFields(builder, loc, addSets(builder, loc, sums, size));
  }
  SmallVector<Value> init;
  for (int64_t set = 0; set < sets; ++set)
    llvm::append_range(init, zeros);
  auto emitLoop = [&](Value from, Value to, int64_t step, ValueRange inits) {
    return scf::ForOp::create(
        builder, loc, from, to, index(step), inits,
        [&](OpBuilder &b, Location l, Value line, ValueRange args) {
          SmallVector<Value> sums(args);
          for (int64_t set = 0; set < step; ++set)
            lines.emitLine(b, l, line, set,
                           MutableArrayRef(sums).slice(set * size, size));
          scf::YieldOp::create(b, l, sums);
        });
  };
  Value total = getValueOrCreateConstantIndexOp(builder, loc, block.lines);
  Value rest = arith::RemUIOp::create(builder, loc, total, index(sets));
  Value whole = arith::SubIOp::create(builder, loc, total, rest);
  auto main = emitLoop(index(0), whole, sets, init);
  SmallVector<Value> sums = addSets(builder, loc, main.getResults(), size);
  if (sets > 1)
    sums = emitLoop(whole, total, 1, sums).getResults();
  return lines.emitFields(builder, loc, sums);
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
                                                   Value line,
                                                   int64_t k) const {
  int64_t bits = layout.getFieldBits();
  if (bits > 4)
    return MicroKernel::emitValues(builder, loc, layout, line, k);
  DenseElementsAttr values = getValueTable(builder, layout);
  Value table = arith::ConstantOp::create(builder, loc, values);
  auto ints = VectorType::get(PackedLayout::lanes, builder.getI32Type());
  Value words = vector::BitCastOp::create(builder, loc, ints, line);
  SmallVector<Value> result;
  for (int64_t bit = 0; bit < 8; bit += bits) {
    Value shift = arith::ConstantOp::create(
        builder, loc,
        DenseElementsAttr::get(ints, static_cast<int32_t>(8 * k + bit)));
    Value indices = arith::ShRUIOp::create(builder, loc, words, shift);
    result.push_back(
        LLVM::CallIntrinsicOp::create(
            builder, loc, values.getType(),
            builder.getStringAttr("llvm.x86.avx512.permvar.sf.512"),
            ValueRange{table, indices})
            .getResult(0));
  }
  return result;
}

std::unique_ptr<MicroKernel> mlir::lowbit::createX86Avx512VnniKernel() {
  return std::make_unique<X86Avx512VnniKernel>();
}
