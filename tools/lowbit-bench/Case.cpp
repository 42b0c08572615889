//===- Case.cpp - Names of what is timed ----------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Case.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mlir::lowbit;

llvm::StringRef mlir::lowbit::nameOf(Level level) {
  return level == Level::L2 ? "l2" : level == Level::L3 ? "l3" : "dram";
}

llvm::StringRef mlir::lowbit::nameOf(Scope scope) {
  return scope == Scope::Kernel ? "kernel" : "op";
}

static std::string nameShape(const Layer &layer) {
  if (const std::optional<Image> &image = layer.image)
    return llvm::formatv("{0}x{1}x{2}-3x3", image->height, image->width,
                         image->channels);
  return llvm::formatv("{0}x{1}", layer.n, layer.k);
}

std::string mlir::lowbit::nameOf(const Layer &layer) {
  return llvm::formatv("{0}-{1}-{2}", layer.encoding->name, nameShape(layer),
                       nameOf(layer.scope));
}

/// The name of a case without its encoding.
static std::string nameConditions(const Case &which) {
  const Layer &layer = which.layer;
  return llvm::formatv("{0}/m{1}/{2}/{3}/t{4}", nameShape(layer), which.m,
                       which.start == Start::Hot ? "hot" : "cold",
                       nameOf(layer.scope), which.threads);
}

std::string mlir::lowbit::nameOf(const Case &which) {
  return which.layer.encoding->name + ("/" + nameConditions(which));
}

std::string mlir::lowbit::nameOf(const Pair &pair) {
  return llvm::formatv("{0}:{1}/{2}", pair.first.layer.encoding->name,
                       pair.second.layer.encoding->name,
                       nameConditions(pair.second));
}
