//===- Case.cpp - What is timed -------------------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Case.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mlir::lowbit;

static constexpr Encoding int4 = {"int4", "!lowbit.affine<4>", "int4", -8, 7,
                                  0};
static constexpr Encoding int4Block32 = {
    "int4", "!lowbit.affine<4>", "int4:block=32,scale=f16", -8, 7, 32};
static constexpr Encoding int4Float = {
    "int4", "!lowbit.affine<4>", "int4", -8, 7, 0, Activation::Float};
static constexpr Encoding int4Block32Float = {
    "int4", "!lowbit.affine<4>", "int4:block=32,scale=f16", -8, 7,
    32,     Activation::Float};
static constexpr Encoding int8Float = {
    "int8", "!lowbit.affine<8>", "int8", -128, 127, 0, Activation::Float};
static constexpr Encoding ternaryFloat = {
    "ternary", "!lowbit.ternary", "ternary", -1, 1, 0, Activation::Float};
static constexpr Encoding int8 = {
    "int8", "!lowbit.affine<8>", "int8", -128, 127, 0};
static constexpr Encoding ternary = {
    "ternary", "!lowbit.ternary", "ternary", -1, 1, 0};

namespace {
/// The cases of one layer.
struct LayerCases {
  Layer layer;
  std::vector<std::pair<int64_t, Level>> runs;
};
} // namespace

llvm::StringRef mlir::lowbit::nameOf(Level level) {
  return level == Level::L2 ? "l2" : level == Level::L3 ? "l3" : "dram";
}

llvm::StringRef mlir::lowbit::nameOf(Activation activation) {
  return activation == Activation::Float ? "float" : "int8";
}

llvm::StringRef mlir::lowbit::nameOf(Scope scope) {
  return scope == Scope::Kernel ? "kernel" : "op";
}

std::string mlir::lowbit::nameOf(const Case &which) {
  const Layer &layer = which.layer;
  std::string block =
      layer.encoding->block ? "b" + std::to_string(layer.encoding->block) : "";
  std::string by =
      layer.encoding->activation == Activation::Float ? "-float" : "";
  return llvm::formatv("{0}{1}{2}/{3}x{4}/m{5}/{6}/{7}", layer.encoding->name,
                       block, by, layer.n, layer.k, which.m,
                       nameOf(which.resident), nameOf(layer.scope));
}

std::vector<Case> mlir::lowbit::listCases() {
  constexpr Level l2 = Level::L2, l3 = Level::L3, dram = Level::Dram;
  constexpr Scope kernel = Scope::Kernel, op = Scope::Op;
  const LayerCases table[] = {
      {{&ternary, 1024, 2560, kernel}, {{1, l2}}},
      {{&ternary, 1024, 2560, op}, {{1, l2}}},
      {{&ternary, 2560, 2560, kernel}, {{1, l2}, {8, l2}, {128, l2}}},
      {{&ternary, 2560, 2560, op}, {{1, l2}, {8, l2}, {128, l2}}},
      {{&ternary, 4096, 4096, op}, {{1, l3}, {1, dram}}},
      {{&ternary, 14336, 4096, kernel}, {{1, l3}}},
      {{&ternary, 14336, 4096, op}, {{1, l3}}},
      {{&int4, 2560, 2560, kernel}, {{1, l3}, {128, l3}}},
      {{&int4Block32, 2560, 2560, op}, {{1, l3}, {128, l3}}},
      {{&int4Block32, 4096, 4096, op}, {{1, l3}, {1, dram}}},
      {{&int8, 2560, 2560, kernel}, {{1, l3}, {128, l3}}},
      {{&int8, 2560, 2560, op}, {{1, l3}, {1, dram}, {128, l3}}},
      {{&ternaryFloat, 2560, 2560, op}, {{1, l2}, {128, l2}}},
      {{&int4Float, 2560, 2560, op}, {{1, l3}, {128, l3}}},
      {{&int4Block32Float, 2560, 2560, op}, {{1, l3}, {4, l3}, {128, l3}}},
      {{&int4Block32Float, 4096, 4096, op}, {{1, dram}}},
      {{&int8Float, 2560, 2560, op}, {{1, l3}, {128, l3}}},
  };
  std::vector<Case> cases;
  for (const LayerCases &row : table)
    for (auto [m, resident] : row.runs)
      cases.push_back({row.layer, m, resident});
  return cases;
}
