//===- LoopCapture.h - What the body of a loop gets -------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CODEGEN_RUNTIME_LOOPCAPTURE_H
#define LOWBIT_LIB_CODEGEN_RUNTIME_LOOPCAPTURE_H

#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/IR/BuiltinTypes.h"

namespace mlir::lowbit {

/// `value` as what it is converted to or from.
Value castTo(OpBuilder &builder, Location loc, Type type, Value value);

/// How a captured value lies in the struct. Of a buffer whose elements lie side
/// by side that is where they are and what is not known of its shape, of
/// anything else the value itself.
class Capture {
public:
  Capture(Value value, const LLVMTypeConverter &converter);

  /// The types of its fields.
  void appendTypes(SmallVectorImpl<Type> &fields) const;
  /// The fields of the value.
  void appendFields(OpBuilder &builder, SmallVectorImpl<Value> &fields) const;
  /// The value, given its fields, which are taken from the front of `fields`.
  Value restore(OpBuilder &builder, ValueRange &fields) const;

private:
  Value value;
  const LLVMTypeConverter &converter;
  Location loc;
  MemRefType dense; ///< null: none
};

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_RUNTIME_LOOPCAPTURE_H
