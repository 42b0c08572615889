//===- X86Amx.cpp - Tiles of 16 x 64 bytes --------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// A tile register holds 16 rows of 64 bytes. A line of weights is 4 k of 16
// columns, hence a row of a tile of weights, which 16 lines make: a step of 64
// k. Tiles of activations are 16 rows as they lie in memory. Fields of less
// than a byte are decoded, each to its own tile, with the code offset left in:
// weights are unsigned, activations signed. Per step, for two tiles of rows and
// two of columns:
//
//   tileloadd a[0], [activations + 64 * step]          16 rows
//   tileloadd a[1], [activations + 16 * stride + 64 * step]
//   tileloadd w[0], [decoded + 2048 * step]
//   tileloadd w[1], [decoded + 2048 * step + 1024]
//   tdpbsud   c[r][f], a[r], w[f]                      4 times
//
// and, with the first two tiles of rows, 4 steps ahead, for each of 16 lines:
//
//   vmovdqu64 w, [weights + 64 * line]
//   vpsrlw    v[f], w, bits * f                        for two fields, but for
//   vpandq    v[f], v[f], mask                         the first one's shift
//   vmovdqu64 [decoded + 2048 * (step + 4) + ...], v[f]
//
// Fields that stand for levels are looked up:
//
//   vpshufb   v[f], table, v[f]                        twice
//
// Fields of 3, 5, 6 or 7 bits are put together from their planes; of 3 bits:
//
//   vmovdqu64  w, [weights + 192 * line]               2 bits of four fields
//   vmovdqu64  u, [weights + 192 * line + 128]         1 bit of eight
//   vpsrlw     v[f], w, 2 * f                          but for the first
//   vpandq     v[f], v[f], 3
//   vpsllw     x, u, 2 - f                             to the right where f > 2
//   vpternlogq v[f] = v[f] | x & 4
//
// and digits of base 3, of what is left of the number:
//
//   vpcmpnleub k, w, 170
//   vmovdqu8   v[f]{k}{z}, 1
//   vpcmpnleub k, w, 85
//   vpmovm2b   x, k
//   vpsubb     v[f], v[f], x
//   vpaddb     w, 3 * w                                twice, before the next
//
// A tile that was just stored is slow to load; four steps later it is not. Few
// rows are one tile, which is multiplied by four tiles of columns, decoded two
// steps ahead into a ring. Many rows pass over a panel of 640 k, decoded once,
// that stays in the L1 cache, and sums of several panels meet in memory.
//
// Nothing outside the activations is read. The last group of rows begins
// earlier, so that it is full (fewer rows than 16 are a tile of so many), and
// so does the last step: the lines that were multiplied before are zero in its
// tiles of weights.
//
//===----------------------------------------------------------------------===//

#include "AmxLoop.h"
#include "lowbit/Codegen/MicroKernelRegistry.h"
#include <numeric>

using namespace mlir;
using namespace mlir::lowbit;

/// Bytes of the sums of many rows.
static constexpr int64_t kSumBytes = 64 * 1024;

static_assert(kRowBytes >= PackedLayout::minLongBlock,
              "tiles of short blocks need a row of ones");

namespace {
class X86AmxKernel : public MicroKernel {
public:
  StringRef getName() const override { return "x86_amx"; }

  /// One row, and short blocks, whose sums are stored too often, are left to
  /// vectors.
  bool serves(const Target &target, LayoutAttr layout,
              MClass mClass) const override {
    return target.hasFeature("amx-int8") && mClass != MClass::One &&
           !layout.getPacked().bits &&
           (layout.getBlock() == 0 || layout.getBlock() >= kRowBytes);
  }

  int64_t getTileRows(LayoutAttr layout, MClass mClass) const override {
    if (mClass == MClass::Few)
      return kTileRows;
    constexpr int64_t pair = 2 * kTileRows;
    int64_t columns =
        getTilePanels(layout, mClass) * layout.getPacked().rowsPerLane();
    int64_t most = kSumBytes / (columns * kRowBytes);
    return std::min<int64_t>(128, most / pair * pair);
  }

  int64_t getTilePanels(LayoutAttr layout, MClass mClass) const override {
    int64_t width = mClass == MClass::Few ? kSumTiles : kSumTiles / 2;
    int64_t fields = layout.getPacked().rowsPerLane();
    return std::lcm(width, fields) / fields;
  }

  int64_t getMinDepth() const override { return kRowBytes; }

  int64_t getScratchBytes(LayoutAttr layout, int64_t tileRows) const override {
    int64_t width = getWidth(tileRows);
    if (isTileRow(layout)) // the last step
      return width * kTileBytes;
    return (isOneTile(tileRows) ? 2 * kTilesAhead : kPanelSteps * width) *
           kTileBytes;
  }

  TileSums emitBlock(OpBuilder &builder, Location loc, LayoutAttr layout,
                     const BlockOperands &block) const override {
    ByteUnit unit;
    unit.shuffle = "llvm.x86.avx512.pshuf.b.512";
    unit.registerClass = "v";
    emitAmxLoop(builder, loc, unit, layout, block);
    return {};
  }

  FloatTile getFloatTile(LayoutAttr layout, MClass mClass) const override {
    return vectors->getFloatTile(layout, mClass);
  }

  SmallVector<Value> emitValues(OpBuilder &builder, Location loc,
                                LayoutAttr layout, ValueRange line,
                                int64_t k) const override {
    return vectors->emitValues(builder, loc, layout, line, k);
  }

private:
  /// What multiplies reals.
  const std::unique_ptr<MicroKernel> vectors = createX86Avx512VnniKernel();
};

} // namespace

std::unique_ptr<MicroKernel> mlir::lowbit::createX86AmxKernel() {
  return std::make_unique<X86AmxKernel>();
}
