//===- MicroKernel.h - How an instruction set multiplies codes ------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_CODEGEN_MICROKERNEL_H
#define LOWBIT_CODEGEN_MICROKERNEL_H

#include "lowbit/Codegen/Target.h"
#include "lowbit/Dialect/IR/LowbitDialect.h"
#include "mlir/IR/Builders.h"

namespace mlir::lowbit {

/// How many activation rows a call has. Leaf functions are made per class and
/// chosen at run time.
enum class MClass { One, Few, Many };

/// Few is [2, kManyRows): rows that one tile of 16 holds.
inline constexpr int64_t kManyRows = 17;

/// One block of one tile: activation rows times panels of weights.
struct BlockOperands {
  Value activations;     ///< memref M x bytes of a row, i8
  Value firstRow;        ///< index of the tile's first activation row
  int64_t rows;          ///< activation rows of the tile
  Value position;        ///< index of the block's first byte in a row
  Value weights;         ///< memref panels x panel bytes, i8
  Value panel;           ///< index of the tile's first panel
  Value byte;            ///< index of the block's first line in each panel
  OpFoldResult lines;    ///< number of lines; an attribute if static
  BitPlanes planes = {}; ///< that the activations are; none if they are bytes
  int64_t panels = 1;    ///< panels of the tile

  /// Of an emitter that keeps its sums in memory. Such a tile may end beyond
  /// the last row or panel.
  Value sums = {};    ///< memref (panels * fields) x rows x 16, i32
  Value scratch = {}; ///< memref of bytes, at a multiple of 64

  bool hasOnes = false; ///< whether there is one more row, of codes that are 1

  /// The rows that have sums.
  int64_t countRows() const { return rows + hasOnes; }
};

/// The integer sums of a tile: one vector<16xi32>, or of the accumulators of
/// the emitter, per activation row, panel and field, row-major. The row of ones
/// is the last.
using TileSums = SmallVector<Value>;

/// A tile of a product in f32, with a sum for each of its rows and fields.
struct FloatTile {
  int64_t rows;   ///< activation rows
  int64_t panels; ///< of weights

  /// Whether weights in bf16 are made f32 a block at once, before rows pass.
  bool isWidened = false;
};

/// One way to multiply packed codes. An emitter writes only the inner loop; the
/// loops around it, scales, terms and stores are shared.
class MicroKernel {
public:
  virtual ~MicroKernel();

  /// Names the leaf functions.
  virtual StringRef getName() const = 0;

  /// Whether the target has the instructions, and the inner loop reads the
  /// layout, for this class of M.
  virtual bool serves(const Target &target, LayoutAttr layout,
                      MClass mClass) const = 0;

  /// Activation rows of a full tile. What is left of a product is cut into
  /// tiles of fewer rows and panels: the powers of `getPartRatio` below.
  virtual int64_t getTileRows(LayoutAttr layout, MClass mClass) const = 0;

  /// Panels of a full tile.
  virtual int64_t getTilePanels(LayoutAttr layout, MClass mClass) const {
    return 1;
  }

  /// How many times smaller the next smaller tiles are.
  virtual int64_t getPartRatio() const { return 4; }

  /// The fewest activation codes in a row, with their padding. Shorter rows are
  /// left to the emitter for one row.
  virtual int64_t getMinDepth() const { return 0; }

  /// Bytes of memory that an emitter uses that keeps its sums in memory, too.
  /// 0: sums are kept in registers.
  virtual int64_t getScratchBytes(LayoutAttr layout, int64_t tileRows) const {
    return 0;
  }

  /// Bits of the integers in which `emitBlock` adds up: 32, or 16 where that
  /// is faster. Sums of 16 bits are extended after `getMaxLines` lines.
  virtual int64_t getAccumulatorBits(LayoutAttr layout) const { return 32; }

  /// The most lines whose sum is exact for all 8-bit activations: modulo 2^32,
  /// or held by a narrower accumulator, whatever the fields or levels are. The
  /// loops around `emitBlock` split K there.
  virtual int64_t getMaxLines(LayoutAttr layout) const;

  /// Emits the sums over a block of activation code times field, exactly:
  /// modulo 2^32, or in narrower accumulators. An emitter that keeps its sums
  /// in memory stores them in `block.sums` and returns none; each group of
  /// kGroupRows rows lies there from the row on that `emitGroupStart` gives. Of
  /// bits, what BitPlanes.h has without the first part if the weights have no
  /// mask. Only short blocks of bytes have a row of ones.
  virtual TileSums emitBlock(OpBuilder &builder, Location loc,
                             LayoutAttr layout,
                             const BlockOperands &block) const = 0;

  /// Whether there is `emitAddPairs`.
  virtual bool addsPairs() const { return false; }

  /// Emits `sums + a.low * b.low + a.high * b.high` for three vector<16xi32>,
  /// in whose second and third a lane is a pair of signed 16-bit numbers.
  virtual Value emitAddPairs(OpBuilder &, Location, Value, Value, Value) const {
    llvm_unreachable("pairs are not added");
  }

  /// A full tile in f32; under block scales it has an accumulator beside each
  /// of its sums.
  virtual FloatTile getFloatTile(LayoutAttr layout, MClass mClass) const;

  /// Emits the values `code_step * level - code_offset` of the fields of a
  /// line, a vector<64xi8> for each of its vectors, at its depth `k`: one
  /// vector<16xf32> per row of a lane, exact.
  virtual SmallVector<Value> emitValues(OpBuilder &builder, Location loc,
                                        LayoutAttr layout, ValueRange line,
                                        int64_t k) const;

  /// Emits the exact conversion of vector<16xf16> or vector<16xbf16> to f32.
  virtual Value emitExtendScale(OpBuilder &builder, Location loc,
                                Value scale) const;

  /// Rows whose sums are stored together.
  static constexpr int64_t kGroupRows = 16;

  /// Emits where a group of rows begins that is to hold the row `first`: there,
  /// or as far before it that it ends with the last row.
  static Value emitGroupStart(OpBuilder &builder, Location loc,
                              Value activations, Value first);
};

} // namespace mlir::lowbit

#endif // LOWBIT_CODEGEN_MICROKERNEL_H
