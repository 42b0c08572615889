//===- CodebookWeights.cpp - Codebook codes of a weight -------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WeightPasses.h"

#include "lowbit/Quantization/Codebook.h"

#include <cmath>

using namespace mlir::lowbit;

/// The scale that takes the magnitude `largest` > 0 to the largest level.
static double getScale(WeightMethod method, double largest, double level) {
  if (method == WeightMethod::Log)
    return std::exp2(std::nearbyint(std::log2(largest))) / level;
  return largest / level;
}

static bool chooseScales(const WeightView &view, const WeightEncoding &encoding,
                         double level, QuantizedWeights &result,
                         std::string &error) {
  bool ok = true;
  auto choose = [&](const float *w, int64_t count, int64_t group) {
    float largest = 0.0f;
    for (int64_t i = 0; i < count; ++i)
      largest = std::max(largest, std::fabs(w[i]));
    if (!ok || largest == 0.0f)
      return;
    ok = roundScale(getScale(encoding.method, largest, level),
                    encoding.scaleType, result.scales[group], error);
    if (!ok)
      error += getGroupText(view, group);
  };
  forEachGroupRow(view, [&](int64_t firstRow, int64_t endRow) {
    forEachGroup(view, firstRow, endRow, choose);
  });
  return ok;
}

static std::vector<int8_t> fitTable(const WeightView &view,
                                    const std::vector<float> &scales,
                                    int64_t size) {
  HalfLevels numbers;
  forEachSegment(view, 0, view.rows,
                 [&](int64_t offset, int64_t length, int64_t group) {
                   double scale = scales[group];
                   for (int64_t i = offset; i < offset + length; ++i)
                     numbers.add(view.data[i] / scale, scale * scale);
                 });
  return findBestTable(numbers, size);
}

bool mlir::lowbit::quantizeToCodebook(const WeightView &view,
                                      const WeightEncoding &encoding,
                                      QuantizedWeights &result,
                                      std::string &error) {
  bool isLog = encoding.method == WeightMethod::Log;
  if (isLog)
    result.table = getLogTable(encoding.bits);
  double level = isLog ? result.table.back() : kLargestLevel;
  if (!chooseScales(view, encoding, level, result, error))
    return false;
  if (!isLog)
    result.table = fitTable(view, result.scales, int64_t(1) << encoding.bits);
  CodeFinder finder(result.table);
  forEachSegment(
      view, 0, view.rows, [&](int64_t offset, int64_t length, int64_t group) {
        float scale = result.scales[group];
        for (int64_t i = offset; i < offset + length; ++i)
          result.codes[i] =
              static_cast<int8_t>(finder.getCode(view.data[i] / scale));
      });
  return true;
}
