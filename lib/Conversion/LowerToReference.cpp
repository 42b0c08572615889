//===- LowerToReference.cpp - Meaning -------------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CodeStorage.h"
#include "ReferenceBuilder.h"
#include "lowbit/Conversion/LowbitToReference.h"
#include "lowbit/Conversion/Passes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace mlir::lowbit {
#define GEN_PASS_DEF_LOWERTOREFERENCEPASS
#include "lowbit/Conversion/Passes.h.inc"
} // namespace mlir::lowbit

CodeTypeConverter::CodeTypeConverter() {
  addConversion([](Type type) { return type; });
  addConversion([](CodeTypeInterface type) { return type.getStorageType(); });
  addConversion([](RankedTensorType type) -> Type {
    auto code = dyn_cast<CodeTypeInterface>(type.getElementType());
    return code ? type.clone(code.getStorageType()) : type;
  });
}

namespace {

struct LowerToReferencePass
    : lowbit::impl::LowerToReferencePassBase<LowerToReferencePass> {
  using LowerToReferencePassBase::LowerToReferencePassBase;

  void runOnOperation() override {
    CodeTypeConverter converter;
    RewritePatternSet patterns(&getContext());
    populateLowbitToReferencePatterns(converter, patterns);

    ConversionTarget target(getContext());
    target.addIllegalDialect<LowbitDialect>();
    if (keepPacked)
      target.addLegalOp<PackActivationsOp, PackCodesOp, PackFloatsOp,
                        PackedFloatMatmulOp, PackedGatherOp, PackedMatmulOp,
                        PackedWeightOnlyMatmulOp, RequireEqualOp>();
    populateMoveCodesPatterns(converter, patterns, target);
    if (failed(applyPartialConversion(getOperation(), target,
                                      std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace

void mlir::lowbit::populateLowbitToReferencePatterns(
    const TypeConverter &converter, RewritePatternSet &patterns) {
  populateReferenceParamsPatterns(patterns);
  populateReferenceCodesPatterns(converter, patterns);
  populateReferenceConvolutionPatterns(converter, patterns);
  populateReferenceFloatPatterns(converter, patterns);
  populateReferenceGatherPatterns(converter, patterns);
  populateReferenceMatmulPatterns(converter, patterns);
  populateReferencePackPatterns(converter, patterns);
  populateReferencePackedMatmulPatterns(converter, patterns);
  populateReferenceRequantizePatterns(converter, patterns);
  populateReferenceWeightOnlyPatterns(converter, patterns);
}
