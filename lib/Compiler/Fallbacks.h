//===- Fallbacks.h - Layers that do not get what was asked for --*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_COMPILER_FALLBACKS_H
#define LOWBIT_LIB_COMPILER_FALLBACKS_H

#include "lowbit/Compiler/Compiler.h"

namespace mlir::lowbit {

/// Collects, as long as it lives, what the passes on `context` have to say of
/// layers that do not get the encoding that was asked for. Does nothing where
/// someone else listens to remarks.
class FallbackCollector {
public:
  explicit FallbackCollector(MLIRContext &context);
  ~FallbackCollector();

  SmallVector<Fallback> take() { return std::move(fallbacks); }

private:
  MLIRContext &context;
  SmallVector<Fallback> fallbacks;
  bool isListening;
};

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_COMPILER_FALLBACKS_H
