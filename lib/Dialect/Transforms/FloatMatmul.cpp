//===- FloatMatmul.cpp - Recognize layers that may be quantized -----------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MatrixConstants.h"
#include "QuantizedOperands.h"
#include "lowbit/Dialect/IR/ConstantData.h"
#include "lowbit/Dialect/Transforms/Quantize.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::lowbit;

bool FloatMatmul::hasCodes() const {
  return weights.getDefiningOp<DequantizeOp>();
}

SmallVector<int64_t> FloatMatmul::getOutputDims() const {
  if (!windows)
    return {1};
  return llvm::to_vector(ArrayRef(windows->resultOrder).drop_front(3));
}

std::pair<int64_t, int64_t> FloatMatmul::getWeightShape() const {
  if (windows)
    return {windows->outputs, windows->getDepth()};
  auto type = cast<RankedTensorType>(weights.getType());
  int64_t rows = type.getDimSize(0), columns = type.getDimSize(1);
  return transposed ? std::pair(columns, rows) : std::pair(rows, columns);
}

std::optional<ArrayRef<float>>
FloatMatmul::getWeightValues(SmallVector<float> &storage) const {
  auto values = getConstantFloats(weights, storage);
  if (!values || (!windows && !transposed))
    return values;
  auto [n, k] = getWeightShape();
  storage = windows
                ? permute(*values,
                          cast<RankedTensorType>(weights.getType()).getShape(),
                          windows->kernelOrder)
                : transposeMatrix(*values, k, n);
  return storage;
}

bool FloatMatmul::isLayer(Operation *op) {
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  return linalgOp &&
         (linalg::isaContractionOpInterface(linalgOp) ||
          FloatWindows::isConvolution(linalgOp)) &&
         llvm::all_of(op->getOperandTypes(), [](Type type) {
           auto tensorType = dyn_cast<RankedTensorType>(type);
           return tensorType && isa<FloatType>(tensorType.getElementType());
         });
}

/// `value` behind transposes, and whether there is an odd number of them.
static std::pair<Value, bool> lookThroughTransposes(Value value) {
  bool transposed = false;
  while (auto transpose = value.getDefiningOp<linalg::TransposeOp>()) {
    transposed ^= transpose.getPermutation() == ArrayRef<int64_t>{1, 0};
    value = transpose.getInput();
  }
  return {value, transposed};
}

/// Why `weights` cannot be the weights of a matmul on codes, or an empty
/// string.
static std::string checkWeights(Value weights) {
  auto dequantize = weights.getDefiningOp<DequantizeOp>();
  if (!dequantize)
    return matchPattern(weights, m_Constant())
               ? ""
               : "expected constant weights, but got values of run time";
  if (!lookThroughLookup(dequantize.getInput()).getDefiningOp<ConstantOp>())
    return "expected constant weights, but got codes of run time";
  auto code =
      cast<CodeTypeInterface>(dequantize.getInput().getType().getElementType());
  if (code.getBits() > 8)
    return "expected weight codes of at most 8 bits, but got " +
           std::to_string(code.getBits());
  return "";
}

static FailureOr<FloatMatmul> matchConvolution(linalg::LinalgOp op,
                                               std::string &reason) {
  Value images, weights;
  auto windows = FloatWindows::match(op, images, weights, reason);
  if (failed(windows))
    return failure();
  reason = checkWeights(weights);
  auto dequantize = weights.getDefiningOp<DequantizeOp>();
  if (reason.empty() && dequantize)
    reason = checkKernel(dequantize, windows->kernelOrder,
                         windows->resultOrder.size() - 3);
  if (!reason.empty())
    return failure();
  return FloatMatmul{images, weights, /*transposed=*/false,
                     op.getDpsInitOperand(0)->get(), windows};
}

FailureOr<FloatMatmul>
FloatMatmul::match(linalg::LinalgOp op, std::string &reason, bool allowsBF16) {
  bool isConvolution = FloatWindows::isConvolution(op);
  for (OpOperand &operand : op->getOpOperands()) {
    Type element = getElementTypeOrSelf(operand.get());
    bool isFactor = op.isDpsInput(&operand) && !isConvolution;
    if (element.isF32() || (allowsBF16 && isFactor && element.isBF16()))
      continue;
    llvm::raw_string_ostream(reason) << "expected f32, but got " << element;
    return failure();
  }
  if (isConvolution)
    return matchConvolution(op, reason);
  auto dims = linalg::inferContractionDims(op);
  bool isMatmul = succeeded(dims) && op.getNumLoops() == 3 &&
                  dims->m.size() == 1 && dims->n.size() == 1 &&
                  dims->k.size() == 1;
  if (!isMatmul) {
    reason = "expected a product of two matrices";
    return failure();
  }
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  auto isMap = [&](unsigned index, unsigned row, unsigned column) {
    return maps[index] == AffineMap::getMultiDimMapWithTargets(3, {row, column},
                                                               op.getContext());
  };
  unsigned m = dims->m.front(), n = dims->n.front(), k = dims->k.front();
  if (!isMap(0, m, k) || !isMap(2, m, n)) {
    reason = "expected activations M x K and a result M x N, but got a "
             "transpose of them";
    return failure();
  }
  auto [weights, transposed] =
      lookThroughTransposes(op.getDpsInputOperand(1)->get());
  reason = checkWeights(weights);
  if (!reason.empty())
    return failure();
  Value activations = op.getDpsInputOperand(0)->get();
  if (cast<RankedTensorType>(activations.getType()).isDynamicDim(1)) {
    reason = "expected activations with a static K, but got a dynamic one";
    return failure();
  }
  return FloatMatmul{activations, weights, transposed != isMap(1, k, n),
                     op.getDpsInitOperand(0)->get()};
}
