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

static double getTimesLog(int64_t count) {
  return count == 0 ? 0.0 : double(count) * std::log(double(count));
}

namespace {
/// The divergence of many ranges of one histogram, by sums over the bins before
/// each one.
class Divergence {
public:
  explicit Divergence(const Histogram &histogram);

  double compute(int64_t first, int64_t last, int64_t levels) const;

private:
  /// The values, the bins that are not empty, and the sum of count *
  /// log(count).
  struct Sums {
    int64_t values = 0, bins = 0;
    double timesLog = 0.0;
  };

  const Sums &getBelow(int64_t bin) const {
    return below[static_cast<size_t>(bin + kHalf)];
  }

  const Histogram &histogram;
  std::vector<Sums> below;
};
} // namespace

Divergence::Divergence(const Histogram &histogram)
    : histogram(histogram), below(Histogram::kBins + 1) {
  for (size_t i = 0; i < Histogram::kBins; ++i) {
    int64_t count = histogram.getCounts()[i];
    below[i + 1] = {below[i].values + count, below[i].bins + (count != 0),
                    below[i].timesLog + getTimesLog(count)};
  }
}

/// With the values P of a run and those of them inside, Q, over as many bins:
///
///   D = (sum over bins of P log P + sum over runs of P log(ratio)) / total
///   ratio = inside * bins of the run / (total * Q)
double Divergence::compute(int64_t first, int64_t last, int64_t levels) const {
  const Sums &before = getBelow(first), &after = getBelow(last + 1);
  int64_t bins = last - first + 1;
  int64_t under = before.values, total = getBelow(kHalf).values;
  int64_t inside = after.values - under, over = total - after.values;
  double sum = after.timesLog - before.timesLog;
  // `clipped` values join the bin at an end.
  auto join = [&](int64_t bin, int64_t clipped) {
    int64_t count = histogram.getCount(bin);
    sum += getTimesLog(count + clipped) - getTimesLog(count);
    return static_cast<int64_t>(count == 0 && clipped != 0);
  };
  int64_t newFirst, newLast = 0;
  if (first == last) {
    newFirst = join(first, under + over);
  } else {
    newFirst = join(first, under);
    newLast = join(last, over);
  }
  int64_t begin = first;
  for (int64_t level = 0; level < levels; ++level) {
    // The next run starts where floor(i * levels / bins) is `level` + 1.
    int64_t end = first + ((level + 1) * bins + levels - 1) / levels;
    if (begin == end)
      continue;
    bool isFirst = begin == first, isLast = end == last + 1;
    const Sums &low = getBelow(begin), &high = getBelow(end);
    begin = end;
    int64_t members = high.bins - low.bins + (isFirst ? newFirst : 0) +
                      (isLast ? newLast : 0);
    if (members == 0)
      continue;
    int64_t counts = high.values - low.values;
    if (counts == 0)
      return std::numeric_limits<double>::infinity();
    int64_t clipped = counts + (isFirst ? under : 0) + (isLast ? over : 0);
    sum += double(clipped) * std::log(double(inside) * double(members) /
                                      (double(total) * double(counts)));
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

/// Divergences that differ by no more, in nats, differ by rounding.
static constexpr double kNoise = 1e-12;

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
    if (current >= least - kNoise)
      return;
    least = current;
    best = clamp({static_cast<float>(double(first) * width),
                  static_cast<float>(double(last + 1) * width)},
                 problem);
  });
  return best;
}
