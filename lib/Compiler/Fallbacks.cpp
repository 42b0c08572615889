//===- Fallbacks.cpp - Layers that do not get what was asked for ----------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fallbacks.h"
#include "mlir/IR/Remarks.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// Takes the remarks of `lowbit-quantize` on what it missed.
struct FallbackStreamer : remark::detail::MLIRRemarkStreamerBase {
  explicit FallbackStreamer(SmallVectorImpl<Fallback> &fallbacks)
      : fallbacks(fallbacks) {}

  void streamOptimizationRemark(const remark::detail::Remark &remark) override {
    if (remark.getRemarkName() != "quantize")
      return;
    std::string layer = remark.getFunction().str(), text;
    for (const remark::detail::Remark::Arg &part : remark.getArgs())
      text += part.val;
    StringRef reason(text);
    // The layer is named once.
    if (reason.consume_front("layer '" + layer + "'"))
      reason = reason.ltrim(": ");
    fallbacks.push_back({remark.getLocation(), layer, reason.str()});
  }

  SmallVectorImpl<Fallback> &fallbacks;
};
} // namespace

FallbackCollector::FallbackCollector(MLIRContext &context)
    : context(context), isListening(!context.getRemarkEngine()) {
  if (!isListening)
    return;
  remark::RemarkCategories categories;
  categories.missed = "lowbit";
  isListening = succeeded(remark::enableOptimizationRemarks(
      context, std::make_unique<FallbackStreamer>(fallbacks),
      std::make_unique<remark::RemarkEmittingPolicyAll>(), categories));
}

FallbackCollector::~FallbackCollector() {
  if (isListening)
    context.setRemarkEngine(nullptr);
}
