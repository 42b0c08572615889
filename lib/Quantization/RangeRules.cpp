//===- RangeRules.cpp - Ranges worth quantizing ---------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/RangeRules.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace mlir::lowbit;

static constexpr int64_t kHalf = Histogram::kHalf;

/// The bounds with zero inside, or the same magnitude on both sides.
static RealRange getWidest(const RangeProblem &problem) {
  float low = std::min(problem.bounds.min, 0.0f);
  float high = std::max(problem.bounds.max, 0.0f);
  if (!problem.isSymmetric)
    return {low, high};
  float largest = std::max(-low, high);
  return {-largest, largest};
}

/// `range` without what lies outside of the widest one.
static RealRange clamp(RealRange range, const RangeProblem &problem) {
  RealRange widest = getWidest(problem);
  return {std::max(range.min, widest.min), std::min(range.max, widest.max)};
}

/// Calls `visit` with each range that is tried, the widest first.
static void forEachRange(const RangeProblem &problem,
                         const std::function<void(RealRange)> &visit) {
  RealRange widest = getWidest(problem);
  bool isSingle =
      problem.isSymmetric || widest.min == 0.0f || widest.max == 0.0f;
  int n = isSingle ? 512 : 64;
  auto scaled = [&](float end, int i) {
    return static_cast<float>(double(end) * i / n);
  };
  for (int i = n; i != 0; --i)
    for (int j = isSingle ? i : n; j != 0; --j) {
      visit({scaled(widest.min, i), scaled(widest.max, j)});
      if (isSingle)
        break;
    }
}

//===----------------------------------------------------------------------===//
// percentile
//===----------------------------------------------------------------------===//

RealRange mlir::lowbit::findPercentileRange(const RangeProblem &problem,
                                            double percent) {
  const Histogram &histogram = problem.histogram;
  double outside = (1.0 - percent / 100.0) * double(histogram.getTotal());
  // How many bins `count` (-1, -2, ..) from an end inwards may go.
  auto countBins = [&](auto count, double limit, int64_t most) {
    int64_t bins = 0, values = 0;
    while (bins < most && double(values + count(bins)) <= limit)
      values += count(bins++);
    return bins;
  };
  auto low = [&](int64_t i) { return histogram.getCount(i - kHalf); };
  auto high = [&](int64_t i) { return histogram.getCount(kHalf - 1 - i); };
  auto both = [&](int64_t i) { return low(i) + high(i); };
  int64_t fromLow, fromHigh;
  if (problem.isSymmetric) {
    fromLow = fromHigh = countBins(both, outside, kHalf - 1);
  } else {
    fromLow = countBins(low, outside / 2, kHalf);
    fromHigh = countBins(high, outside / 2, kHalf);
  }
  double width = histogram.getWidth();
  auto edge = [&](int64_t i) { return static_cast<float>(double(i) * width); };
  return clamp({edge(fromLow - kHalf), edge(kHalf - fromHigh)}, problem);
}

//===----------------------------------------------------------------------===//
// mse
//===----------------------------------------------------------------------===//

double mlir::lowbit::computeSquaredError(const RangeProblem &problem,
                                         const RoundTrip &roundTrip,
                                         double limit) {
  double width = problem.histogram.getWidth(), sum = 0.0;
  double low = problem.bounds.min, high = problem.bounds.max;
  for (int64_t i = -kHalf; i < kHalf && sum <= limit; ++i) {
    int64_t count = problem.histogram.getCount(i);
    if (count == 0)
      continue;
    double x = std::min(std::max((double(i) + 0.5) * width, low), high);
    double error = x - roundTrip(x);
    sum += double(count) * error * error;
  }
  return sum;
}

RealRange mlir::lowbit::findMseRange(
    const RangeProblem &problem,
    const std::function<RoundTrip(RealRange)> &roundTripFor) {
  RealRange best = getWidest(problem);
  double least = std::numeric_limits<double>::infinity();
  forEachRange(problem, [&](RealRange range) {
    double error = computeSquaredError(problem, roundTripFor(range), least);
    if (error >= least)
      return;
    least = error;
    best = range;
  });
  return best;
}

//===----------------------------------------------------------------------===//
// kl
//===----------------------------------------------------------------------===//

namespace {
/// The divergence of many ranges of one histogram.
class Divergence {
public:
  explicit Divergence(const Histogram &histogram)
      : histogram(histogram), below(Histogram::kBins + 1, 0) {
    for (size_t i = 0; i < Histogram::kBins; ++i)
      below[i + 1] = below[i] + histogram.getCounts()[i];
  }

  double compute(int64_t first, int64_t last, int64_t levels) const;

private:
  /// The values below bin `i`.
  int64_t countBelow(int64_t i) const {
    return below[static_cast<size_t>(i + kHalf)];
  }

  const Histogram &histogram;
  std::vector<int64_t> below;
};
} // namespace

double Divergence::compute(int64_t first, int64_t last, int64_t levels) const {
  int64_t bins = last - first + 1;
  int64_t under = countBelow(first), total = countBelow(kHalf);
  int64_t inside = countBelow(last + 1) - under;
  int64_t over = total - under - inside;
  auto clipped = [&](int64_t i) {
    return histogram.getCount(i) + (i == first ? under : 0) +
           (i == last ? over : 0);
  };
  double sum = 0.0;
  for (int64_t level = 0; level < levels; ++level) {
    // The first bin of the run, where floor(i * levels / bins) is `level`.
    int64_t begin = first + (level * bins + levels - 1) / levels;
    int64_t end = first + ((level + 1) * bins + levels - 1) / levels;
    if (begin == end)
      continue;
    int64_t members = 0;
    for (int64_t i = begin; i < end; ++i)
      members += clipped(i) != 0;
    if (members == 0)
      continue;
    int64_t counts = countBelow(end) - countBelow(begin);
    if (counts == 0)
      return std::numeric_limits<double>::infinity();
    // p / q, but for the count of the bin.
    double ratio =
        double(inside) * double(members) / (double(total) * double(counts));
    for (int64_t i = begin; i < end; ++i)
      if (double p = double(clipped(i)); p != 0.0)
        sum += p * std::log(p * ratio);
  }
  return sum / double(total);
}

double mlir::lowbit::computeDivergence(const Histogram &histogram,
                                       int64_t first, int64_t last,
                                       int64_t levels) {
  return Divergence(histogram).compute(first, last, levels);
}

/// The histogram without what is too much in the bin of zero.
static Histogram cutZeros(const Histogram &histogram) {
  std::vector<int64_t> counts = histogram.getCounts();
  int64_t neighbour = std::max(histogram.getCount(-1), histogram.getCount(1));
  int64_t &zeros = counts[static_cast<size_t>(kHalf)];
  if (neighbour != 0)
    zeros = std::min(zeros, neighbour);
  return Histogram(std::move(counts), histogram.getExponent());
}

RealRange mlir::lowbit::findKlRange(const RangeProblem &problem,
                                    int64_t levels) {
  Histogram histogram = cutZeros(problem.histogram);
  double width = histogram.getWidth();
  Divergence divergence(histogram);
  RealRange best = getWidest(problem);
  double least = std::numeric_limits<double>::infinity();
  forEachRange(problem, [&](RealRange range) {
    auto first = static_cast<int64_t>(std::floor(range.min / width));
    auto last = static_cast<int64_t>(std::ceil(range.max / width)) - 1;
    if (last - first + 1 < levels)
      return;
    first = std::max(first, -kHalf);
    last = std::min(last, kHalf - 1);
    double current = divergence.compute(first, last, levels);
    if (current >= least)
      return;
    least = current;
    best = clamp({static_cast<float>(double(first) * width),
                  static_cast<float>(double(last + 1) * width)},
                 problem);
  });
  return best;
}
