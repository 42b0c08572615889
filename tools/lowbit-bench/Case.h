//===- Case.h - What is timed --------------------------------- -*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A case is one matrix product as a compiled model, with its number of rows,
// the place that its weights are read from and the threads that share it. A
// layer serves the cases of every M: it is compiled once. Cases.cpp has the
// tables.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_TOOLS_BENCH_CASE_H
#define LOWBIT_TOOLS_BENCH_CASE_H

#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mlir::lowbit {

enum class Level { L2, L3, Dram };
enum class Start {
  Hot, ///< weights in the nearest cache that holds them
  Cold ///< in memory
};
enum class Scope {
  Kernel, ///< codes in, i32 sums out
  Op      ///< f32 in, f32 out, with everything
};

/// What products are made of, whose highest rate is a limit.
enum class Arithmetic { Bits, Bytes, Floats };

llvm::StringRef nameOf(Level level);
llvm::StringRef nameOf(Scope scope);

/// The whole numbers from `lowest` to `highest` that are `step` apart.
struct Levels {
  int lowest;
  int highest;
  int step = 1;
};

struct Activation {
  const char *name;
  const char *option; ///< of lowbit-compile; may be empty
  Levels levels;
  Arithmetic arithmetic;
};

struct Encoding {
  const char *name;    ///< in names of cases
  const char *scheme;  ///< of the weights
  const char *weights; ///< option of lowbit-compile in scope `op`; may be empty
  const char *codeType; ///< MLIR type of a weight; null: scope `op` only
  Levels levels;
  int64_t block; ///< weights along K that share a scale; 0: a whole row
  const Activation *activation;  ///< in scope `op`
  const char *packing = "";      ///< option of lowbit-compile in both scopes
  const char *floatType = "f32"; ///< of weights before they are quantized
};

/// What a 3 x 3 convolution slides over, with a border of zeros.
struct Image {
  int64_t height;
  int64_t width;
  int64_t channels;
};

/// A product of M x K activations and N x K weights. Of an image, each pixel
/// has a row: the 9 pixels around it.
struct Layer {
  const Encoding *encoding;
  int64_t n;
  int64_t k;
  Scope scope;
  std::optional<Image> image = std::nullopt;
};

/// E.g. "ternary-2560x2560-op", a name for files.
std::string nameOf(const Layer &layer);

struct Case {
  Layer layer;
  int64_t m;
  Start start;
  int threads;
};

/// E.g. "ternary/2560x2560/m1/hot/op/t1"; of a convolution, the image and the
/// window stand for N and K: "int8/56x56x64-3x3/m3136/hot/op/t1".
std::string nameOf(const Case &which);

/// Two cases that differ in their encoding only, timed in turn.
struct Pair {
  Case first;
  Case second;
};

/// E.g. "f32:ternary/2560x2560/m1/hot/op/t1".
std::string nameOf(const Pair &pair);

/// All cases; those of one layer stand together.
std::vector<Case> listCases();
std::vector<Pair> listPairs();

/// A regular expression: the names of what is timed unless something else is
/// asked for, in about eight minutes.
extern const char *const defaultNames;

} // namespace mlir::lowbit

#endif // LOWBIT_TOOLS_BENCH_CASE_H
