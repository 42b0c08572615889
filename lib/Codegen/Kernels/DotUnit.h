//===- DotUnit.h - An instruction that adds up products of bytes -*- C++ -*===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CODEGEN_KERNELS_DOTUNIT_H
#define LOWBIT_LIB_CODEGEN_KERNELS_DOTUNIT_H

#include "Vectors.h"
#include "lowbit/Quantization/PackedLayout.h"

namespace mlir::lowbit {

/// The registers that a dot product works on, and its operands.
struct DotUnit : ByteUnit {
  StringRef feature;       ///< of the target, as LLVM calls it
  StringRef dot;           ///< intrinsic: sums, weights, codes -> sums
  int64_t registers;       ///< how many there are
  int64_t registerBytes;   ///< 16, 32 or 64
  int64_t segmentBits = 8; ///< of weights; 4 where products are narrow
  bool isUnsigned = true;  ///< whether weights are; codes are signed
  bool isNarrow = false;   ///< whether products are added up in 16 bits first

  /// The registers for integer sums: half of all.
  int64_t getSums() const { return registers / 2; }

  /// Those that the sums of whole lines may take, which are read in one pass
  /// then; some are left for views, masks and activations.
  int64_t getSumsOfLines() const {
    int64_t sums = registers - 4 - 4 * getParts();
    return isNarrow ? getSums() : std::max(getSums(), sums);
  }

  /// The registers of a vector of weights.
  int64_t getParts() const { return PackedLayout::vectorBytes / registerBytes; }
};

/// What is subtracted from unsigned bytes where the instruction takes signed
/// ones.
inline constexpr int64_t kByteBias = 128;

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_KERNELS_DOTUNIT_H
