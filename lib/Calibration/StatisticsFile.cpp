//===- StatisticsFile.cpp - Statistics of layers in a file ----------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Calibration/StatisticsFile.h"

#include "lowbit/Runtime/Npz.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string_view>

using namespace mlir::lowbit;

static const std::string sourceName = "calibration/source";
static const std::string countSuffix = "/count";
static const std::string meansSuffix = "/input_means";
static const std::string productsSuffix = "/input_products";
static const std::string rowsSuffix = "/input_rows";

/// The array of `values`, a scalar where `shape` is empty.
template <typename T>
static NpyArray makeArray(lowbit_dtype dtype, std::vector<int64_t> shape,
                          const T *values, size_t count) {
  NpyArray array = {dtype, std::move(shape),
                    std::vector<uint8_t>(count * sizeof(T))};
  if (count != 0)
    std::memcpy(array.data.data(), values, array.data.size());
  return array;
}

template <typename T> static NpyArray makeScalar(lowbit_dtype dtype, T value) {
  return makeArray(dtype, {}, &value, 1);
}

static NpyArray makeReal(double value) {
  return makeScalar(LOWBIT_F32, static_cast<float>(value));
}

bool mlir::lowbit::writeStatistics(const std::string &path,
                                   const CalibrationStatistics &statistics,
                                   std::string &error) {
  std::map<std::string, NpyArray> arrays;
  for (const auto &[layer, s] : statistics.layers) {
    const std::vector<int64_t> &counts = s.histogram.getCounts();
    auto count = static_cast<double>(std::max<int64_t>(s.count, 1));
    arrays[layer + countSuffix] = makeScalar(LOWBIT_I64, s.count);
    arrays[layer + "/histogram"] =
        makeArray(LOWBIT_I64, {Histogram::kBins}, counts.data(), counts.size());
    arrays[layer + "/histogram_exponent"] =
        makeScalar<int32_t>(LOWBIT_I32, s.histogram.getExponent());
    arrays[layer + "/ignored"] = makeScalar(LOWBIT_I64, s.ignored);
    arrays[layer + "/max"] = makeReal(s.max);
    arrays[layer + "/mean"] = makeReal(s.sum / count);
    arrays[layer + "/mean_square"] = makeReal(s.sumOfSquares / count);
    arrays[layer + "/min"] = makeReal(s.min);
    arrays[layer + "/moving_max"] = makeReal(s.averageMax);
    arrays[layer + "/moving_min"] = makeReal(s.averageMin);
  }
  for (const auto &[layer, m] : statistics.moments) {
    arrays[layer + rowsSuffix] = makeScalar(LOWBIT_I64, m.count);
    arrays[layer + meansSuffix] = makeArray(LOWBIT_F32, {m.groups, m.depth},
                                            m.means.data(), m.means.size());
    if (!m.products.empty())
      arrays[layer + productsSuffix] =
          makeArray(LOWBIT_F32, {m.groups, m.depth, m.depth}, m.products.data(),
                    m.products.size());
  }
  const std::string &source = statistics.source;
  arrays[sourceName] = makeArray(LOWBIT_U8, {int64_t(source.size())},
                                 source.data(), source.size());
  return writeNpz(path, arrays, error);
}

/// As much of a hostile text as fits into a line.
static std::string getPrintable(std::string_view text) {
  constexpr size_t longest = 64;
  std::string result;
  for (char c : text.substr(0, longest))
    result += c >= ' ' && c <= '~' ? c : '?';
  return result;
}

static std::string describe(const std::string &layer, const std::string &name,
                            const std::string &reason) {
  return "layer '" + getPrintable(layer) + "': expected " + name + " " + reason;
}

namespace {
/// Reads the statistics of one layer.
class Reader {
public:
  Reader(NpzFile &file, std::string layer, std::string &error)
      : file(file), layer(std::move(layer)), error(error) {}

  bool read(ActivationStatistics &statistics);

private:
  template <typename T>
  bool readScalar(const char *name, lowbit_dtype dtype, T &value);
  bool readReal(const char *name, double &value);
  bool readHistogram(ActivationStatistics &statistics);
  bool fail(const char *name, const std::string &reason) {
    error = describe(layer, name, reason);
    return false;
  }

  NpzFile &file;
  std::string layer;
  std::string &error;
};
} // namespace

template <typename T>
bool Reader::readScalar(const char *name, lowbit_dtype dtype, T &value) {
  NpyArray array;
  if (!file.readArray(layer + "/" + name, dtype, {}, array, error))
    return false;
  std::memcpy(&value, array.data.data(), sizeof(value));
  return true;
}

bool Reader::readReal(const char *name, double &value) {
  float number = 0.0f;
  if (!readScalar(name, LOWBIT_F32, number))
    return false;
  value = number;
  // The mean of squares of f32 may well exceed f32.
  return !std::isnan(number) || fail(name, "to be a number, but got NaN");
}

/// The histogram of values that are counted and have bounds.
bool Reader::readHistogram(ActivationStatistics &s) {
  int32_t exponent = 0;
  NpyArray array;
  if (!readScalar("histogram_exponent", LOWBIT_I32, exponent) ||
      !file.readArray(layer + "/histogram", LOWBIT_I64, {Histogram::kBins},
                      array, error))
    return false;
  if (exponent < Histogram::kLowestExponent ||
      exponent > Histogram::kHighestExponent)
    return fail("histogram_exponent",
                "in " + std::to_string(Histogram::kLowestExponent) + ".." +
                    std::to_string(Histogram::kHighestExponent) + ", but got " +
                    std::to_string(exponent));
  std::vector<int64_t> counts(Histogram::kBins);
  std::memcpy(counts.data(), array.data.data(), array.data.size());
  int64_t left = s.count;
  for (int64_t bin : counts) {
    if (bin < 0 || bin > left)
      return fail("histogram", "to count " + std::to_string(s.count) +
                                   " elements, but got others");
    left -= bin;
  }
  if (left != 0)
    return fail("histogram", "to count " + std::to_string(s.count) +
                                 " elements, but got fewer");
  s.histogram = Histogram(std::move(counts), exponent);
  double reach = s.histogram.getWidth() * Histogram::kHalf;
  if (s.count != 0 && !(s.min >= -reach && s.max < reach))
    return fail("histogram", "to reach from min to max, but got bins of 2^" +
                                 std::to_string(exponent));
  return true;
}

bool Reader::read(ActivationStatistics &s) {
  double low = 0, high = 0, mean = 0, meanSquare = 0;
  if (!readScalar("count", LOWBIT_I64, s.count) ||
      !readScalar("ignored", LOWBIT_I64, s.ignored) || !readReal("min", low) ||
      !readReal("max", high) || !readReal("moving_min", s.averageMin) ||
      !readReal("moving_max", s.averageMax) || !readReal("mean", mean) ||
      !readReal("mean_square", meanSquare))
    return false;
  if (s.count < 0 || s.ignored < 0)
    return fail("count", "and ignored of at least 0, but got less");
  if (!(std::isfinite(low) && std::isfinite(high) && low <= high))
    return fail("min", "and max to be finite and in order, but got others");
  if (!(std::isfinite(s.averageMin) && std::isfinite(s.averageMax) &&
        s.averageMin <= s.averageMax))
    return fail("moving_min",
                "and moving_max to be finite and in order, but got others");
  if (!std::isfinite(mean) || meanSquare < 0)
    return fail("mean", "to be finite and mean_square to be at least 0, but "
                        "got others");
  s.min = static_cast<float>(low);
  s.max = static_cast<float>(high);
  s.sum = mean * double(s.count);
  s.sumOfSquares = meanSquare * double(s.count);
  return readHistogram(s);
}

bool mlir::lowbit::readStatistics(const std::string &path,
                                  CalibrationStatistics &statistics,
                                  std::string &error) {
  std::unique_ptr<NpzFile> file = NpzFile::open(path, error);
  if (!file)
    return false;
  auto source = file->openMember(sourceName, error);
  if (!source)
    return false;
  NpyArray text;
  if (!file->readArray(sourceName, LOWBIT_U8, source->getShape(), text, error))
    return false;
  statistics.source = getPrintable(std::string_view(
      reinterpret_cast<const char *>(text.data.data()), text.data.size()));
  for (const std::string &name : file->getNames()) {
    if (name.size() <= countSuffix.size() ||
        name.compare(name.size() - countSuffix.size(), countSuffix.size(),
                     countSuffix) != 0)
      continue;
    std::string layer = name.substr(0, name.size() - countSuffix.size());
    std::string reason;
    if (!Reader(*file, layer, reason).read(statistics.layers[layer])) {
      bool isPlaced = reason.compare(0, path.size(), path) == 0;
      error = isPlaced ? reason : path + ": " + reason;
      return false;
    }
  }
  return true;
}

/// Reads the f32 array `name`, which must have the extents `shape`.
static bool readReals(NpzFile &file, const std::string &name,
                      const std::vector<int64_t> &shape,
                      std::vector<float> &values, std::string &error) {
  NpyArray array;
  if (!file.readArray(name, LOWBIT_F32, shape, array, error))
    return false;
  values.resize(array.data.size() / sizeof(float));
  if (!values.empty())
    std::memcpy(values.data(), array.data.data(), array.data.size());
  return true;
}

/// Reads the moments of `layer`, whose means are in the file.
static bool readExisting(NpzFile &file, const std::string &layer,
                         MomentOrder order, InputMoments &moments,
                         std::string &error) {
  auto means = file.openMember(layer + meansSuffix, error);
  NpyArray rows;
  if (!means ||
      !file.readArray(layer + rowsSuffix, LOWBIT_I64, {}, rows, error))
    return false;
  std::vector<int64_t> shape = means->getShape();
  if (shape.size() != 2 || shape[0] < 1 || shape[1] < 1) {
    error = describe(layer, "input_means",
                     "of groups x inputs, but got another shape");
    return false;
  }
  moments.groups = shape[0];
  moments.depth = shape[1];
  std::memcpy(&moments.count, rows.data.data(), sizeof(moments.count));
  if (moments.count < 1) {
    error = describe(layer, "input_rows",
                     "of at least 1, but got " + std::to_string(moments.count));
    return false;
  }
  if (!readReals(file, layer + meansSuffix, shape, moments.means, error))
    return false;
  shape.push_back(moments.depth);
  return order == MomentOrder::First ||
         readReals(file, layer + productsSuffix, shape, moments.products,
                   error);
}

Presence mlir::lowbit::readMoments(const std::string &path,
                                   const std::string &layer, MomentOrder order,
                                   InputMoments &moments, std::string &error) {
  std::unique_ptr<NpzFile> file = NpzFile::open(path, error);
  if (!file)
    return Presence::Broken;
  std::vector<std::string> names = file->getNames();
  std::string needed =
      layer + (order == MomentOrder::First ? meansSuffix : productsSuffix);
  if (!std::binary_search(names.begin(), names.end(), needed))
    return Presence::Missing;
  if (readExisting(*file, layer, order, moments, error))
    return Presence::Present;
  bool isPlaced = error.compare(0, path.size(), path) == 0;
  if (!isPlaced)
    error = path + ": " + error;
  return Presence::Broken;
}
