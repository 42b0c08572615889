//===- FoldNormalization.cpp - Put batch normalization into weights -------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChannelValues.h"
#include "LayerBias.h"
#include "StaticRanges.h"
#include "lowbit/Dialect/IR/ConstantData.h"
#include "lowbit/Dialect/Transforms/Passes.h"
#include "lowbit/Dialect/Transforms/Quantize.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include <cmath>

namespace mlir::lowbit {
#define GEN_PASS_DEF_FOLDNORMALIZATIONPASS
#include "lowbit/Dialect/Transforms/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// What follows a layer and is `scale * y + offset` of its output.
struct Chain {
  SmallVector<Operation *> ops; ///< in order
  ChannelValue value;
  /// Where the last of `ops` are in the body of loops: these loops' operand.
  OpOperand *use = nullptr;
};

/// Folds what follows one layer into it.
class LayerFolder {
public:
  LayerFolder(RewriterBase &rewriter, linalg::LinalgOp layer,
              const FloatMatmul &matmul)
      : rewriter(rewriter), layer(layer), matmul(matmul),
        outputs(matmul.getOutputDims()) {}

  /// The reason why nothing is folded though something follows, or "".
  std::string run();
  /// The loops of which a part was folded, or null.
  Operation *getReader() const { return reader; }

private:
  Chain findChain();
  void follow(OpOperand &use, Chain &chain);
  Value scaleWeights(Value operand, ArrayRef<double> scale);
  void keepStatistics(const ChannelValue &value);
  void replace(const Chain &chain);

  RewriterBase &rewriter;
  linalg::LinalgOp layer;
  const FloatMatmul &matmul;
  SmallVector<int64_t> outputs;
  Operation *reader = nullptr;
};
} // namespace

static remark::RemarkOpts getRemarkOptions(StringRef layer) {
  return remark::RemarkOpts::name("fold-normalization")
      .category("lowbit")
      .function(layer);
}

static std::string describe(StringRef layer) {
  return layer.empty() ? "unnamed layer" : ("layer '" + layer + "'").str();
}

static int64_t getNumChannels(const FloatMatmul &matmul) {
  return matmul.getWeightShape().first;
}

/// Extends `chain` in the body of the loops that read its last tensor by `use`,
/// such as loops with a relu at their end.
void LayerFolder::follow(OpOperand &use, Chain &chain) {
  auto loops = dyn_cast<linalg::LinalgOp>(use.getOwner());
  if (!loops || !loops.isDpsInput(&use))
    return;
  ChannelEvaluator evaluator(layer->getResult(0), outputs.front(),
                             getNumChannels(matmul));
  Value element = loops.getMatchingBlockArgument(&use);
  while (element.hasOneUse()) {
    Operation *user = *element.getUsers().begin();
    auto value = user->getNumResults() == 1
                     ? evaluator.evaluateElement(loops, user->getResult(0))
                     : std::nullopt;
    if (!value || value->isConstant)
      return;
    element = user->getResult(0);
    chain.ops.push_back(user);
    chain.value = std::move(*value);
    chain.use = &use;
  }
}

/// The longest chain that nothing else reads a part of.
Chain LayerFolder::findChain() {
  Value root = layer->getResult(0), tensor = root;
  ChannelEvaluator evaluator(root, outputs.front(), getNumChannels(matmul));
  Chain chain;
  while (tensor.hasOneUse()) {
    Operation *user = *tensor.getUsers().begin();
    bool isAlike = user->getNumResults() == 1 &&
                   user->getResult(0).getType() == root.getType();
    auto value =
        isAlike ? evaluator.evaluate(user->getResult(0)) : std::nullopt;
    if (!value || value->isConstant) {
      if (isAlike)
        follow(*tensor.getUses().begin(), chain);
      return chain;
    }
    tensor = user->getResult(0);
    chain.ops.push_back(user);
    chain.value = std::move(*value);
  }
  return chain;
}

/// `operand` of the layer, maybe a transpose of its weights, with the weights
/// of each channel multiplied by `scale`.
Value LayerFolder::scaleWeights(Value operand, ArrayRef<double> scale) {
  if (operand != matmul.weights) {
    Operation *transpose = operand.getDefiningOp();
    IRMapping mapping;
    Value input = transpose->getOperand(0);
    mapping.map(input, scaleWeights(input, scale));
    return rewriter.clone(*transpose, mapping)->getResult(0);
  }
  auto type = cast<RankedTensorType>(operand.getType());
  int64_t dim = matmul.windows ? matmul.windows->kernelOrder.front()
                               : static_cast<int64_t>(matmul.transposed);
  int64_t inner = 1;
  for (int64_t extent : type.getShape().drop_front(dim + 1))
    inner *= extent;
  SmallVector<float> weights = *getConstantFloats(operand);
  for (auto [i, weight] : llvm::enumerate(weights))
    weight = static_cast<float>(
        scale[static_cast<int64_t>(i) / inner % type.getDimSize(dim)] * weight);
  StringRef name = getLayerName(layer.getLoc());
  auto attribute = DenseF32ResourceElementsAttr::get(
      type, ((name.empty() ? "weights" : name) + ".folded").str(),
      HeapAsmResourceBlob::allocateAndCopyWithAlign(
          ArrayRef(reinterpret_cast<const char *>(weights.data()),
                   weights.size() * sizeof(float)),
          /*align=*/64, /*dataIsMutable=*/false));
  return arith::ConstantOp::create(rewriter, operand.getLoc(),
                                   cast<TypedAttr>(Attribute(attribute)));
}

/// Puts the mean and the deviation of the outputs on the layer, if `value` is a
/// normalization.
void LayerFolder::keepStatistics(const ChannelValue &value) {
  if (!value.mean || !value.deviation)
    return;
  SmallVector<float> means, deviations;
  for (auto [scale, offset, mean, deviation] : llvm::zip_equal(
           value.scale, value.offset, *value.mean, *value.deviation)) {
    means.push_back(static_cast<float>(scale * mean + offset));
    deviations.push_back(static_cast<float>(std::abs(scale) * deviation));
  }
  layer->setDiscardableAttr(kOutputMean, rewriter.getDenseF32ArrayAttr(means));
  layer->setDiscardableAttr(kOutputDeviation,
                            rewriter.getDenseF32ArrayAttr(deviations));
}

/// Whether a scale is what a normalization is: another one for each channel, or
/// divided by a root.
static bool isNormalization(const Chain &chain) {
  return !chain.ops.empty() &&
         (chain.value.deviation || !llvm::all_equal(chain.value.scale));
}

/// Why `chain` cannot be folded into weights, or "".
static std::string checkFactors(const ChannelValue &value) {
  auto isFinite = [](double x) { return std::isfinite(static_cast<float>(x)); };
  bool areFinite = llvm::all_of(value.scale, isFinite) &&
                   llvm::all_of(value.offset, isFinite);
  return areFinite ? "" : "expected finite factors";
}

/// Gives the readers of `chain` the output of the layer instead.
void LayerFolder::replace(const Chain &chain) {
  Value last = chain.ops.back()->getResult(0), root = layer->getResult(0);
  if (chain.use) {
    auto loops = cast<linalg::LinalgOp>(chain.use->getOwner());
    rewriter.modifyOpInPlace(loops, [&] { chain.use->set(root); });
    root = loops.getMatchingBlockArgument(chain.use);
    reader = loops;
  }
  rewriter.replaceAllUsesWith(last, root);
  for (Operation *op : llvm::reverse(chain.ops))
    rewriter.eraseOp(op);
  if (!reader)
    return;
  Block &body = reader->getRegion(0).front();
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(body)))
    if (isOpTriviallyDead(&op))
      rewriter.eraseOp(&op);
}

std::string LayerFolder::run() {
  if (outputs.size() != 1 || matmul.hasCodes())
    return "";
  Chain chain = findChain();
  if (!isNormalization(chain))
    return "";
  const ChannelValue &value = chain.value;
  if (std::string reason = checkFactors(value); !reason.empty())
    return reason;
  auto bias = getConstantBias(matmul.init, outputs);
  if (!bias)
    return "expected a constant initial value";
  if (!getConstantFloats(matmul.weights))
    return "expected weights whose data has the size of its type";
  for (auto [sum, scale, offset] :
       llvm::zip_equal(*bias, value.scale, value.offset))
    sum = static_cast<float>(scale * sum + offset);

  rewriter.setInsertionPoint(layer);
  OpOperand &weights = *layer.getDpsInputOperand(1);
  Value scaled = scaleWeights(weights.get(), value.scale);
  Value init =
      createBias(rewriter, layer.getLoc(), matmul.init, outputs, *bias);
  rewriter.modifyOpInPlace(layer, [&] {
    weights.set(scaled);
    layer.getDpsInitOperand(0)->set(init);
    keepStatistics(value);
  });
  replace(chain);
  StringRef name = getLayerName(layer.getLoc());
  remark::passed(layer.getLoc(), getRemarkOptions(name))
      << describe(name) + ": its normalization is folded";
  return "";
}

namespace {
struct FoldNormalizationPass
    : lowbit::impl::FoldNormalizationPassBase<FoldNormalizationPass> {
  void runOnOperation() override {
    SmallVector<linalg::LinalgOp> layers;
    getOperation()->walk([&](linalg::LinalgOp op) {
      if (FloatMatmul::isLayer(op))
        layers.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    SmallVector<Operation *> readers;
    for (linalg::LinalgOp layer : layers) {
      std::string reason;
      auto matmul = FloatMatmul::match(layer, reason);
      if (failed(matmul))
        continue;
      LayerFolder folder(rewriter, layer, *matmul);
      reason = folder.run();
      if (Operation *reader = folder.getReader())
        readers.push_back(reader);
      StringRef name = getLayerName(layer.getLoc());
      if (!reason.empty())
        remark::missed(layer.getLoc(), getRemarkOptions(name))
            << describe(name) + ": its normalization is not folded: " + reason;
    }
    // What is left of a loop no longer reads the parameters.
    RewritePatternSet patterns(&getContext());
    linalg::populateEraseUnusedOperandsAndResultsPatterns(patterns);
    GreedyRewriteConfig config;
    config.setStrictness(GreedyRewriteStrictness::ExistingOps);
    (void)applyOpPatternsGreedily(readers, std::move(patterns), config);
  }
};
} // namespace
