//===- AffineWeights.cpp - Affine codes of a weight -----------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GroupParams.h"
#include "WeightPasses.h"

#include <vector>

using namespace mlir::lowbit;

namespace {
/// The inner loop of `quantizeValue` for finite weights and codes of at most 8
/// bits: with the quotient clamped first, rounding is a pair of additions.
struct SegmentQuantizer {
  const float *w;
  int8_t *codes;
  int64_t length;
  float scale;
  float inside;  ///< float zero point, added before rounding
  float outside; ///< integer zero point, added after it
  float lo, hi;

  template <typename RoundFn> void run(RoundFn round) const {
    for (int64_t i = 0; i < length; ++i) {
      float v = w[i] / scale + inside;
      // Beyond +-1024 every code saturates, whatever the zero point.
      v = std::min(std::max(v, -1024.0f), 1024.0f);
      float code = round(v, i) + outside;
      code = std::min(std::max(code, lo), hi);
      codes[i] = static_cast<int8_t>(static_cast<int32_t>(code));
    }
  }
};
} // namespace

static void quantizeSegment(const SegmentQuantizer &segment,
                            RoundingMode rounding, uint32_t key,
                            int64_t offset) {
  switch (rounding) {
  case RoundingMode::NearestEven:
    // 1.5 * 2^23: its neighbours are integers, so the sum is rounded to one.
    segment.run(
        [](float v, int64_t) { return (v + 12582912.0f) - 12582912.0f; });
    break;
  case RoundingMode::NearestAway:
    segment.run([](float v, int64_t) {
      float whole = static_cast<float>(static_cast<int32_t>(v));
      float rest = v - whole;
      return whole + (rest >= 0.5f ? 1.0f : rest <= -0.5f ? -1.0f : 0.0f);
    });
    break;
  case RoundingMode::Stochastic:
    segment.run([=](float v, int64_t i) {
      auto index = static_cast<uint32_t>(offset + i);
      float whole = static_cast<float>(static_cast<int32_t>(v));
      float below = whole > v ? whole - 1.0f : whole;
      return below + (getStochasticDraw(key, index) < v - below ? 1.0f : 0.0f);
    });
    break;
  }
}

namespace {
/// Quantizes one weight to affine codes.
class AffineQuantizer {
public:
  AffineQuantizer(const WeightView &view, const WeightEncoding &encoding,
                  QuantizedWeights &result, std::string &error)
      : view(view), encoding(encoding), spec(encoding.getAffineSpec()),
        key(getStochasticKey(encoding.rounding.seed)), result(result),
        error(error), params(result.scales.size()) {}

  bool run();

private:
  bool runGroupRow(int64_t firstRow, int64_t endRow);
  void encodeSegment(int64_t offset, int64_t length, const AffineParams &p);

  const WeightView &view;
  const WeightEncoding &encoding;
  const AffineSpec spec;
  const uint32_t key;
  QuantizedWeights &result;
  std::string &error;
  std::vector<AffineParams> params;
};
} // namespace

void AffineQuantizer::encodeSegment(int64_t offset, int64_t length,
                                    const AffineParams &p) {
  SegmentQuantizer segment;
  segment.w = view.data + offset;
  segment.codes = result.codes.data() + offset;
  segment.length = length;
  segment.scale = p.scale;
  segment.inside = p.floatZeroPoint;
  segment.outside = static_cast<float>(p.zeroPoint);
  segment.lo = static_cast<float>(spec.getLowestCode());
  segment.hi = static_cast<float>(spec.getHighestCode());
  quantizeSegment(segment, encoding.rounding.mode, key, offset);
}

bool AffineQuantizer::runGroupRow(int64_t firstRow, int64_t endRow) {
  bool ok = true;
  forEachGroup(view, firstRow, endRow,
               [&](const float *w, int64_t count, int64_t group) {
                 // A group without weights keeps scale 1.
                 if (!ok || count == 0)
                   return;
                 ok = chooseGroupParams(encoding, w, count, params[group],
                                        error);
                 if (!ok)
                   error += getGroupText(view, group);
               });
  if (!ok)
    return false;
  forEachSegment(view, firstRow, endRow,
                 [&](int64_t offset, int64_t length, int64_t group) {
                   encodeSegment(offset, length, params[group]);
                 });
  return true;
}

bool AffineQuantizer::run() {
  bool ok = true;
  forEachGroupRow(view, [&](int64_t firstRow, int64_t endRow) {
    ok = ok && runGroupRow(firstRow, endRow);
  });
  if (!ok)
    return false;
  if (spec.bits == 1 && spec.zeroPoint == ZeroPointKind::None)
    result.remark = "int1 without a zero point has the levels -2m and 0 for "
                    "weights in -m..m, so almost all become 0; "
                    "zero-point=float has both ends of the range";
  for (std::size_t group = 0; group < params.size(); ++group) {
    result.scales[group] = params[group].scale;
    if (spec.zeroPoint == ZeroPointKind::Integer)
      result.zeroPoints.push_back(params[group].zeroPoint);
    if (spec.zeroPoint == ZeroPointKind::Float)
      result.floatZeroPoints.push_back(params[group].floatZeroPoint);
  }
  return true;
}

bool mlir::lowbit::quantizeToAffine(const WeightView &view,
                                    const WeightEncoding &encoding,
                                    QuantizedWeights &result,
                                    std::string &error) {
  return AffineQuantizer(view, encoding, result, error).run();
}
