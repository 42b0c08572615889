//===- Case.h - What is timed --------------------------------- -*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The table of cases. A case is one matrix product as a compiled model, with
// its number of rows and the place that its weights are read from. A layer
// serves the cases of every M: it is compiled once.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_TOOLS_BENCH_CASE_H
#define LOWBIT_TOOLS_BENCH_CASE_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <string>
#include <vector>

namespace mlir::lowbit {

enum class Level { L2, L3, Dram };
enum class Scope {
  Kernel, ///< codes in, i32 sums out
  Op      ///< f32 in, f32 out, with everything
};

enum class Activation {
  Int8, ///< quantized at run time
  Float ///< as they are: only the weights are codes
};

llvm::StringRef nameOf(Activation activation);
llvm::StringRef nameOf(Level level);
llvm::StringRef nameOf(Scope scope);

struct Encoding {
  const char *name;
  const char *codeType; ///< MLIR type of a weight
  const char *weights;  ///< value of lowbit-compile's --weights
  int lowest;           ///< code
  int highest;
  int64_t block; ///< weights along K that share a scale; 0: a whole row
  Activation activation = Activation::Int8; ///< in scope `op`
};

struct Layer {
  const Encoding *encoding;
  int64_t n;
  int64_t k;
  Scope scope;
};

struct Case {
  Layer layer;
  int64_t m;
  Level resident; ///< where the weights should come from
};

/// E.g. "ternary/2560x2560/m1/l2/op"; the encoding of blocks reads "int4b32".
std::string nameOf(const Case &which);

/// All cases; those of one layer stand together.
std::vector<Case> listCases();

} // namespace mlir::lowbit

#endif // LOWBIT_TOOLS_BENCH_CASE_H
