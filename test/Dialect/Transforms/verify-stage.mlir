// RUN: not lowbit-opt %s --lowbit-verify-stage 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not lowbit-opt %s --lowbit-verify-stage="stage=calibrated" 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// RUN: lowbit-opt %s --lowbit-verify-stage="stage=imported" --lowbit-verify-stage="stage=quantized" --lowbit-verify-stage="stage=integer" --lowbit-verify-stage="stage=packed" --lowbit-verify-stage="stage=llvm"

// NONE: error: unknown stage '': expected one of imported, integer, llvm, packed, quantized
// UNKNOWN: error: unknown stage 'calibrated': expected one of imported, integer, llvm, packed, quantized

module {}
