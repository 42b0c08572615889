//===- ErrorCompensation.cpp - Rounding that knows the inputs -------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/ErrorCompensation.h"

#include "WeightPasses.h"

#include <algorithm>
#include <cmath>
#include <vector>

using namespace mlir::lowbit;

namespace {
/// A square matrix of f64, row-major.
struct Matrix {
  explicit Matrix(int64_t size) : size(size), values(size * size) {}
  double &operator()(int64_t row, int64_t column) {
    return values[row * size + column];
  }
  double operator()(int64_t row, int64_t column) const {
    return values[row * size + column];
  }

  int64_t size;
  std::vector<double> values;
};
} // namespace

/// H', see the header.
static Matrix addDamping(const double *h, int64_t size, double damping) {
  Matrix result(size);
  double trace = 0.0;
  for (int64_t i = 0; i < size; ++i)
    trace += h[i * size + i];
  double added = trace == 0.0 ? 1.0 : damping * trace / double(size);
  for (int64_t row = 0; row < size; ++row)
    for (int64_t column = 0; column < size; ++column)
      result(row, column) =
          h[row * size + column] + (row == column ? added : 0);
  return result;
}

/// sum of a[i] * b[i] over i < count.
static double multiply(const double *a, const double *b, int64_t count) {
  return sumInLanes(count, [=](int64_t i) { return a[i] * b[i]; });
}

/// Replaces `a` by the lower triangle L of a = L L^T, if it is positive
/// definite.
static bool factorize(Matrix &a) {
  for (int64_t row = 0; row < a.size; ++row)
    for (int64_t column = 0; column <= row; ++column) {
      double value =
          a(row, column) - multiply(&a(row, 0), &a(column, 0), column);
      if (row != column)
        a(row, column) = value / a(column, column);
      else if (value > 0.0 && std::isfinite(value))
        a(row, row) = std::sqrt(value);
      else
        return false;
    }
  return true;
}

/// The transpose of the inverse of the lower triangle `l`.
static Matrix invertTriangle(Matrix &l) {
  Matrix inverse(l.size);
  for (int64_t column = 0; column < l.size; ++column) {
    inverse(column, column) = 1.0 / l(column, column);
    for (int64_t row = column + 1; row < l.size; ++row)
      inverse(column, row) =
          -multiply(&l(row, column), &inverse(column, column), row - column) /
          l(row, row);
  }
  return inverse;
}

/// U of inverse(a) = U^T U, if `a` is positive definite. With the order of rows
/// and columns reversed a = L L^T, and the reverse of inverse(L) is upper
/// triangular: it is U.
static std::optional<Matrix> factorizeInverse(const Matrix &a) {
  int64_t last = a.size - 1;
  Matrix reversed(a.size);
  for (int64_t row = 0; row < a.size; ++row)
    for (int64_t column = 0; column < a.size; ++column)
      reversed(row, column) = a(last - row, last - column);
  if (!factorize(reversed))
    return std::nullopt;
  Matrix inverse = invertTriangle(reversed);
  Matrix upper(a.size);
  for (int64_t row = 0; row < a.size; ++row)
    for (int64_t column = row; column < a.size; ++column)
      upper(row, column) = inverse(last - column, last - row);
  return upper;
}

namespace {
/// Rounds the rows of one weight.
class RowRounder {
public:
  RowRounder(const WeightEncoding &encoding, const QuantizedWeights &nearest,
             const Matrix &upper)
      : encoding(encoding), nearest(nearest), upper(upper) {}

  /// Replaces `codes`, those of row `row`, if this makes the error smaller.
  void round(const float *w, int64_t row, int8_t *codes) const;

private:
  int64_t getGroup(int64_t row, int64_t column) const {
    GroupShape group = encoding.group;
    int64_t groupRow = group.rows == 0 ? 0 : row / group.rows;
    int64_t groupColumn = group.cols == 0 ? 0 : column / group.cols;
    return groupRow * nearest.scaleCols + groupColumn;
  }
  int32_t encode(float w, int64_t group) const;
  double decode(int8_t code, int64_t group) const;
  template <typename CodeFn>
  double compensate(const float *w, int64_t row, CodeFn getCode) const;

  const WeightEncoding &encoding;
  const QuantizedWeights &nearest;
  const Matrix &upper;
};
} // namespace

int32_t RowRounder::encode(float w, int64_t group) const {
  int32_t lo = encoding.getLowestCode(), hi = encoding.getHighestCode();
  float scale = nearest.scales[group];
  if (!nearest.floatZeroPoints.empty())
    return quantizeValue(w, scale, nearest.floatZeroPoints[group], lo, hi);
  return quantizeValue(
      w, scale, nearest.zeroPoints.empty() ? 0 : nearest.zeroPoints[group], lo,
      hi);
}

double RowRounder::decode(int8_t code, int64_t group) const {
  int32_t value = encoding.isSigned ? code : code & 0xFF;
  float scale = nearest.scales[group];
  if (!nearest.floatZeroPoints.empty())
    return dequantizeValue(value, scale, nearest.floatZeroPoints[group]);
  return dequantizeValue(
      value, scale, nearest.zeroPoints.empty() ? 0 : nearest.zeroPoints[group]);
}

/// Takes getCode(column, what is wanted there) for each column and spreads its
/// error over those behind it. Returns the error of the row: as H' is the
/// inverse of U^T U, it is the sum of ((w_j - q_j) / U_jj)^2.
template <typename CodeFn>
double RowRounder::compensate(const float *w, int64_t row,
                              CodeFn getCode) const {
  std::vector<double> wanted(w, w + upper.size);
  double sum = 0.0;
  for (int64_t j = 0; j < upper.size; ++j) {
    int8_t code = getCode(j, wanted[j]);
    double error = (wanted[j] - decode(code, getGroup(row, j))) / upper(j, j);
    sum += error * error;
    for (int64_t i = j + 1; i < upper.size; ++i)
      wanted[i] -= error * upper(j, i);
  }
  return sum;
}

void RowRounder::round(const float *w, int64_t row, int8_t *codes) const {
  std::vector<int8_t> compensated(upper.size);
  double error = compensate(w, row, [&](int64_t j, double wanted) {
    compensated[j] = static_cast<int8_t>(
        encode(static_cast<float>(wanted), getGroup(row, j)));
    return compensated[j];
  });
  if (error < compensate(w, row, [&](int64_t j, double) { return codes[j]; }))
    std::copy(compensated.begin(), compensated.end(), codes);
}

std::optional<QuantizedWeights> mlir::lowbit::quantizeWithCompensation(
    const float *w, int64_t n, int64_t k, const double *h,
    const WeightEncoding &encoding, double damping, std::string &error) {
  if (encoding.scheme != WeightScheme::Affine ||
      encoding.rounding.mode != RoundingMode::NearestEven) {
    error = "expected an affine encoding with rounding=nearest_even to "
            "compensate errors, but got " +
            encoding.toString();
    return std::nullopt;
  }
  auto nearest = quantizeWeights(w, n, k, encoding, error);
  if (!nearest)
    return std::nullopt;
  auto upper = factorizeInverse(addDamping(h, k, damping));
  if (!upper) {
    error = "expected positive definite second moments, give more damping";
    return std::nullopt;
  }
  QuantizedWeights result = *nearest;
  RowRounder rounder(encoding, *nearest, *upper);
  for (int64_t row = 0; row < n; ++row)
    rounder.round(w + row * k, row, result.codes.data() + row * k);
  return result;
}
