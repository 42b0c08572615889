//===- LoopAnnotations.cpp - What LLVM leaves alone -----------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoopAnnotations.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace mlir::lowbit;

static void annotate(scf::ForOp loop, LLVM::LoopVectorizeAttr vectorize) {
  MLIRContext *context = loop.getContext();
  auto unroll = LLVM::LoopUnrollAttr::get(context, BoolAttr::get(context, true),
                                          {}, {}, {}, {}, {}, {});
  loop->setAttr(kLoopAnnotation, LLVM::LoopAnnotationAttr::get(
                                     context, {}, vectorize, {}, unroll, {}, {},
                                     {}, {}, {}, {}, {}, {}, {}, {}, {}));
}

void mlir::lowbit::keepRolled(scf::ForOp loop) { annotate(loop, {}); }

void mlir::lowbit::keepScalar(scf::ForOp loop) {
  MLIRContext *context = loop.getContext();
  annotate(loop,
           LLVM::LoopVectorizeAttr::get(context, BoolAttr::get(context, true),
                                        {}, {}, {}, {}, {}, {}));
}
