//===- TernaryLayouts.cpp - How dense ternary weights are -----------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TernaryLayouts.h"
#include "lowbit/Dialect/IR/LowbitDialect.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace mlir::lowbit;

std::optional<TernaryLayouts::Choice>
TernaryLayouts::parseChoice(StringRef text) {
  return llvm::StringSwitch<std::optional<Choice>>(text)
      .Case("2bit", Choice::TwoBits)
      .Case("base3", Choice::Base3)
      .Case("auto", Choice::Auto)
      .Default(std::nullopt);
}

FailureOr<TernaryLayouts> TernaryLayouts::parse(StringRef text,
                                                EmitError emitError) {
  TernaryLayouts layouts;
  SmallVector<StringRef> entries;
  text.split(entries, ';');
  for (auto [i, entry] : llvm::enumerate(entries)) {
    bool isCommon = i == 0 && !entry.contains('=');
    auto [name, value] =
        isCommon ? std::pair(StringRef(), entry) : entry.split('=');
    if (!isCommon && name.empty())
      return emitError() << "ternary-layout: expected name=layout, but got '"
                         << entry << "'";
    std::optional<Choice> choice = parseChoice(value);
    if (!choice)
      return emitError() << "ternary-layout: expected 2bit, base3 or auto"
                         << (isCommon ? "" : " for '" + name.str() + "'")
                         << ", but got '" << value << "'";
    if (isCommon)
      layouts.common = *choice;
    else if (!layouts.layers.insert({name, {*choice, false}}).second)
      return emitError()
             << "ternary-layout: expected each layer once, but got '" << name
             << "' again";
  }
  return layouts;
}

int64_t TernaryLayouts::getRadix(StringRef name, RankedTensorType codes) {
  if (!isa<TernaryType>(codes.getElementType()))
    return 2;
  hasTernary = true;
  Choice choice = common;
  if (auto *entry = layers.find(name); entry != layers.end()) {
    entry->second.isUsed = true;
    choice = entry->second.choice;
  }
  bool isLarge = codes.hasStaticShape() &&
                 ceilDivide(codes.getNumElements(), 4) > kCacheBytes;
  return choice == Choice::Base3 || (choice == Choice::Auto && isLarge) ? 3 : 2;
}

LogicalResult TernaryLayouts::verifyUse(Operation *op) const {
  for (const auto &[name, entry] : layers)
    if (!entry.isUsed)
      return op->emitError("ternary-layout: expected the name of a layer with "
                           "ternary weights, but got '")
             << name << "'";
  if (common == Choice::Base3 && !hasTernary)
    op->emitWarning("ternary-layout: expected a layer with ternary weights for "
                    "'base3', but got none");
  return success();
}
