//===- SignWeights.cpp - Ternary and binary codes of a weight -------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WeightPasses.h"

#include "EncodingText.h"

#include <vector>

using namespace mlir::lowbit;

namespace {
/// What the scale rules need to know about a group.
struct GroupSums {
  double all = 0.0;      ///< sum |w|
  double selected = 0.0; ///< sum |w| where the code is not 0
  int64_t numAll = 0;
  int64_t numSelected = 0;
};

/// Quantizes one weight to ternary or binary codes.
class SignQuantizer {
public:
  SignQuantizer(const WeightView &view, const WeightEncoding &encoding,
                QuantizedWeights &result, std::string &error)
      : view(view), encoding(encoding), result(result), error(error),
        sums(result.scales.size()), thresholds(result.scales.size()) {}

  bool run();

private:
  void chooseThreshold();
  bool runGroupRow(int64_t firstRow, int64_t endRow);
  bool chooseAbsmeanScales(int64_t firstRow, int64_t endRow);
  void chooseMseThresholds(int64_t firstRow, int64_t endRow);
  void encodeSegment(int64_t offset, int64_t length, int64_t group);
  void addSegment(int64_t offset, int64_t length, int64_t group);
  bool chooseScales(int64_t firstRow);
  bool round(double value, int64_t group);
  void addRemarks();

  const WeightView &view;
  const WeightEncoding &encoding;
  QuantizedWeights &result;
  std::string &error;
  std::vector<GroupSums> sums;
  /// One per group, where there is none for the whole tensor.
  std::vector<float> thresholds;
  bool isTernaryConstant = false;
};
} // namespace

/// Finds the threshold of the whole tensor.
void SignQuantizer::chooseThreshold() {
  const float *w = view.data;
  int64_t count = view.getCount();
  switch (encoding.method) {
  case WeightMethod::Sigma:
    result.threshold = computeSigmaThreshold(w, count, encoding.alpha);
    break;
  case WeightMethod::Threshold:
    result.threshold = encoding.threshold;
    break;
  case WeightMethod::Twn:
    result.threshold = computeTwnThreshold(w, count);
    break;
  case WeightMethod::Absmean:
  case WeightMethod::FixedPoint:
  case WeightMethod::Kl:
  case WeightMethod::Kmeans:
  case WeightMethod::Log:
  case WeightMethod::MinMax:
  case WeightMethod::Mse:
  case WeightMethod::Percentile:
  case WeightMethod::Range:
  case WeightMethod::Sign:
  case WeightMethod::Step:
  case WeightMethod::Stochastic:
    break;
  }
}

void SignQuantizer::encodeSegment(int64_t offset, int64_t length,
                                  int64_t group) {
  const float *w = view.data + offset;
  int8_t *codes = result.codes.data() + offset;
  if (encoding.scheme == WeightScheme::Ternary) {
    float threshold = result.threshold.value_or(thresholds[group]);
    for (int64_t i = 0; i < length; ++i)
      codes[i] = getTernaryCode(w[i], threshold);
    return;
  }
  if (encoding.method == WeightMethod::Stochastic) {
    for (int64_t i = 0; i < length; ++i)
      codes[i] = getStochasticSignCode(w[i], encoding.rounding.seed,
                                       static_cast<uint32_t>(offset + i));
    return;
  }
  if (encoding.method == WeightMethod::Step) {
    for (int64_t i = 0; i < length; ++i)
      codes[i] = getStepCode(w[i]);
    return;
  }
  for (int64_t i = 0; i < length; ++i)
    codes[i] = getSignCode(w[i]);
}

void SignQuantizer::addSegment(int64_t offset, int64_t length, int64_t group) {
  const float *w = view.data + offset;
  const int8_t *codes = result.codes.data() + offset;
  GroupSums &sum = sums[group];
  sum.numAll += length;
  for (int64_t i = 0; i < length; ++i)
    sum.numSelected += codes[i] != 0;
  if (encoding.scaleRule == ScaleRule::MeanAbs)
    sum.all += sumInLanes(length, [=](int64_t i) {
      return static_cast<double>(std::fabs(w[i]));
    });
  else
    // |w * code| is |w| or 0, without a branch.
    sum.selected += sumInLanes(length, [=](int64_t i) {
      float selected = w[i] * static_cast<float>(codes[i]);
      return static_cast<double>(std::fabs(selected));
    });
}

/// Stores a rounded scale.
bool SignQuantizer::round(double value, int64_t group) {
  if (roundScale(value, encoding.scaleType, result.scales[group], error))
    return true;
  error += getGroupText(view, group);
  return false;
}

/// Absmean knows its scale before its codes: mean |w| of the group. A code is
/// not 0 where |w / scale| > 1/2.
bool SignQuantizer::chooseAbsmeanScales(int64_t firstRow, int64_t endRow) {
  forEachSegment(view, firstRow, endRow,
                 [&](int64_t offset, int64_t length, int64_t group) {
                   const float *w = view.data + offset;
                   sums[group].numAll += length;
                   sums[group].all += sumInLanes(length, [=](int64_t i) {
                     return static_cast<double>(std::fabs(w[i]));
                   });
                 });
  int64_t first = firstRow / view.groupRows * view.scaleCols;
  for (int64_t group = first; group < first + view.scaleCols; ++group) {
    GroupSums sum = sums[group];
    sums[group] = GroupSums();
    if (sum.numAll != 0 &&
        !round(sum.all / static_cast<double>(sum.numAll), group))
      return false;
    thresholds[group] = 0.5f * result.scales[group];
  }
  return true;
}

void SignQuantizer::chooseMseThresholds(int64_t firstRow, int64_t endRow) {
  forEachGroup(view, firstRow, endRow,
               [&](const float *w, int64_t count, int64_t group) {
                 thresholds[group] = computeMseThreshold(w, count);
               });
}

bool SignQuantizer::chooseScales(int64_t firstRow) {
  int64_t first = firstRow / view.groupRows * view.scaleCols;
  for (int64_t group = first; group < first + view.scaleCols; ++group) {
    const GroupSums &sum = sums[group];
    result.scales[group] = 1.0f;
    if (sum.numSelected == 0 && encoding.scheme == WeightScheme::Ternary)
      continue;
    if (isTernaryConstant || encoding.scaleRule == ScaleRule::None)
      continue;
    double scale = 1.0;
    if (encoding.scaleRule == ScaleRule::MeanAbs) {
      if (sum.numAll == 0)
        continue;
      scale = sum.all / static_cast<double>(sum.numAll);
    } else {
      if (sum.numSelected == 0)
        continue;
      scale = sum.selected / static_cast<double>(sum.numSelected);
    }
    if (!round(scale, group))
      return false;
  }
  return true;
}

bool SignQuantizer::runGroupRow(int64_t firstRow, int64_t endRow) {
  if (encoding.method == WeightMethod::Absmean &&
      !chooseAbsmeanScales(firstRow, endRow))
    return false;
  if (encoding.method == WeightMethod::Mse)
    chooseMseThresholds(firstRow, endRow);
  forEachSegment(view, firstRow, endRow,
                 [&](int64_t offset, int64_t length, int64_t group) {
                   encodeSegment(offset, length, group);
                   addSegment(offset, length, group);
                 });
  return chooseScales(firstRow);
}

void SignQuantizer::addRemarks() {
  if (encoding.method == WeightMethod::Sigma &&
      !(encoding.alpha >= kUsualAlphaMin && encoding.alpha <= kUsualAlphaMax))
    result.addRemark("alpha " + printNumber(encoding.alpha) +
                     " lies outside the usual range 1 to 2");
  if (encoding.scheme != WeightScheme::Ternary || view.getCount() == 0)
    return;
  int64_t numSelected = 0;
  for (const GroupSums &sum : sums)
    numSelected += sum.numSelected;
  if (numSelected == 0)
    result.addRemark("all codes are 0");
  else if (isTernaryConstant)
    result.addRemark("constant weights take scale 1");
}

bool SignQuantizer::run() {
  isTernaryConstant = encoding.scheme == WeightScheme::Ternary &&
                      isConstant(view.data, view.getCount());
  chooseThreshold();
  bool ok = true;
  forEachGroupRow(view, [&](int64_t firstRow, int64_t endRow) {
    ok = ok && runGroupRow(firstRow, endRow);
  });
  if (ok)
    addRemarks();
  return ok;
}

bool mlir::lowbit::quantizeToSigns(const WeightView &view,
                                   const WeightEncoding &encoding,
                                   QuantizedWeights &result,
                                   std::string &error) {
  return SignQuantizer(view, encoding, result, error).run();
}
