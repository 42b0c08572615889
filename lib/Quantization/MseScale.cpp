//===- MseScale.cpp - The scale of least squared error --------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/MseScale.h"
#include "NearestLevels.h"

#include <algorithm>
#include <cmath>
#include <queue>

using namespace mlir::lowbit;

namespace {
/// Integer zero points low..high, all at once: a weight may take the levels of
/// any of them.
struct ZeroPoints {
  int32_t low, high;

  int32_t count() const { return high - low + 1; }
};

/// E at one scale, and the parabola of the nearest levels.
struct Point {
  double scale;
  LevelSums sums;
  double error;
};

/// Scales between two points, and a lower bound of E there.
struct Interval {
  Point low, high;
  ZeroPoints zeroPoints;
  double bound;

  bool operator<(const Interval &other) const { return bound > other.bound; }
};

/// Finds the global minimum, the most promising interval first.
class MseSearch {
public:
  MseSearch(const float *w, int64_t count, int32_t lo, int32_t hi)
      : weights(w, count), lo(lo), hi(hi) {}

  MseScale run(ZeroPoints zeroPoints);

private:
  double getParabola(const LevelSums &sums, double scale) const;
  double getLowerBound(const Point &low, const Point &high) const;
  Point visit(double scale, ZeroPoints zeroPoints);
  void push(const Point &low, const Point &high, ZeroPoints zeroPoints);
  void split(const Interval &interval);
  bool isHopeless(double bound) const {
    return bound >= best.error * (1 - 1e-9) - weights.getSquares() * 1e-14;
  }

  const NearestLevels weights;
  const int32_t lo, hi;
  MseScale best;
  std::priority_queue<Interval> queue;
};
} // namespace

double MseSearch::getParabola(const LevelSums &sums, double scale) const {
  return std::max(weights.getSquares() - 2 * scale * sums.products +
                      scale * scale * sums.squares,
                  0.0);
}

/// The least value of the steeper one of both parabolas through E(a) and E(b).
double MseSearch::getLowerBound(const Point &low, const Point &high) const {
  double a = low.scale, b = high.scale, width = b - a;
  double gainOfLow = getParabola(low.sums, b) - high.error;
  double gainOfHigh = getParabola(high.sums, a) - low.error;
  double curvature = std::min(low.sums.squares - gainOfLow / (b * width),
                              high.sums.squares + gainOfHigh / (a * width));
  double sag = curvature * width * width, rise = high.error - low.error;
  if (sag <= std::fabs(rise))
    return std::min(low.error, high.error);
  double vertex = (1 - rise / sag) / 2;
  return low.error - sag * vertex * vertex;
}

/// The vertex of the parabola is a candidate: the scale A / B with the error
/// sum w^2 - A^2 / B.
Point MseSearch::visit(double scale, ZeroPoints zeroPoints) {
  LevelSums sums =
      weights.sum(scale, lo - zeroPoints.high, hi - zeroPoints.low);
  if (zeroPoints.count() == 1 && sums.products > 0.0) {
    double vertex = sums.products / sums.squares;
    double error = getParabola(sums, vertex);
    if (error < best.error)
      best = {vertex, zeroPoints.low, error};
  }
  return {scale, sums, getParabola(sums, scale)};
}

void MseSearch::push(const Point &low, const Point &high,
                     ZeroPoints zeroPoints) {
  double bound = getLowerBound(low, high);
  if (!isHopeless(bound))
    queue.push({low, high, zeroPoints, bound});
}

/// Halves the zero points where they are relatively more than the scales.
/// Fewer scales cost a visit less, hence the factor.
void MseSearch::split(const Interval &interval) {
  double a = interval.low.scale, b = interval.high.scale;
  ZeroPoints zeroPoints = interval.zeroPoints;
  if (zeroPoints.count() > 1 &&
      zeroPoints.count() * b > 4 * (b - a) * (hi - lo + 1)) {
    int32_t middle = zeroPoints.low + zeroPoints.count() / 2;
    for (ZeroPoints half : {ZeroPoints{zeroPoints.low, middle - 1},
                            ZeroPoints{middle, zeroPoints.high}})
      push(visit(a, half), visit(b, half), half);
    return;
  }
  double middle = (a + b) / 2;
  if (middle <= a || middle >= b)
    return;
  Point point = visit(middle, zeroPoints);
  push(interval.low, point, zeroPoints);
  push(point, interval.high, zeroPoints);
}

MseScale MseSearch::run(ZeroPoints zeroPoints) {
  best.error = weights.getSquares();
  // Up to `saturating` all weights but zeros have the lowest or the highest
  // level, and at twice the largest weight all have level 0.
  double saturating = weights.getSmallest() / (2.0 * (hi - lo + 1));
  push(visit(saturating, zeroPoints),
       visit(2 * weights.getLargest(), zeroPoints), zeroPoints);
  while (!queue.empty() && !isHopeless(queue.top().bound)) {
    Interval interval = queue.top();
    queue.pop();
    split(interval);
  }
  return best;
}

MseScale mlir::lowbit::findMseScale(const float *w, int64_t count, int32_t lo,
                                    int32_t hi, bool hasZeroPoint) {
  bool isZero = std::all_of(w, w + count, [](float x) { return x == 0.0f; });
  ZeroPoints zeroPoints = hasZeroPoint ? ZeroPoints{lo, hi} : ZeroPoints{0, 0};
  return isZero ? MseScale() : MseSearch(w, count, lo, hi).run(zeroPoints);
}
