//===- LoopAnnotations.h - What LLVM leaves alone ---------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// LLVM makes copies of the body of a loop where it expects them to be faster.
// Of loops that run seldom, or whose body is as large as it is meant to be,
// they only take time to compile.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CODEGEN_LOOPANNOTATIONS_H
#define LOWBIT_LIB_CODEGEN_LOOPANNOTATIONS_H

#include "mlir/Dialect/SCF/IR/SCF.h"

namespace mlir::lowbit {

/// The attribute of a loop that upstream hands on to its last branch.
inline constexpr StringLiteral kLoopAnnotation = "llvm.loop_annotation";

/// Keeps LLVM from unrolling `loop`.
void keepRolled(scf::ForOp loop);

/// Keeps LLVM from unrolling and from vectorizing `loop`.
void keepScalar(scf::ForOp loop);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_LOOPANNOTATIONS_H
