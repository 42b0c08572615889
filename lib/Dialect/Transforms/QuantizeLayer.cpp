//===- QuantizeLayer.cpp - Quantize one layer -----------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerBias.h"
#include "LayerReport.h"
#include "LayerWeights.h"
#include "QuantizedContraction.h"
#include "QuantizedConvolution.h"
#include "QuantizedProduct.h"
#include "StaticRanges.h"
#include "lowbit/Dialect/IR/ConstantData.h"
#include "lowbit/Dialect/Transforms/Quantize.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// One layer on its way from float to codes.
class LayerQuantizer : LayerReport {
public:
  LayerQuantizer(RewriterBase &rewriter, linalg::LinalgOp op,
                 const LayerEncoding &encoding, const QuantizeContext &context)
      : LayerReport(op, context.fallback), rewriter(rewriter), op(op),
        encoding(encoding), context(context), layer(getName()) {}

  LogicalResult run();

private:
  LogicalResult runAtRunTime(const Contraction &contraction);
  LogicalResult replaceBy(Value result, const QuantizedOperand &activations,
                          const QuantizedOperand &weights);
  FailureOr<SmallVector<QuantizedOperand>>
  getWeights(const FloatMatmul &matmul);
  /// Why the operands have no product, or an empty string.
  static std::string checkProduct(const FloatMatmul &matmul,
                                  const QuantizedOperand &activations,
                                  const QuantizedOperand &weights);
  /// The product in f32, to which the initial value is yet to be added.
  Value multiply(const FloatMatmul &matmul, const QuantizedOperand &activations,
                 const QuantizedOperand &weights);
  Value add(Value sum, Value other);
  Value addInit(const FloatMatmul &matmul, Value sum);
  StringAttr getLayerAttr() {
    return layer.empty() ? StringAttr() : rewriter.getStringAttr(layer);
  }
  FailureOr<QuantizedOperand> getActivations(Value input);
  FailureOr<QuantizedOperand> quantizeActivations(Value input);

  RewriterBase &rewriter;
  linalg::LinalgOp op;
  const LayerEncoding &encoding;
  const QuantizeContext &context;
  StringRef layer;
  /// What is to be added to each output; empty: nothing.
  SmallVector<float> biasCorrection;
};
} // namespace

/// The planes of the weights.
FailureOr<SmallVector<QuantizedOperand>>
LayerQuantizer::getWeights(const FloatMatmul &matmul) {
  Location location = op.getLoc();
  auto type = cast<RankedTensorType>(matmul.weights.getType());
  if (type.getNumElements() > kMaxConstantElements)
    return op.emitError("expected weights of at most ")
           << kMaxConstantElements << " elements, but got " << type;
  if (matmul.hasCodes()) {
    if (encoding.weights)
      emitRemark("weights stay the codes that they are, instead of " +
                 encoding.weights->toString());
    auto dequantize = matmul.weights.getDefiningOp<DequantizeOp>();
    if (matmul.windows)
      return SmallVector<QuantizedOperand>{
          takeKernel(rewriter, location, layer, dequantize,
                     matmul.windows->kernelOrder, matmul.windows->outputs)};
    return SmallVector<QuantizedOperand>{
        takeWeights(rewriter, location, layer, dequantize, matmul.transposed)};
  }
  auto [n, k] = matmul.getWeightShape();
  SmallVector<float> storage;
  auto values = matmul.getWeightValues(storage);
  if (!values)
    return op.emitError("expected weights whose data has the size of ") << type;
  auto quantized = quantizeLayerWeights(op, {*values, n, k, *encoding.weights},
                                        context.calibration);
  if (failed(quantized))
    return failure();
  biasCorrection = quantized->biasCorrection;
  SmallVector<QuantizedOperand> weights;
  for (const QuantizedWeights &plane : quantized->planes) {
    if (!plane.remark.empty())
      emitRemark(plane.remark);
    weights.push_back(createWeights(rewriter, location, layer, n, k,
                                    *encoding.weights, plane));
  }
  return weights;
}

FailureOr<QuantizedOperand> LayerQuantizer::getActivations(Value input) {
  if (encoding.activations.isFloat())
    return QuantizedOperand{input, {}, {}, {}};
  if (auto dequantize = input.getDefiningOp<DequantizeOp>()) {
    std::string reason;
    auto codes = takeActivations(rewriter, op.getLoc(), dequantize, reason);
    if (succeeded(codes))
      return *codes;
    emitRemark("activations are quantized again: " + reason);
  }
  return quantizeActivations(input);
}

/// Takes the first range there is: that of the encoding, of calibration, of
/// clips before the layer.
FailureOr<QuantizedOperand> LayerQuantizer::quantizeActivations(Value input) {
  const ActivationEncoding &wanted = encoding.activations;
  if (wanted.time == ParameterTime::Running) {
    auto range = context.ranges.update(rewriter, op, input, wanted.momentum);
    if (failed(range))
      return failure();
    return createRunningActivations(rewriter, op.getLoc(), input, wanted,
                                    *range);
  }
  FailureOr<std::optional<RealRange>> calibrated = getCalibratedRange(op);
  if (failed(calibrated))
    return failure();
  std::optional<RealRange> range = wanted.range ? wanted.range : *calibrated;
  bool isStatic = wanted.time == ParameterTime::Static;
  if (!range && isStatic)
    range = getClippedRange(input);
  if (range && !wanted.isAtRunTime())
    return createStaticActivations(rewriter, op.getLoc(), input, wanted,
                                   *range);
  if (!isStatic)
    return createDynamicActivations(rewriter, op.getLoc(), input, wanted);

  std::string reason =
      "expected a range of activations " + wanted.toString() + ", but got none";
  if (!context.fallback)
    return op.emitError() << reason;
  remark::missed(op.getLoc(), getRemarkOptions())
      << describe() + ": " + reason +
             ": their parameters are chosen at run time";
  return createDynamicActivations(rewriter, op.getLoc(), input, wanted);
}

/// Whether `init` is zero everywhere, so that nothing needs to be added.
static bool isZeroFilled(Value init) {
  if (auto fill = init.getDefiningOp<linalg::FillOp>())
    init = fill.value();
  return matchPattern(init, m_AnyZeroFloat());
}

/// Erases the ops that nothing needs any more, from `values` backwards.
static void eraseDeadProducers(RewriterBase &rewriter,
                               SmallVector<Value> values) {
  while (!values.empty()) {
    Operation *producer = values.pop_back_val().getDefiningOp();
    if (!producer || !isOpTriviallyDead(producer))
      continue;
    // One that is needed twice is looked at again with its last use.
    llvm::erase_if(
        values, [&](Value value) { return value.getDefiningOp() == producer; });
    llvm::append_range(values, producer->getOperands());
    rewriter.eraseOp(producer);
  }
}

/// The largest |code - zero point| of `operand`.
static int64_t getLargestValue(const QuantizedOperand &operand) {
  auto code = cast<CodeTypeInterface>(getElementTypeOrSelf(operand.codes));
  int64_t lowest = code.getLowestCode(), highest = code.getHighestCode();
  bool isShifted =
      operand.zeroPoint && getElementTypeOrSelf(operand.zeroPoint).isInteger();
  return isShifted ? highest - lowest
                   : std::max(std::abs(lowest), std::abs(highest));
}

/// The longest sum of products of `activations` and `weights` that i32 holds.
static int64_t getLongestSum(const QuantizedOperand &activations,
                             const QuantizedOperand &weights) {
  return std::numeric_limits<int32_t>::max() /
         (getLargestValue(activations) * getLargestValue(weights));
}

/// Why i32 does not hold the sums of products, or an empty string.
static std::string checkSums(const QuantizedOperand &activations,
                             const QuantizedOperand &weights) {
  if (!activations.hasCodes())
    return "";
  int64_t k = cast<ShapedType>(weights.codes.getType()).getDimSize(1);
  int64_t block = weights.blockSizes ? weights.blockSizes[1] : 0;
  int64_t sum = block == 0 ? k : std::min(k, block);
  int64_t longest = getLongestSum(activations, weights);
  if (sum <= longest)
    return "";
  return "expected sums of at most " + std::to_string(longest) +
         " products, which i32 holds, but got " + std::to_string(sum) +
         "; give a block";
}

std::string LayerQuantizer::checkProduct(const FloatMatmul &matmul,
                                         const QuantizedOperand &activations,
                                         const QuantizedOperand &weights) {
  std::string reason = checkSums(activations, weights);
  if (!reason.empty() || !matmul.windows)
    return reason;
  return checkConvolution(*matmul.windows, activations, weights);
}

Value LayerQuantizer::multiply(const FloatMatmul &matmul,
                               const QuantizedOperand &activations,
                               const QuantizedOperand &weights) {
  if (matmul.windows)
    return createConvolution(rewriter, op.getLoc(), *matmul.windows,
                             matmul.init, activations, weights, getLayerAttr());
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  return createProduct(rewriter, op.getLoc(), type, activations, weights,
                       getLayerAttr());
}

Value LayerQuantizer::add(Value sum, Value other) {
  Location location = op.getLoc();
  Value empty = tensor::EmptyOp::create(
      rewriter, location, tensor::getMixedSizes(rewriter, location, other),
      cast<ShapedType>(other.getType()).getElementType());
  return linalg::AddOp::create(rewriter, location, ValueRange{sum, other},
                               ValueRange{empty})
      .getResult(0);
}

/// Adds the initial value of the layer and what corrects its bias, together if
/// both are constants.
Value LayerQuantizer::addInit(const FloatMatmul &matmul, Value sum) {
  if (biasCorrection.empty())
    return isZeroFilled(matmul.init) ? sum : add(sum, matmul.init);
  SmallVector<int64_t> outputs = matmul.getOutputDims();
  auto bias = getConstantBias(matmul.init, outputs);
  if (!bias)
    sum = add(sum, matmul.init);
  else
    for (auto [value, correction] : llvm::zip_equal(*bias, biasCorrection))
      correction += value;
  return add(sum, createBias(rewriter, op.getLoc(), matmul.init, outputs,
                             biasCorrection));
}

LogicalResult LayerQuantizer::run() {
  if (encoding.weights && encoding.weights->scheme == WeightScheme::F32)
    return success();
  std::string reason;
  auto matmul =
      FloatMatmul::match(op, reason,
                         /*allowsBF16=*/encoding.activations.isFloat());
  bool isAsked = encoding.weights || encoding.fromAttribute;
  if (failed(matmul)) {
    std::string ignored;
    auto contraction = Contraction::match(op, ignored);
    if (encoding.isOwn && succeeded(contraction) &&
        !matchPattern(contraction->weights.value, m_Constant()))
      return runAtRunTime(*contraction);
    return isAsked ? keepFloat(reason) : success();
  }
  if (!matmul->hasCodes() && !encoding.weights)
    return isAsked ? keepFloat("expected a weight encoding, but got none")
                   : success();
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(op);
  auto planes = getWeights(*matmul);
  if (failed(planes))
    return failure();
  const QuantizedOperand *weights = planes->begin();
  auto activations = getActivations(matmul->activations);
  if (failed(activations))
    return failure();
  reason = checkProduct(*matmul, *activations, *weights);
  if (!reason.empty()) {
    planes->push_back(*activations);
    SmallVector<Value> unused;
    for (const QuantizedOperand &operand : *planes)
      for (Value value : {operand.codes, operand.scale, operand.zeroPoint})
        if (value)
          unused.push_back(value);
    eraseDeadProducers(rewriter, std::move(unused));
    return keepFloat(reason);
  }
  Value result = multiply(*matmul, *activations, *weights);
  for (const QuantizedOperand &plane : llvm::drop_begin(*planes))
    result = add(result, multiply(*matmul, *activations, plane));
  result = addInit(*matmul, result);
  return replaceBy(result, *activations, *weights);
}

/// Replaces the layer, the product of `activations` and `weights`.
LogicalResult LayerQuantizer::replaceBy(Value result,
                                        const QuantizedOperand &activations,
                                        const QuantizedOperand &weights) {
  std::string types;
  llvm::raw_string_ostream(types)
      << describe() << ": " << getElementTypeOrSelf(activations.codes)
      << " activations by " << getElementTypeOrSelf(weights.codes)
      << " weights";
  remark::passed(op.getLoc(), getRemarkOptions()) << types;
  SmallVector<Value> operands(op->getOperands());
  rewriter.replaceOp(op, result);
  eraseDeadProducers(rewriter, std::move(operands));
  return success();
}

/// Quantizes both operands, the weights with a scale per row.
LogicalResult LayerQuantizer::runAtRunTime(const Contraction &contraction) {
  std::string reason;
  auto wanted = getRunTimeWeights(*encoding.weights, reason);
  if (failed(wanted))
    return keepFloat(reason);
  for (Value operand : op->getOperands())
    if (!getElementTypeOrSelf(operand).isF32())
      return keepFloat("expected f32 where weights are of run time");
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(op);
  Location location = op.getLoc();
  Value rows = toWeightRows(rewriter, location, contraction);
  if (cast<RankedTensorType>(rows.getType()).isDynamicDim(1)) {
    eraseDeadProducers(rewriter, {rows});
    return keepFloat("expected a static K, but got a dynamic one");
  }
  contraction.requireEqualExtents(rewriter, location);
  QuantizedOperand weights =
      createDynamicActivations(rewriter, location, rows, *wanted);
  auto activations =
      getActivations(toActivationRows(rewriter, location, contraction));
  if (failed(activations))
    return failure();
  reason = checkSums(*activations, weights);
  if (!reason.empty())
    return op.emitError() << reason;
  Value result = createContraction(rewriter, location, contraction,
                                   *activations, weights, getLayerAttr());
  Value init = op.getDpsInitOperand(0)->get();
  return replaceBy(isZeroFilled(init) ? result : add(result, init),
                   *activations, weights);
}

LogicalResult mlir::lowbit::quantizeLayer(RewriterBase &rewriter,
                                          linalg::LinalgOp op,
                                          const LayerEncoding &encoding,
                                          const QuantizeContext &context) {
  return LayerQuantizer(rewriter, op, encoding, context).run();
}
