//===- LowbitDialect.h - The lowbit dialect ---------------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_IR_LOWBITDIALECT_H
#define LOWBIT_DIALECT_IR_LOWBITDIALECT_H

#include "lowbit/Dialect/IR/WindowAxis.h"
#include "lowbit/Quantization/PackedLayout.h"
#include "lowbit/Quantization/PackedRows.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/TilingInterface.h"

#include "lowbit/Dialect/IR/LowbitDialect.h.inc"
#include "lowbit/Dialect/IR/LowbitEnums.h.inc"
#include "lowbit/Dialect/IR/LowbitTypeInterfaces.h.inc"

#define GET_TYPEDEF_CLASSES
#include "lowbit/Dialect/IR/LowbitTypes.h.inc"

#define GET_ATTRDEF_CLASSES
#include "lowbit/Dialect/IR/LowbitAttributes.h.inc"

#include "lowbit/Dialect/IR/LowbitOpInterfaces.h.inc"

#define GET_OP_CLASSES
#include "lowbit/Dialect/IR/LowbitOps.h.inc"

namespace mlir::lowbit {

/// The name of the layer at `location`: the innermost NameLoc (an ONNX node's
/// name after import), or an empty string.
StringRef getLayerName(Location location);

} // namespace mlir::lowbit

#endif // LOWBIT_DIALECT_IR_LOWBITDIALECT_H
