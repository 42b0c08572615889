//===- LowbitDialect.cpp - The lowbit dialect -----------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/IR/LowbitDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/Transforms/InliningUtils.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::lowbit;

#include "lowbit/Dialect/IR/LowbitDialect.cpp.inc"
#include "lowbit/Dialect/IR/LowbitEnums.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "lowbit/Dialect/IR/LowbitTypes.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "lowbit/Dialect/IR/LowbitAttributes.cpp.inc"

namespace {
/// No op has a region or control flow of its own, so all can be inlined.
struct LowbitInlinerInterface : DialectInlinerInterface {
  using DialectInlinerInterface::DialectInlinerInterface;

  bool isLegalToInline(Operation *, Region *, bool, IRMapping &) const final {
    return true;
  }
};
} // namespace

void LowbitDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "lowbit/Dialect/IR/LowbitTypes.cpp.inc"
      >();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "lowbit/Dialect/IR/LowbitAttributes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "lowbit/Dialect/IR/LowbitOps.cpp.inc"
      >();
  addInterfaces<LowbitInlinerInterface>();
}

Operation *LowbitDialect::materializeConstant(OpBuilder &builder,
                                              Attribute value, Type type,
                                              Location location) {
  return arith::ConstantOp::materialize(builder, value, type, location);
}

StringRef mlir::lowbit::getLayerName(Location location) {
  StringRef name;
  location->walk([&](Location nested) {
    auto nameLocation = dyn_cast<NameLoc>(nested);
    if (!nameLocation)
      return WalkResult::advance();
    name = nameLocation.getName();
    return WalkResult::interrupt();
  });
  return name;
}
