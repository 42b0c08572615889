//===- VerifyStage.cpp - Check what is true after a stage -----------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FloatGather.h"
#include "LayerRecords.h"
#include "lowbit/Dialect/Transforms/Passes.h"
#include "lowbit/Dialect/Transforms/Quantize.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/TypeSwitch.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_VERIFYSTAGEPASS
#include "lowbit/Dialect/Transforms/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// Emits an error and fails where `op` may not be there after the stage.
using Check = LogicalResult (*)(Operation *op);

/// Quantized models are imported as they are, with their weights as codes, and
/// integer ones with their layers.
static LogicalResult checkImported(Operation *op) {
  if (!isa_and_nonnull<LowbitDialect>(op->getDialect()) ||
      isa<ConstantOp, Conv2DOp, DequantizeOp, FromStorageOp, MatmulOp,
          ObserveOp, QuantizeOp, RequantizeOp, ToStorageOp>(op))
    return success();
  return op->emitError("expected no arithmetic on codes after the imported "
                       "stage, but got ")
         << op->getName();
}

/// Chosen weights are codes, where the layer is one that can have codes.
static LogicalResult checkQuantized(Operation *op) {
  if (!FloatMatmul::isLayer(op) && !FloatGather::isLayer(op))
    return success();
  FailureOr<LayerEncoding> encoding = LayerEncodings().get(op);
  if (failed(encoding))
    return failure();
  if (!encoding->weights || encoding->weights->scheme == WeightScheme::F32 ||
      !getFloatWeightShape(op))
    return success();
  return op->emitError("expected weights of encoding ")
         << encoding->weights->toString()
         << " after the quantized stage, but got float weights";
}

template <typename ProductOp>
static LogicalResult checkNoZeroPoints(ProductOp op) {
  if (op.getActivationZeroPoint())
    return op.emitError("expected no zero points after the integer stage, but "
                        "got an activation zero point");
  if (op.getWeightZeroPoint())
    return op.emitError("expected no zero points after the integer stage, but "
                        "got a weight zero point");
  return success();
}

static LogicalResult checkInteger(Operation *op) {
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case<Conv2DOp, MatmulOp, ScaledConv2DOp, ScaledMatmulOp>(
          [](auto product) { return checkNoZeroPoints(product); })
      .Default([](Operation *other) { return checkQuantized(other); });
}

/// All codes are bytes: no value has a code type.
static LogicalResult checkPacked(Operation *op) {
  auto check = [&](TypeRange types) -> LogicalResult {
    for (Type type : types)
      if (isa<CodeTypeInterface>(getElementTypeOrSelf(type)))
        return op->emitError(
                   "expected no code types after the packed stage, but got ")
               << type;
    return success();
  };
  if (failed(check(op->getOperandTypes())) ||
      failed(check(op->getResultTypes())))
    return failure();
  for (Region &region : op->getRegions())
    for (Block &block : region)
      if (failed(check(block.getArgumentTypes())))
        return failure();
  return success();
}

static bool isLLVM(Operation *op) {
  return op->getName().getDialectNamespace() == "llvm" || isa<ModuleOp>(op);
}

/// A cast is there because of the op beside it.
static bool isCastForAnother(Operation *op) {
  auto isAnother = [](Operation *other) {
    return other && !isLLVM(other) && !isa<UnrealizedConversionCastOp>(other);
  };
  return isa<UnrealizedConversionCastOp>(op) &&
         (llvm::any_of(op->getUsers(), isAnother) ||
          llvm::any_of(op->getOperands(), [&](Value operand) {
            return isAnother(operand.getDefiningOp());
          }));
}

static LogicalResult checkLLVM(Operation *op) {
  if (isLLVM(op) || isCastForAnother(op))
    return success();
  return op->emitError(
             "expected the llvm dialect alone after the llvm stage, but got ")
         << op->getName();
}

static constexpr std::pair<const char *, Check> checks[] = {
    {"imported", checkImported},
    {"integer", checkInteger},
    {"llvm", checkLLVM},
    {"packed", checkPacked},
    {"quantized", checkQuantized}};

namespace {
struct VerifyStagePass : lowbit::impl::VerifyStagePassBase<VerifyStagePass> {
  using VerifyStagePassBase::VerifyStagePassBase;

  void runOnOperation() override {
    const auto *entry = llvm::find_if(
        checks, [&](const auto &check) { return check.first == stage; });
    if (entry == std::end(checks)) {
      InFlightDiagnostic error = getOperation()->emitError("unknown stage '")
                                 << stage << "': expected one of ";
      llvm::interleaveComma(llvm::make_first_range(checks), error);
      return signalPassFailure();
    }
    WalkResult result = getOperation()->walk(
        [&](Operation *op) { return WalkResult(entry->second(op)); });
    if (result.wasInterrupted())
      signalPassFailure();
    markAllAnalysesPreserved();
  }
};
} // namespace
