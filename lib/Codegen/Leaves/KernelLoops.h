//===- KernelLoops.h - The loops around a micro-kernel --------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CODEGEN_LEAVES_KERNELLOOPS_H
#define LOWBIT_LIB_CODEGEN_LEAVES_KERNELLOOPS_H

#include "lowbit/Codegen/FloatKernel.h"
#include "lowbit/Codegen/MicroKernel.h"

namespace mlir::lowbit {

/// What tells one leaf function from another.
struct KernelKey {
  const MicroKernel *kernel;
  LayoutAttr layout;
  int64_t tileRows;
  int64_t tilePanels;
  bool isWeightOnly;
  BitPlanes planes = {}; ///< of the activations
  /// Whether row sums and terms are multiplied as pairs of 16 bits.
  bool hasNarrowTerms = false;
  bool hasZeroPoint = false; ///< of activations

  /// What `op` needs of `kernel` for this class of M.
  static KernelKey get(const MicroKernel *kernel, PackedMatmulInterface op,
                       MClass mClass);

  /// Whether the emitter keeps its sums in memory.
  bool storesSums() const {
    return kernel->getScratchBytes(layout, tileRows) != 0;
  }

  /// The function's name: emitter, layout and tile.
  std::string getName() const;
};

/// The same of one that multiplies reals.
struct FloatKey {
  const FloatKernel *kernel;
  FloatOperands operands;
  FloatTile tile;

  /// What `kernel` does for this class of M.
  static FloatKey get(const FloatKernel *kernel, FloatOperands operands,
                      MClass mClass) {
    return {kernel, operands, kernel->getTile(operands, mClass)};
  }

  std::string getName() const;
};

/// Fills the body of `function`: for each panel and each tile of rows, sums by
/// the emitter, then scales, terms and the store.
void emitKernelBody(func::FuncOp function, const KernelKey &key);

/// The same for `lowbit.packed_weight_only_matmul`, in floats: sums of
/// activations times the values that the emitter reads from each line.
void emitWeightOnlyBody(func::FuncOp function, const KernelKey &key);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_LEAVES_KERNELLOOPS_H
