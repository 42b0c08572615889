//===- Lowbit.td - The whole dialect ------------------------*- tablegen -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_IR_LOWBIT_TD
#define LOWBIT_DIALECT_IR_LOWBIT_TD

include "lowbit/Dialect/IR/LowbitConvolutionOps.td"
include "lowbit/Dialect/IR/LowbitFloatOps.td"
include "lowbit/Dialect/IR/LowbitGatherOps.td"
include "lowbit/Dialect/IR/LowbitPackedOps.td"
include "lowbit/Dialect/IR/LowbitRescaleOps.td"
include "lowbit/Dialect/IR/LowbitWeightOnlyOps.td"

#endif // LOWBIT_DIALECT_IR_LOWBIT_TD
