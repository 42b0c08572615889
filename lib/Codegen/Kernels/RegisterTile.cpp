//===- RegisterTile.cpp - How many sums registers hold --------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RegisterTile.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>
#include <limits>

using namespace mlir;
using namespace mlir::lowbit;

/// The largest tile: each row and panel has an address in a register.
static constexpr RegisterTile kMaxTile = {/*rows=*/8, /*panels=*/2};

/// The same where the sums of each block meet accumulators.
static constexpr RegisterTile kMaxBlockTile = {/*rows=*/8, /*panels=*/1};

/// The most sums of a tile, most of them in memory: code grows with them.
static constexpr int64_t kMaxSums = 128;

/// Those that lines and codes take while they are put together in twos.
static constexpr int64_t kJoinRegisters = 5;

/// The registers that a pass over `views` views takes for `rows` rows: beside
/// each view there are its mask and its sums; beside all of them the register
/// that they are taken from, the codes of a row, ones that sum up codes, and a
/// narrow product. Where operands are put together, of views and codes only the
/// fewer stay, and views share masks.
static int64_t countRegisters(const DotUnit &unit, const LineViews &line,
                              int64_t rows, int64_t views) {
  int64_t isCut = line.isCut(unit);
  int64_t others = 1 + isCut + !unit.isUnsigned + 3 * unit.isNarrow;
  if (line.step == 1)
    return views * (1 + isCut + rows) + others;
  int64_t operands = rows / line.step;
  int64_t masks = std::min(views, line.perRegister - unit.isUnsigned);
  return views * operands + std::min(views, operands) + isCut * masks + others +
         kJoinRegisters;
}

/// The views whose sums fit, 0 if those of one do not.
static int64_t getMaxViews(const DotUnit &unit, const LineViews &line,
                           int64_t rows) {
  int64_t views = 0;
  while (countRegisters(unit, line, rows, views + 1) <= unit.registers)
    ++views;
  return views;
}

/// `total` in the fewest parts of at most `most`, all but the last one equal.
static int64_t divideEqually(int64_t total, int64_t most) {
  return llvm::divideCeil(total, llvm::divideCeil(total, most));
}

int64_t mlir::lowbit::getViewsPerPass(const DotUnit &unit,
                                      const LineViews &line, int64_t rows,
                                      int64_t panels) {
  int64_t views = line.count(unit, panels);
  rows += line.ones;
  if (rows == 1)
    return line.views * panels <= unit.getSumsOfLines()
               ? views
               : divideEqually(views, unit.getSums());
  int64_t most = getMaxViews(unit, line, rows);
  if (line.step == 1 || most < line.perRegister)
    return most == 0 ? 0 : divideEqually(views, most);
  // A register is put together once for all of its views.
  return llvm::alignTo(
      divideEqually(views, llvm::alignDown(most, line.perRegister)),
      line.perRegister);
}

/// Instructions beside each dot product. Loads count a quarter: they do not
/// take the place of arithmetic.
static double getCost(const DotUnit &unit, const LineViews &line,
                      RegisterTile tile) {
  auto rows = static_cast<double>(tile.rows) / line.step;
  auto views =
      static_cast<double>(getViewsPerPass(unit, line, tile.rows, tile.panels));
  if (views == 0)
    return std::numeric_limits<double>::infinity();
  double perRegister = static_cast<double>(line.views) / line.registers;
  double registers = std::max(views / perRegister, 1.0);
  double loads = rows * line.step + registers;
  // Of two lines, and of the codes of two rows.
  double joined = line.step > 1 ? registers + rows : 0;
  double ones = views * static_cast<double>(line.ones) / line.step;
  return (views * line.isCut(unit) + ones + joined + loads / 4) /
         (rows * views);
}

RegisterTile RegisterTile::choose(const DotUnit &unit, const LineViews &line,
                                  bool hasBlocks) {
  RegisterTile most = hasBlocks ? kMaxBlockTile : kMaxTile;
  RegisterTile best;
  double least = std::numeric_limits<double>::infinity();
  for (int64_t panels = 1; panels <= most.panels; ++panels)
    for (int64_t rows = 2; rows <= most.rows; rows += line.step) {
      if (rows > 2 && rows / line.step * panels * line.views > kMaxSums)
        break;
      RegisterTile tile = {rows, panels};
      // Panels share codes that are loaded, which each pass does anew.
      if (panels > 1 &&
          getViewsPerPass(unit, line, rows, panels) < line.count(unit, panels))
        break;
      if (double cost = getCost(unit, line, tile); cost < least) {
        least = cost;
        best = tile;
      }
    }
  return best;
}
