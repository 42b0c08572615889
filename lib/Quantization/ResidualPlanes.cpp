//===- ResidualPlanes.cpp - A sum of binary planes ------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WeightPasses.h"

#include <array>
#include <cmath>

using namespace mlir::lowbit;

namespace {
constexpr int64_t most = kMostPlanes;

/// The least squares problem of a group, G s = b, and its solution so far.
struct GroupFit {
  std::array<std::array<double, most>, most> products = {}; ///< G = B B^T
  std::array<double, most> targets = {};                    ///< b = B w
  std::array<double, most> scales = {};
  bool isExact = false;

  void solve(int64_t planes);
};

/// Adds planes to the sum, one after the other.
class PlaneQuantizer {
public:
  PlaneQuantizer(const WeightView &view, std::vector<QuantizedWeights> &planes)
      : view(view), planes(planes), fits(view.getNumGroups()) {}

  bool run(ScaleType type, std::string &error);

private:
  void addPlane(int64_t plane);
  void turnPlane(int64_t plane);

  const WeightView &view;
  std::vector<QuantizedWeights> &planes;
  std::vector<GroupFit> fits;
};
} // namespace

/// Solves for the first `planes` scales by the Cholesky factor L of G. A pivot
/// of almost nothing says that the last plane depends on the others.
void GroupFit::solve(int64_t planes) {
  std::array<std::array<double, most>, most> l = {};
  std::array<double, most> y = {};
  for (int64_t row = 0; row < planes; ++row) {
    for (int64_t column = 0; column <= row; ++column) {
      double value = products[row][column];
      for (int64_t i = 0; i < column; ++i)
        value -= l[row][i] * l[column][i];
      if (row != column) {
        l[row][column] = value / l[column][column];
        continue;
      }
      if (value <= 1e-9 * products[row][row]) {
        isExact = true;
        return;
      }
      l[row][row] = std::sqrt(value);
    }
    double value = targets[row];
    for (int64_t i = 0; i < row; ++i)
      value -= l[row][i] * y[i];
    y[row] = value / l[row][row];
  }
  for (int64_t row = planes - 1; row >= 0; --row) {
    double value = y[row];
    for (int64_t i = row + 1; i < planes; ++i)
      value -= l[i][row] * scales[i];
    scales[row] = value / l[row][row];
  }
}

void PlaneQuantizer::addPlane(int64_t plane) {
  auto addSegment = [&](int64_t offset, int64_t length, int64_t group) {
    GroupFit &fit = fits[group];
    for (int64_t i = offset; i < offset + length; ++i) {
      double rest = view.data[i];
      for (int64_t p = 0; p < plane; ++p)
        rest -= fit.scales[p] * planes[p].codes[i];
      int8_t code = rest < 0.0 ? -1 : 1;
      planes[plane].codes[i] = code;
      fit.targets[plane] += static_cast<double>(view.data[i]) * code;
      for (int64_t p = 0; p <= plane; ++p)
        fit.products[plane][p] += planes[p].codes[i] * code;
    }
  };
  forEachSegment(view, 0, view.rows, addSegment);
  for (GroupFit &fit : fits)
    if (!fit.isExact)
      fit.solve(plane + 1);
}

void PlaneQuantizer::turnPlane(int64_t plane) {
  forEachSegment(view, 0, view.rows,
                 [&](int64_t offset, int64_t length, int64_t group) {
                   if (fits[group].scales[plane] >= 0.0)
                     return;
                   for (int64_t i = offset; i < offset + length; ++i)
                     planes[plane].codes[i] = -planes[plane].codes[i];
                 });
}

bool PlaneQuantizer::run(ScaleType type, std::string &error) {
  for (size_t plane = 0; plane < planes.size(); ++plane) {
    planes[plane].codes.resize(view.getCount());
    planes[plane].scales.assign(fits.size(), 1.0f);
    planes[plane].scaleRows = view.scaleRows;
    planes[plane].scaleCols = view.scaleCols;
    addPlane(plane);
  }
  for (size_t plane = 0; plane < planes.size(); ++plane) {
    turnPlane(plane);
    for (size_t group = 0; group < fits.size(); ++group) {
      bool isEmpty = fits[group].products[0][0] == 0.0;
      if (!isEmpty && !roundScale(std::fabs(fits[group].scales[plane]), type,
                                  planes[plane].scales[group], error)) {
        error += getGroupText(view, group);
        return false;
      }
    }
  }
  return true;
}

std::optional<std::vector<QuantizedWeights>>
mlir::lowbit::quantizeToPlanes(const float *w, int64_t n, int64_t k,
                               const WeightEncoding &encoding,
                               std::string &error) {
  if (encoding.planes == 1) {
    auto weights = quantizeWeights(w, n, k, encoding, error);
    if (!weights)
      return std::nullopt;
    std::vector<QuantizedWeights> planes;
    planes.push_back(std::move(*weights));
    return planes;
  }
  auto view = viewWeights(w, n, k, encoding, error);
  if (!view)
    return std::nullopt;
  std::vector<QuantizedWeights> planes(encoding.planes);
  if (!PlaneQuantizer(*view, planes).run(encoding.scaleType, error))
    return std::nullopt;
  return planes;
}
