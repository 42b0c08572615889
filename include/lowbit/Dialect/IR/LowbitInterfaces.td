//===- LowbitInterfaces.td - What all code types share ------*- tablegen -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_IR_LOWBITINTERFACES_TD
#define LOWBIT_DIALECT_IR_LOWBITINTERFACES_TD

include "mlir/IR/OpBase.td"

def CodeTypeInterface : TypeInterface<"CodeTypeInterface"> {
  let cppNamespace = "::mlir::lowbit";
  let description = [{
    The set of integers that an element of a quantized tensor may be. The codes
    are `lowest, lowest + step, ..., highest`. Passes ask this interface and
    never list types: a new encoding is a type that implements it.
  }];
  let methods = [
    InterfaceMethod<"Bits that tell the codes apart.",
      "int64_t", "getBits">,
    InterfaceMethod<"The smallest code.",
      "int64_t", "getLowestCode">,
    InterfaceMethod<"The largest code.",
      "int64_t", "getHighestCode">,
    InterfaceMethod<"The distance between neighbouring codes.",
      "int64_t", "getCodeStep", (ins), "", "return 1;">,
    InterfaceMethod<"Whether `real = scale * (code - zero_point)`; otherwise the "
                    "code is an index into a table.",
      "bool", "isUniform", (ins), "", "return true;">,
    InterfaceMethod<"Whether a zero point may shift the codes.",
      "bool", "allowsZeroPoint", (ins), "", "return false;">,
  ];
  let extraClassDeclaration = [{
    /// Whether any code is negative; decides how a storage integer is extended.
    bool isSigned() { return getLowestCode() < 0; }
    /// Whether `code` is one of the codes.
    bool isCode(int64_t code) {
      return code >= getLowestCode() && code <= getHighestCode() &&
             (code - getLowestCode()) % getCodeStep() == 0;
    }
    /// The bits that codes of -1, 0 and 1 are; none for others.
    ::mlir::lowbit::BitPlanes getBitPlanes();
    /// The signless integer type that holds one code: i8, or i16 beyond 8 bits.
    ::mlir::IntegerType getStorageType();
  }];
}

def PackedMatmulInterface : OpInterface<"PackedMatmulInterface"> {
  let cppNamespace = "::mlir::lowbit";
  let description = [{
    A product with packed weights, in destination style: `M x N` from the rows of
    its activations and the panels of its weights. Every operand but weights and
    init has a row per row of the activations, or one that stands for all.
  }];
  let methods = [
    InterfaceMethod<"How the weights are packed; null if they are reals.",
      "::mlir::lowbit::LayoutAttr", "getLayout">,
    InterfaceMethod<"Rows of the weights in a panel.",
      "int64_t", "getPanelRows", (ins), "",
      "return $_op.getLayout().getPacked().panelRows();">,
    InterfaceMethod<"A matrix with M rows.",
      "::mlir::Value", "getActivations">,
    InterfaceMethod<"Panels by bytes, or reals, of a panel.",
      "::mlir::OpOperand &", "getWeightsMutable">,
    InterfaceMethod<"`M x N`, which becomes the result.",
      "::mlir::OpOperand &", "getInitMutable">,
  ];
}

#endif // LOWBIT_DIALECT_IR_LOWBITINTERFACES_TD
