//===- AccumulatorTerms.h - Terms in initial values -------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_TRANSFORMS_ACCUMULATORTERMS_H
#define LOWBIT_LIB_DIALECT_TRANSFORMS_ACCUMULATORTERMS_H

#include "mlir/IR/PatternMatch.h"

namespace mlir::lowbit {

/// `row[m, g] * column[n, g]`, to be added to the sum of block g.
struct Term {
  Value row;
  Value column;
};

/// `init[.., n]`, a matrix or `N x OH x OW x O`, plus the sum of `row[m] *
/// column[n]` modulo 2^32, where m numbers all that lies before the last
/// dimension. What is constant stays one row, if `init` repeats one.
Value addTerms(RewriterBase &rewriter, Location location, Value init,
               SmallVector<Term> terms);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_DIALECT_TRANSFORMS_ACCUMULATORTERMS_H
