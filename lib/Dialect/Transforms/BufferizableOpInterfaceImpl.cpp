//===- BufferizableOpInterfaceImpl.cpp - Packed ops on buffers ------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Transforms/BufferizableOpInterfaceImpl.h"
#include "lowbit/Dialect/IR/LowbitDialect.h"
#include "mlir/Dialect/Bufferization/IR/DstBufferizableOpInterfaceImpl.h"

using namespace mlir;
using namespace mlir::bufferization;
using namespace mlir::lowbit;

namespace {
/// A destination-style op whose inits become its results' buffers.
template <typename Op>
struct PackedOpInterface
    : DstBufferizableOpInterfaceExternalModel<PackedOpInterface<Op>, Op> {
  bool bufferizesToMemoryRead(Operation *op, OpOperand &operand,
                              const AnalysisState &) const {
    if (!cast<DestinationStyleOpInterface>(op).isDpsInit(&operand))
      return true;
    // Matmuls in i32, and of reals, add to their init; all else overwrites.
    if (isa<PackedFloatMatmulOp>(op))
      return true;
    auto matmul = dyn_cast<PackedMatmulOp>(op);
    return matmul && !matmul.getLayout().getScale();
  }

  LogicalResult bufferize(Operation *op, RewriterBase &rewriter,
                          const BufferizationOptions &options,
                          BufferizationState &state) const {
    SmallVector<Value> operands;
    for (Value operand : op->getOperands()) {
      FailureOr<Value> buffer = getBuffer(rewriter, operand, options, state);
      if (failed(buffer))
        return failure();
      operands.push_back(*buffer);
    }
    rewriter.setInsertionPoint(op);
    OperationState onBuffers(op->getLoc(), op->getName());
    onBuffers.addOperands(operands);
    onBuffers.propertiesAttr = op->getPropertiesAsAttribute();
    rewriter.create(onBuffers);
    SmallVector<Value> results;
    for (OpOperand &init :
         cast<DestinationStyleOpInterface>(op).getDpsInitsMutable())
      results.push_back(operands[init.getOperandNumber()]);
    replaceOpWithBufferizedValues(rewriter, op, results);
    return success();
  }
};
} // namespace

void mlir::lowbit::registerBufferizableOpInterfaceModels(
    DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, LowbitDialect *) {
    PackActivationsOp::attachInterface<PackedOpInterface<PackActivationsOp>>(
        *context);
    PackCodesOp::attachInterface<PackedOpInterface<PackCodesOp>>(*context);
    PackFloatsOp::attachInterface<PackedOpInterface<PackFloatsOp>>(*context);
    PackedFloatMatmulOp::attachInterface<
        PackedOpInterface<PackedFloatMatmulOp>>(*context);
    PackedGatherOp::attachInterface<PackedOpInterface<PackedGatherOp>>(
        *context);
    PackedMatmulOp::attachInterface<PackedOpInterface<PackedMatmulOp>>(
        *context);
    PackedWeightOnlyMatmulOp::attachInterface<
        PackedOpInterface<PackedWeightOnlyMatmulOp>>(*context);
  });
}
