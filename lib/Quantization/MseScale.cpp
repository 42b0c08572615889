//===- MseScale.cpp - The scale of least squared error --------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/MseScale.h"

#include <algorithm>
#include <cmath>
#include <queue>
#include <vector>

using namespace mlir::lowbit;

namespace {
/// Weights in ascending order with the sums that squared distances need.
class SortedWeights {
public:
  SortedWeights(const float *w, int64_t count)
      : values(w, w + count), sums(count + 1), squares(count + 1) {
    std::sort(values.begin(), values.end());
    for (int64_t i = 0; i < count; ++i) {
      double value = values[i];
      sums[i + 1] = sums[i] + value;
      squares[i + 1] = squares[i] + value * value;
    }
  }

  int64_t getCount() const { return static_cast<int64_t>(values.size()); }
  double getLargest() const {
    return std::max(std::fabs(static_cast<double>(values.front())),
                    std::fabs(static_cast<double>(values.back())));
  }
  double getSquares() const { return squares.back(); }

  /// The number of weights below `bound`; at least `first`.
  int64_t countBelow(double bound, int64_t first) const {
    return std::partition_point(values.begin() + first, values.end(),
                                [=](float value) { return value < bound; }) -
           values.begin();
  }
  double sum(int64_t first, int64_t end) const {
    return sums[end] - sums[first];
  }
  /// sum (w - x)^2.
  double squaredDistance(int64_t first, int64_t end, double x) const {
    double error = squares[end] - squares[first] - 2 * x * sum(first, end) +
                   x * x * static_cast<double>(end - first);
    return std::max(error, 0.0);
  }

private:
  std::vector<float> values;
  std::vector<double> sums, squares;
};

/// E and the parabola of the nearest codes at one scale.
struct Point {
  double scale;
  double error;
  double products;    ///< A
  double codeSquares; ///< B
};

/// Scales between two points of one zero point, and a lower bound of E there.
struct Interval {
  Point low, high;
  int32_t zeroPoint;
  double bound;

  bool operator<(const Interval &other) const { return bound > other.bound; }
};

/// Finds the global minimum, the most promising interval first.
class MseSearch {
public:
  MseSearch(const float *w, int64_t count, int32_t lo, int32_t hi)
      : weights(w, count), lo(lo), hi(hi) {}

  MseScale run(bool hasZeroPoint);

private:
  Point visit(double scale, int32_t zeroPoint);
  double getParabola(const Point &point, double scale) const;
  double getLeastOfParabola(const Point &point, double low, double high) const;
  void push(const Point &low, const Point &high, int32_t zeroPoint);
  bool isHopeless(double bound) const {
    return bound >= best.error * (1 - 1e-9) - weights.getSquares() * 1e-14;
  }

  const SortedWeights weights;
  const int32_t lo, hi;
  MseScale best;
  std::priority_queue<Interval> queue;
};
} // namespace

/// Rounds with `scale`; the vertex of the parabola is a candidate, with the
/// scale A / B and the error P(scale) - (A - scale * B)^2 / B.
Point MseSearch::visit(double scale, int32_t zeroPoint) {
  Point point = {scale, 0.0, 0.0, 0.0};
  int64_t first = 0;
  for (int32_t code = lo; code <= hi; ++code) {
    double level = code - zeroPoint;
    int64_t end = code == hi ? weights.getCount()
                             : weights.countBelow(scale * (level + 0.5), first);
    point.products += level * weights.sum(first, end);
    point.codeSquares += level * level * static_cast<double>(end - first);
    point.error += weights.squaredDistance(first, end, scale * level);
    first = end;
  }
  double slope = point.products - scale * point.codeSquares;
  if (point.products > 0.0) {
    double error =
        std::max(point.error - slope * slope / point.codeSquares, 0.0);
    if (error < best.error)
      best = {point.products / point.codeSquares, zeroPoint, error};
  }
  return point;
}

double MseSearch::getParabola(const Point &point, double scale) const {
  return weights.getSquares() - 2 * scale * point.products +
         scale * scale * point.codeSquares;
}

double MseSearch::getLeastOfParabola(const Point &point, double low,
                                     double high) const {
  double vertex = point.codeSquares == 0.0
                      ? low
                      : std::max(point.products / point.codeSquares, low);
  return getParabola(point, std::min(vertex, high));
}

void MseSearch::push(const Point &low, const Point &high, int32_t zeroPoint) {
  double a = low.scale, b = high.scale;
  double bound = getLeastOfParabola(low, a, b) -
                 std::max(getParabola(low, b) - high.error, 0.0);
  if (b <= 2 * a)
    bound =
        std::max(bound, getLeastOfParabola(high, a, b) -
                            std::max(getParabola(high, a) - low.error, 0.0));
  if (!isHopeless(bound))
    queue.push({low, high, zeroPoint, bound});
}

MseScale MseSearch::run(bool hasZeroPoint) {
  best.error = weights.getSquares();
  for (int32_t z = hasZeroPoint ? lo : 0; z <= (hasZeroPoint ? hi : 0); ++z) {
    // From twice the largest weight on all codes are z.
    Point smallest = visit(0.0, z);
    push(smallest, visit(2 * weights.getLargest(), z), z);
  }
  while (!queue.empty() && !isHopeless(queue.top().bound)) {
    Interval interval = queue.top();
    queue.pop();
    double middle = (interval.low.scale + interval.high.scale) / 2;
    if (middle <= interval.low.scale || middle >= interval.high.scale)
      continue;
    Point point = visit(middle, interval.zeroPoint);
    push(interval.low, point, interval.zeroPoint);
    push(point, interval.high, interval.zeroPoint);
  }
  return best;
}

MseScale mlir::lowbit::findMseScale(const float *w, int64_t count, int32_t lo,
                                    int32_t hi, bool hasZeroPoint) {
  bool isZero = std::all_of(w, w + count, [](float x) { return x == 0.0f; });
  return isZero ? MseScale() : MseSearch(w, count, lo, hi).run(hasZeroPoint);
}
