//===- KernelKey.cpp - What tells leaf functions apart --------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelLoops.h"

using namespace mlir;
using namespace mlir::lowbit;

std::string KernelKey::getName() const {
  std::string name;
  llvm::raw_string_ostream stream(name);
  stream << "lowbit_" << kernel->getName() << "_b" << layout.getFieldBits()
         << "_o" << layout.getCodeOffset() << "_s" << layout.getCodeStep()
         << "_k" << layout.getBlock();
  if (layout.getRadix() != 2)
    stream << "_radix" << layout.getRadix();
  if (layout.getScale())
    stream << "_" << layout.getScale();
  if (hasZeroPoint)
    stream << "_z";
  if (layout.getTerms())
    stream << "_t" << layout.getTerms();
  if (hasNarrowTerms)
    stream << "_narrow";
  if (layout.getOffset())
    stream << "_offset";
  if (layout.getLevels()) {
    stream << "_levels";
    for (int64_t level : layout.getLevels().asArrayRef())
      stream << "_" << level;
  }
  auto writePlanes = [&](StringRef prefix, BitPlanes bits) {
    if (bits)
      stream << prefix << (bits.mask ? "m" : "") << (bits.sign ? "s" : "");
  };
  writePlanes("_bits_", layout.getPacked().bits);
  writePlanes("_", planes);
  if (isWeightOnly)
    stream << "_float";
  stream << "_m" << tileRows;
  if (tilePanels != 1)
    stream << "_p" << tilePanels;
  return name;
}

KernelKey KernelKey::get(const MicroKernel *kernel, PackedMatmulInterface op,
                         MClass mClass) {
  LayoutAttr layout = op.getLayout();
  if (auto matmul = dyn_cast<PackedMatmulOp>(op.getOperation()))
    return {kernel,
            layout,
            kernel->getTileRows(layout, mClass),
            kernel->getTilePanels(layout, mClass),
            /*isWeightOnly=*/false,
            matmul.getPlanes(),
            matmul.getNarrowTerms() && kernel->addsPairs(),
            static_cast<bool>(matmul.getActivationZeroPoint())};
  FloatTile tile = kernel->getFloatTile(layout, mClass);
  return {kernel, layout, tile.rows, tile.panels, /*isWeightOnly=*/true};
}

std::string FloatKey::getName() const {
  std::string name;
  llvm::raw_string_ostream stream(name);
  stream << "lowbit_" << kernel->getName() << "_" << operands.weights;
  if (operands.activations.isBF16())
    stream << "_" << operands.activations;
  stream << "_m" << tile.rows << "_p" << tile.panels;
  if (tile.isWidened)
    stream << "_widened";
  return name;
}
