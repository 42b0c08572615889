//===- LoopWork.h - How much a parallel loop does ---------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Estimates what a thread is woken for.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CODEGEN_RUNTIME_LOOPWORK_H
#define LOWBIT_LIB_CODEGEN_RUNTIME_LOOPWORK_H

#include "mlir/Dialect/SCF/IR/SCF.h"

namespace mlir::lowbit {

/// How many iterations of `loop`, an index of at least 1, take some 10
/// microseconds together, computed before the loop from the extents of what the
/// first one works on; `inputs` are the arguments of the function. Null where
/// they are not known.
Value getIterationsPerTask(OpBuilder &builder, scf::ParallelOp loop,
                           ValueRange inputs);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_RUNTIME_LOOPWORK_H
