//===- NameLayers.cpp - Give each float layer a name of its own -----------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FloatGather.h"
#include "lowbit/Dialect/Transforms/Passes.h"
#include "lowbit/Dialect/Transforms/Quantize.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_NAMELAYERSPASS
#include "lowbit/Dialect/Transforms/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

static void setName(Operation *op, StringRef name) {
  op->setLoc(
      NameLoc::get(StringAttr::get(op->getContext(), name), op->getLoc()));
}

namespace {
/// Names the layers of a function, op by op in their order.
class Namer {
public:
  explicit Namer(func::FuncOp function) {
    function->walk([&](Operation *op) {
      taken.insert(getLayerName(op->getLoc()));
      if (auto layer = op->getAttrOfType<StringAttr>("layer"))
        taken.insert(layer.getValue());
    });
  }

  void visit(Operation *op);

private:
  /// `prefix` and the least number from `number` on that make a new name.
  std::string getFreeName(StringRef prefix, int64_t &number);

  llvm::StringSet<> taken;
  /// The layers so far, and what the ops of their names are called now.
  llvm::StringMap<std::string> current;
  llvm::StringMap<int64_t> repetitions;
  int64_t layers = 0;
};
} // namespace

std::string Namer::getFreeName(StringRef prefix, int64_t &number) {
  std::string name = (prefix + Twine(number)).str();
  while (!taken.insert(name).second)
    name = (prefix + Twine(++number)).str();
  return name;
}

void Namer::visit(Operation *op) {
  if (auto layer = op->getAttrOfType<StringAttr>("layer")) {
    current.try_emplace(layer, layer.str());
    return;
  }
  StringRef name = getLayerName(op->getLoc());
  auto known = current.find(name);
  if (!FloatMatmul::isLayer(op) && !FloatGather::isLayer(op)) {
    if (known != current.end() && known->second != name)
      setName(op, known->second);
    return;
  }
  ++layers;
  if (name.empty()) {
    int64_t number = layers;
    setName(op, getFreeName("layer", number));
    return;
  }
  if (known == current.end()) {
    current.try_emplace(name, name.str());
    return;
  }
  int64_t &number = repetitions.try_emplace(name, 1).first->second;
  known->second = getFreeName((name + ".").str(), ++number);
  setName(op, known->second);
}

namespace {
struct NameLayersPass : lowbit::impl::NameLayersPassBase<NameLayersPass> {
  void runOnOperation() override {
    Namer namer(getOperation());
    getOperation()->walk<WalkOrder::PreOrder>(
        [&](Operation *op) { namer.visit(op); });
  }
};
} // namespace
