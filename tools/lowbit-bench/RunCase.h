//===- RunCase.h - Time one case ------------------------------ -*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Calls a compiled layer again and again, each time with the copy of its
// weights that lies where the case wants them to come from, after its results
// have been compared with sums of known products.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_TOOLS_BENCH_RUNCASE_H
#define LOWBIT_TOOLS_BENCH_RUNCASE_H

#include "Case.h"
#include "CompiledModel.h"
#include "Timing.h"
#include "WeightCopies.h"

namespace mlir::lowbit {

/// A layer ready to run: what all of its cases share.
struct LoadedLayer {
  std::vector<int8_t> weightCodes;
  CompiledModel model;
};

/// Compiles the layer to a library in the compiler's folder that is called by
/// the layer's name, and loads it.
llvm::Expected<LoadedLayer> loadLayer(const Layer &layer,
                                      const Compiler &compiler);

struct CaseResult {
  std::string target;
  size_t packedBytes;
  Level resident; ///< where the weights did come from
  Spread us;      ///< of a call
};

/// Runs for about `seconds`. Weights that fit no cache are read from memory,
/// and the result says so. Fails where a call fails or returns wrong values.
llvm::Expected<CaseResult> runCase(const Case &which, const LoadedLayer &layer,
                                   const CacheSizes &caches,
                                   const WeightMemory &memory, double seconds);

struct PairResult {
  double firstUs; ///< medians
  double secondUs;
  Spread ratio; ///< of the first to the second, over short turns
};

/// Runs the two in turn, so that the clock and the neighbours are the same for
/// both.
llvm::Expected<PairResult> runPair(const Pair &pair, const LoadedLayer &first,
                                   const LoadedLayer &second,
                                   const CacheSizes &caches,
                                   const WeightMemory &memory, double seconds);

} // namespace mlir::lowbit

#endif // LOWBIT_TOOLS_BENCH_RUNCASE_H
