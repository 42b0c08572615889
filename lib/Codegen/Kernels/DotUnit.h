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

/// The registers that a dot product works on, and its operands. In each 32-bit
/// lane it adds up 4 products.
///
/// A product of matrices takes two lines of weights, W, and two rows of codes,
/// A. Each lane of its operands is 4 k from the first one on, each of its sums
/// is of 8 k:
///
///   weights   W[n, k], W[n, k + 4], W[n + 1, k], W[n + 1, k + 4]
///   codes     A[m, k], A[m, k + 4], A[m + 1, k], A[m + 1, k + 4]
///   sums      S[n, m], S[n, m + 1], S[n + 1, m], S[n + 1, m + 1]
struct DotUnit : ByteUnit {
  StringRef feature;       ///< of the target, as LLVM calls it
  StringRef dot;           ///< intrinsic: sums, weights, codes -> sums
  StringRef matrix;        ///< the same of matrices; empty: none
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

  /// Lines of weights that a dot product of several `rows` takes at once, and
  /// rows of codes: two where it is a product of matrices.
  int64_t getStep(int64_t rows) const {
    return matrix.empty() || rows % 2 != 0 ? 1 : 2;
  }

  /// The registers of a vector of weights.
  int64_t getParts() const { return PackedLayout::vectorBytes / registerBytes; }
};

/// What is subtracted from unsigned bytes where the instruction takes signed
/// ones.
inline constexpr int64_t kByteBias = 128;

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_KERNELS_DOTUNIT_H
