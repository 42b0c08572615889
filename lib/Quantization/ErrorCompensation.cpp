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

//===----------------------------------------------------------------------===//
// Matrices
//===----------------------------------------------------------------------===//

/// Columns that are worked off together, and columns of a tile of a product.
static constexpr int64_t kBlock = 128;
static constexpr int64_t kTile = 8;

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

/// Rows of f64 in memory.
struct Rows {
  const double *first;
  int64_t stride;
};
} // namespace

/// c[i][j] += sum_k a[i][k] * panel[k][j] for i < numRows, j < width.
template <int numRows>
static void addTile(Rows a, const double *panel, int64_t depth, int64_t width,
                    double *c, int64_t stride) {
  double sums[numRows][kTile] = {};
  for (int64_t k = 0; k < depth; ++k)
    for (int row = 0; row < numRows; ++row)
      for (int64_t j = 0; j < kTile; ++j)
        sums[row][j] += a.first[row * a.stride + k] * panel[k * kTile + j];
  for (int row = 0; row < numRows; ++row)
    for (int64_t j = 0; j < width; ++j)
      c[row * stride + j] += sums[row][j];
}

/// The same for `count` rows.
static void addProduct(Rows a, int64_t count, const double *panel,
                       int64_t depth, int64_t width, double *c,
                       int64_t stride) {
  constexpr int rowsPerTile = 4;
  int64_t row = 0;
  for (; row + rowsPerTile <= count; row += rowsPerTile)
    addTile<rowsPerTile>({a.first + row * a.stride, a.stride}, panel, depth,
                         width, c + row * stride, stride);
  for (; row < count; ++row)
    addTile<1>({a.first + row * a.stride, a.stride}, panel, depth, width,
               c + row * stride, stride);
}

/// H', see the header.
static Matrix addDamping(const float *h, int64_t size, double damping) {
  Matrix result(size);
  double trace = 0.0;
  for (int64_t i = 0; i < size; ++i)
    trace += h[i * size + i];
  double added = trace == 0.0 ? 1.0 : damping * trace / double(size);
  for (int64_t row = 0; row < size; ++row) {
    for (int64_t column = row; column < size; ++column)
      result(row, column) = h[row * size + column];
    result(row, row) += added;
    if (result(row, row) == 0.0)
      result(row, row) = 1.0;
  }
  return result;
}

/// Replaces columns first..end-1 of `a`, from which the products of the columns
/// behind them are subtracted, by those of R.
static bool factorizeBlock(Matrix &a, int64_t first, int64_t end) {
  for (int64_t column = end - 1; column >= first; --column) {
    int64_t length = end - 1 - column;
    const double *pivotRow = &a(column, column) + 1;
    for (int64_t row = column; row >= 0; --row) {
      const double *other = &a(row, column) + 1;
      double value = a(row, column) - sumInLanes(length, [=](int64_t i) {
                       return other[i] * pivotRow[i];
                     });
      if (row != column)
        a(row, column) = value / a(column, column);
      else if (value > 0.0 && std::isfinite(value))
        a(row, row) = std::sqrt(value);
      else
        return false;
    }
  }
  return true;
}

/// Replaces the upper triangle of the symmetric `a` by R of a = R R^T, if it is
/// positive definite.
static bool factorize(Matrix &a) {
  std::vector<double> panel(kBlock * kTile);
  for (int64_t end = a.size, first; end > 0; end = first) {
    first = std::max<int64_t>(end - kBlock, 0);
    if (!factorizeBlock(a, first, end))
      return false;
    for (int64_t column = 0; column < first; column += kTile) {
      int64_t width = std::min(kTile, first - column);
      for (int64_t k = first; k < end; ++k)
        for (int64_t j = 0; j < kTile; ++j)
          panel[(k - first) * kTile + j] = j < width ? -a(column + j, k) : 0.0;
      addProduct({&a(0, first), a.size}, column + width, panel.data(),
                 end - first, width, &a(0, column), a.size);
    }
  }
  return true;
}

//===----------------------------------------------------------------------===//
// Codes
//===----------------------------------------------------------------------===//

namespace {
/// The levels of a quantized weight.
class Levels {
public:
  Levels(const WeightEncoding &encoding, const QuantizedWeights &weights)
      : encoding(encoding), weights(weights), lo(encoding.getLowestCode()),
        hi(encoding.getHighestCode()) {}

  int64_t getGroup(int64_t row, int64_t column) const {
    GroupShape group = encoding.group;
    int64_t groupRow = group.rows == 0 ? 0 : row / group.rows;
    int64_t groupColumn = group.cols == 0 ? 0 : column / group.cols;
    return groupRow * weights.scaleCols + groupColumn;
  }

  /// The code of the level next to `w`.
  int8_t encode(float w, int64_t group) const;
  /// The level of `code`.
  float decode(int8_t code, int64_t group) const;

private:
  int32_t getZeroPoint(int64_t group) const {
    return weights.zeroPoints.empty() ? 0 : weights.zeroPoints[group];
  }

  const WeightEncoding &encoding;
  const QuantizedWeights &weights;
  int32_t lo, hi;
};
} // namespace

int8_t Levels::encode(float w, int64_t group) const {
  float scale = weights.scales[group];
  if (!weights.table.empty()) {
    const std::vector<int8_t> &table = weights.table;
    auto next = std::lower_bound(table.begin(), table.end(), w / scale);
    if (next == table.end() ||
        (next != table.begin() &&
         w - scale * float(next[-1]) <= scale * float(next[0]) - w))
      --next;
    return static_cast<int8_t>(next - table.begin());
  }
  if (encoding.scheme == WeightScheme::Binary && lo < 0)
    return getSignCode(w);
  if (!weights.floatZeroPoints.empty())
    return static_cast<int8_t>(
        quantizeValue(w, scale, weights.floatZeroPoints[group], lo, hi));
  return static_cast<int8_t>(
      quantizeValue(w, scale, getZeroPoint(group), lo, hi));
}

float Levels::decode(int8_t code, int64_t group) const {
  int32_t value = lo < 0 ? code : code & 0xFF;
  if (!weights.table.empty())
    value = weights.table[value];
  float scale = weights.scales[group];
  if (!weights.floatZeroPoints.empty())
    return dequantizeValue(value, scale, weights.floatZeroPoints[group]);
  return dequantizeValue(value, scale, getZeroPoint(group));
}

namespace {
/// Rounds the rows of one weight.
class RowRounder {
public:
  /// `factor` is R with each column divided by its diagonal, `squares` are the
  /// squares of that.
  RowRounder(const Levels &levels, const Matrix &factor,
             const std::vector<double> &squares)
      : levels(levels), factor(factor), squares(squares) {}

  /// Replaces the codes of rows `first..first + count - 1` where this makes the
  /// error of a row smaller. `w` and `codes` are those of the whole weight.
  void round(const float *w, int64_t first, int64_t count, int8_t *codes) const;

private:
  template <typename CodeFn>
  std::vector<double> compensate(const float *w, int64_t first, int64_t count,
                                 CodeFn getCode) const;
  void spread(const std::vector<double> &errors, int64_t count, int64_t first,
              int64_t end, std::vector<double> &wanted) const;

  const Levels &levels;
  const Matrix &factor;
  const std::vector<double> &squares;
};
} // namespace

/// Adds what the errors in columns `first..end-1` mean for those behind them.
void RowRounder::spread(const std::vector<double> &errors, int64_t count,
                        int64_t first, int64_t end,
                        std::vector<double> &wanted) const {
  int64_t k = factor.size;
  std::vector<double> panel(kBlock * kTile);
  for (int64_t column = end; column < k; column += kTile) {
    int64_t width = std::min(kTile, k - column);
    for (int64_t i = first; i < end; ++i)
      for (int64_t j = 0; j < width; ++j)
        panel[(i - first) * kTile + j] = factor(i, column + j);
    addProduct({errors.data(), kBlock}, count, panel.data(), end - first, width,
               wanted.data() + column, k);
  }
}

/// Takes getCode(row, column, what is wanted there) for each weight. Returns
/// the errors of the rows.
template <typename CodeFn>
std::vector<double> RowRounder::compensate(const float *w, int64_t firstRow,
                                           int64_t count,
                                           CodeFn getCode) const {
  int64_t k = factor.size;
  const float *rows = w + firstRow * k;
  std::vector<double> wanted(rows, rows + count * k);
  std::vector<double> errors(count * kBlock), sums(count);
  for (int64_t first = 0; first < k; first += kBlock) {
    int64_t end = std::min(first + kBlock, k);
    for (int64_t row = 0; row < count; ++row)
      for (int64_t j = first; j < end; ++j) {
        double *v = wanted.data() + row * k;
        double level = levels.decode(getCode(row, j, v[j]),
                                     levels.getGroup(firstRow + row, j));
        double error = rows[row * k + j] - level;
        errors[row * kBlock + j - first] = error;
        sums[row] += (v[j] - level) * (v[j] - level) * squares[j];
        for (int64_t i = j + 1; i < end; ++i)
          v[i] += error * factor(j, i);
      }
    spread(errors, count, first, end, wanted);
  }
  return sums;
}

void RowRounder::round(const float *w, int64_t first, int64_t count,
                       int8_t *codes) const {
  int64_t k = factor.size;
  std::vector<int8_t> compensated(count * k);
  auto errors =
      compensate(w, first, count, [&](int64_t row, int64_t j, double wanted) {
        return compensated[row * k + j] = levels.encode(
                   static_cast<float>(wanted), levels.getGroup(first + row, j));
      });
  codes += first * k;
  auto before =
      compensate(w, first, count, [&](int64_t row, int64_t j, double) {
        return codes[row * k + j];
      });
  for (int64_t row = 0; row < count; ++row)
    if (errors[row] < before[row])
      std::copy_n(compensated.begin() + row * k, k, codes + row * k);
}

std::optional<QuantizedWeights> mlir::lowbit::quantizeWithCompensation(
    const float *w, int64_t n, int64_t k, const InputMoments &inputs,
    const WeightEncoding &encoding, std::string &error) {
  WeightEncoding compensated = encoding;
  compensated.compensatesErrors = true;
  auto result = quantizeWeights(w, n, k, compensated, error);
  if (!result)
    return std::nullopt;
  error = checkMoments(inputs, n, k);
  if (!error.empty())
    return std::nullopt;
  if (inputs.products.empty()) {
    error = "expected second moments, but got none";
    return std::nullopt;
  }
  const QuantizedWeights nearest = *result;
  Levels levels(compensated, nearest);
  int64_t rows = n / inputs.groups;
  for (int64_t group = 0; group < inputs.groups; ++group) {
    Matrix factor =
        addDamping(inputs.products.data() + group * k * k, k, encoding.damping);
    if (!factorize(factor)) {
      error = "expected positive definite second moments, give more damping";
      return std::nullopt;
    }
    std::vector<double> squares(k);
    for (int64_t column = 0; column < k; ++column) {
      double diagonal = factor(column, column);
      squares[column] = diagonal * diagonal;
      for (int64_t row = 0; row <= column; ++row)
        factor(row, column) /= diagonal;
    }
    RowRounder rounder(levels, factor, squares);
    constexpr int64_t rowsAtOnce = 64;
    for (int64_t row = group * rows, end = row + rows; row < end;
         row += rowsAtOnce)
      rounder.round(w, row, std::min(rowsAtOnce, end - row),
                    result->codes.data());
  }
  return result;
}
