//===- WeightQuantizer.cpp - Codes and scales of a weight -----------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/WeightQuantizer.h"

#include "EncodingText.h"
#include "WeightPasses.h"

#include <cstring>

using namespace mlir::lowbit;

static WeightView makeView(const float *w, int64_t n, int64_t k,
                           GroupShape group) {
  WeightView view;
  view.data = w;
  view.rows = n;
  view.cols = k;
  view.groupRows = std::max<int64_t>(group.rows == 0 ? n : group.rows, 1);
  view.groupCols = std::max<int64_t>(group.cols == 0 ? k : group.cols, 1);
  view.scaleRows = countGroups(n, group.rows);
  view.scaleCols = countGroups(k, group.cols);
  return view;
}

/// The position of the first NaN or infinity, or `count`. Blocks are tested by
/// their exponent bits, which vectorizes.
static int64_t findNonFinite(const float *w, int64_t count) {
  constexpr int64_t blockSize = 1024;
  for (int64_t first = 0; first < count; first += blockSize) {
    int64_t end = std::min(first + blockSize, count);
    int32_t largest = 0;
    for (int64_t i = first; i < end; ++i) {
      int32_t bits;
      std::memcpy(&bits, w + i, sizeof(bits));
      largest = std::max(largest, bits & 0x7F800000);
    }
    if (largest != 0x7F800000)
      continue;
    for (int64_t i = first; i < end; ++i)
      if (!std::isfinite(w[i]))
        return i;
  }
  return count;
}

std::string mlir::lowbit::getGroupText(const WeightView &view, int64_t group) {
  return " in row " + std::to_string(group / view.scaleCols * view.groupRows) +
         ", group " + std::to_string(group % view.scaleCols);
}

std::optional<WeightView>
mlir::lowbit::viewWeights(const float *w, int64_t n, int64_t k,
                          const WeightEncoding &encoding, std::string &error) {
  if (encoding.scheme == WeightScheme::F32) {
    error = "expected a quantized weight encoding, but got f32";
    return std::nullopt;
  }
  if (!encoding.verify(error))
    return std::nullopt;
  if (n < 0 || k < 0 ||
      (k != 0 && n > std::numeric_limits<int64_t>::max() / k)) {
    error = "expected extents of a weight, but got " + std::to_string(n) +
            " x " + std::to_string(k);
    return std::nullopt;
  }
  int64_t count = n * k;
  if (int64_t i = findNonFinite(w, count); i != count) {
    error = std::string("expected finite weights, but got ") +
            (std::isnan(w[i]) ? "NaN" : "infinity") + " at output " +
            std::to_string(i / k) + ", input " + std::to_string(i % k);
    return std::nullopt;
  }
  return makeView(w, n, k, encoding.group);
}

void QuantizedWeights::addRemark(const std::string &text) {
  if (!remark.empty())
    remark += "; ";
  remark += text;
}

/// The groups whose scale is `smallest`, of which some weight is not 0.
static int64_t countGroupsOfScale(const WeightView &view,
                                  const QuantizedWeights &weights,
                                  float smallest) {
  std::vector<bool> isFound(weights.scales.size());
  auto find = [&](int64_t offset, int64_t length, int64_t group) {
    if (weights.scales[group] == smallest && !isFound[group])
      isFound[group] =
          std::any_of(view.data + offset, view.data + offset + length,
                      [](float weight) { return weight != 0; });
  };
  forEachSegment(view, 0, view.rows, find);
  return std::count(isFound.begin(), isFound.end(), true);
}

std::optional<QuantizedWeights>
mlir::lowbit::quantizeWeights(const float *w, int64_t n, int64_t k,
                              const WeightEncoding &encoding,
                              std::string &error) {
  if (encoding.planes != 1) {
    error = "expected one plane, but got " + std::to_string(encoding.planes);
    return std::nullopt;
  }
  auto checked = viewWeights(w, n, k, encoding, error);
  if (!checked)
    return std::nullopt;
  const WeightView &view = *checked;
  QuantizedWeights result;
  result.codes.resize(static_cast<std::size_t>(view.getCount()));
  result.scaleRows = view.scaleRows;
  result.scaleCols = view.scaleCols;
  result.scales.assign(static_cast<std::size_t>(view.getNumGroups()), 1.0f);
  auto quantize = encoding.scheme == WeightScheme::Affine ? quantizeToAffine
                  : encoding.scheme == WeightScheme::Codebook
                      ? quantizeToCodebook
                      : quantizeToSigns;
  if (!quantize(view, encoding, result, error))
    return std::nullopt;
  float smallest = getSmallestScale(encoding.scaleType);
  if (int64_t count = countGroupsOfScale(view, result, smallest))
    result.addRemark(std::to_string(count) + " of " +
                     std::to_string(result.scales.size()) +
                     " scales are raised to " + printNumber(smallest) +
                     ", the smallest of their type");
  return result;
}

std::vector<float>
mlir::lowbit::dequantizeWeights(const QuantizedWeights &weights, int64_t n,
                                int64_t k, const WeightEncoding &encoding) {
  std::vector<float> values(weights.codes.size());
  WeightView view = makeView(nullptr, n, k, encoding.group);
  bool isUnsigned =
      encoding.scheme == WeightScheme::Codebook ||
      (encoding.scheme == WeightScheme::Affine && !encoding.isSigned);
  auto decode = [&](int64_t offset, int64_t length, int64_t group) {
    float scale = weights.scales[group];
    for (int64_t i = offset; i < offset + length; ++i) {
      int32_t code = weights.codes[i];
      if (isUnsigned)
        code &= 0xFF;
      if (!weights.table.empty())
        code = weights.table[code];
      if (!weights.floatZeroPoints.empty())
        values[i] =
            dequantizeValue(code, scale, weights.floatZeroPoints[group]);
      else
        values[i] = dequantizeValue(
            code, scale,
            weights.zeroPoints.empty() ? 0 : weights.zeroPoints[group]);
    }
  };
  forEachSegment(view, 0, n, decode);
  return values;
}
