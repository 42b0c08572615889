//===- Report.cpp - A run as a table and as JSON --------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Report.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir::lowbit;

namespace {
struct NamedLimit {
  const char *name;
  Limit Limits::*limit;
};

/// The limit that binds a row, and the time that it alone would take.
struct Bound {
  const char *name = nullptr;
  double us = 0;
};
} // namespace

static constexpr NamedLimit limitNames[] = {
    {"vpdpbusd_gops", &Limits::vpdpbusdGops},
    {"maddubs_gops", &Limits::maddubsGops},
    {"amx_int8_gops", &Limits::amxInt8Gops},
    {"popcnt_gops", &Limits::popcntGops},
    {"fma_gflops", &Limits::fmaGflops},
    {"l2_gbs", &Limits::l2Gbs},
    {"l3_gbs", &Limits::l3Gbs},
    {"dram_gbs", &Limits::dramGbs},
};

static Limit Limits::*bandwidthOf(Level level) {
  return level == Level::L2   ? &Limits::l2Gbs
         : level == Level::L3 ? &Limits::l3Gbs
                              : &Limits::dramGbs;
}

/// The instructions that multiply one row after the other.
static Limit Limits::*rowInstructionsOf(const Row &row) {
  const Layer &layer = row.which.layer;
  Arithmetic arithmetic = layer.scope == Scope::Kernel
                              ? Arithmetic::Bytes
                              : layer.encoding->activation->arithmetic;
  switch (arithmetic) {
  case Arithmetic::Bits:
    return &Limits::popcntGops;
  case Arithmetic::Bytes:
    return row.result.target == "x86-avx2" ? &Limits::maddubsGops
                                           : &Limits::vpdpbusdGops;
  case Arithmetic::Floats:
    return &Limits::fmaGflops;
  }
  llvm_unreachable("all kinds are handled");
}

/// How much of the rows of tiles M rows fill: all of them take their time.
static double fillTiles(int64_t m) {
  constexpr int64_t tileRows = 16;
  return double(m) / llvm::alignTo(m, tileRows);
}

/// One multiply-add is two.
static double countOperations(const Case &which) {
  return 2.0 * which.m * which.layer.n * which.layer.k;
}

static Bound findBound(const Limits &limits, const Row &row) {
  Bound bound;
  auto consider = [&](Limit Limits::*limit, double work) {
    if (!(limits.*limit))
      return;
    double us = work / (limits.*limit)->best * 1e-3;
    if (us < bound.us)
      return;
    for (const NamedLimit &named : limitNames)
      if (named.limit == limit)
        bound = {named.name, us};
  };
  consider(bandwidthOf(row.result.resident), double(row.result.packedBytes));
  double operations = countOperations(row.which);
  Limit Limits::*byRows = rowInstructionsOf(row);
  double tileOperations = operations / fillTiles(row.which.m);
  bool hasTiles = row.result.target == "x86-amx" &&
                  byRows != &Limits::fmaGflops && limits.amxInt8Gops;
  if (hasTiles &&
      (!(limits.*byRows) || tileOperations / limits.amxInt8Gops->best <
                                operations / (limits.*byRows)->best))
    consider(&Limits::amxInt8Gops, tileOperations);
  else
    consider(byRows, operations);
  return bound;
}

//===----------------------------------------------------------------------===//
// JSON
//===----------------------------------------------------------------------===//

/// A number with as many digits as a measurement deserves.
static void writeNumber(llvm::json::OStream &json, llvm::StringRef name,
                        double value) {
  json.attributeBegin(name);
  json.rawValue(
      [&](llvm::raw_ostream &os) { os << llvm::format("%.3f", value); });
  json.attributeEnd();
}

static void writeLimits(llvm::json::OStream &json, llvm::StringRef name,
                        const Limits &limits) {
  json.attributeObject(name, [&] {
    for (const NamedLimit &named : limitNames) {
      if (const Limit &limit = limits.*named.limit)
        writeNumber(json, named.name, limit->best);
      else
        json.attribute(named.name, nullptr);
    }
  });
}

static void writeRow(llvm::json::OStream &json, const Limits &limits,
                     const Row &row) {
  const Layer &layer = row.which.layer;
  const CaseResult &result = row.result;
  Bound bound = findBound(limits, row);
  json.object([&] {
    json.attribute("case", nameOf(row.which));
    json.attribute("target", result.target);
    json.attribute("encoding", layer.encoding->scheme);
    json.attribute("activation", layer.encoding->activation->name);
    json.attribute("block", layer.encoding->block);
    json.attribute("m", row.which.m);
    json.attribute("n", layer.n);
    json.attribute("k", layer.k);
    json.attribute("threads", row.which.threads);
    json.attribute("resident", nameOf(result.resident));
    json.attribute("scope", nameOf(layer.scope));
    json.attribute("packed_bytes", int64_t(result.packedBytes));
    writeNumber(json, "median_us", result.us.median);
    writeNumber(json, "min_us", result.us.lowest);
    writeNumber(json, "lower_quartile_us", result.us.lowerQuartile);
    writeNumber(json, "upper_quartile_us", result.us.upperQuartile);
    json.attribute("bound_by", bound.name ? llvm::json::Value(bound.name)
                                          : llvm::json::Value(nullptr));
    writeNumber(json, "share", bound.us / result.us.median);
  });
}

static void writePair(llvm::json::OStream &json, const PairRow &row) {
  const PairResult &result = row.result;
  json.object([&] {
    json.attribute("case", nameOf(row.pair));
    writeNumber(json, "first_us", result.firstUs);
    writeNumber(json, "second_us", result.secondUs);
    writeNumber(json, "ratio", result.ratio.median);
    writeNumber(json, "lower_quartile", result.ratio.lowerQuartile);
    writeNumber(json, "upper_quartile", result.ratio.upperQuartile);
  });
}

void mlir::lowbit::writeJson(llvm::raw_ostream &os,
                             const Measurements &measurements) {
  llvm::json::OStream json(os, /*IndentSize=*/2);
  json.object([&] {
    writeLimits(json, "limits", measurements.limits.at(1));
    json.attributeObject("limits_by_threads", [&] {
      for (const auto &[threads, limits] : measurements.limits)
        writeLimits(json, std::to_string(threads), limits);
    });
    json.attributeArray("rows", [&] {
      for (const Row &row : measurements.rows)
        writeRow(json, measurements.limits.at(row.which.threads), row);
    });
    json.attributeArray("pairs", [&] {
      for (const PairRow &row : measurements.pairs)
        writePair(json, row);
    });
    json.attributeArray("failed", [&] {
      for (const std::string &name : measurements.failed)
        json.value(name);
    });
    json.attributeArray("peers", [] {});
  });
  os << "\n";
}

//===----------------------------------------------------------------------===//
// Tables
//===----------------------------------------------------------------------===//

static void printLimits(llvm::raw_ostream &os, int threads,
                        const Limits &limits) {
  os << llvm::format("limit, threads %-3d    best    median\n", threads);
  for (const NamedLimit &named : limitNames) {
    os << llvm::format("%-17s", named.name);
    if (const Limit &limit = limits.*named.limit)
      os << llvm::format("%8.1f  %8.1f\n", limit->best, limit->median);
    else
      os << "    none\n";
  }
  os << "\n";
}

/// Half of the values are within so many percent of the whole.
static double spreadPercent(const Spread &spread) {
  return 100 * (spread.upperQuartile - spread.lowerQuartile) / spread.median;
}

static void printRow(llvm::raw_ostream &os, const Limits &limits,
                     const Row &row) {
  const CaseResult &result = row.result;
  Bound bound = findBound(limits, row);
  os << llvm::format(
      "%-44s %-4s %10.2f %6.1f%% %10.2f %7.1f %7.1f %6.1f%%  "
      "%s\n",
      nameOf(row.which).c_str(), nameOf(result.resident).data(),
      result.us.median, spreadPercent(result.us), result.us.lowest,
      result.packedBytes / result.us.median * 1e-3,
      countOperations(row.which) / result.us.median * 1e-3,
      100 * bound.us / result.us.median, bound.name ? bound.name : "none");
}

void mlir::lowbit::printTables(llvm::raw_ostream &os,
                               const Measurements &measurements) {
  for (const auto &[threads, limits] : measurements.limits)
    printLimits(os, threads, limits);
  if (!measurements.rows.empty()) {
    os << "target " << measurements.rows.front().result.target << "\n"
       << llvm::format("%-44s %-4s %10s %7s %10s %7s %7s %7s  %s\n", "case",
                       "from", "median us", "spread", "min us", "GB/s", "Gop/s",
                       "share", "bound by");
    for (const Row &row : measurements.rows)
      printRow(os, measurements.limits.at(row.which.threads), row);
    os << "\n";
  }
  if (!measurements.pairs.empty()) {
    os << llvm::format("%-52s %10s %10s %7s %7s\n", "first:second", "first us",
                       "second us", "ratio", "spread");
    for (const PairRow &row : measurements.pairs)
      os << llvm::format("%-52s %10.2f %10.2f %7.3f %6.1f%%\n",
                         nameOf(row.pair).c_str(), row.result.firstUs,
                         row.result.secondUs, row.result.ratio.median,
                         spreadPercent(row.result.ratio));
    os << "\n";
  }
  if (!measurements.failed.empty()) {
    os << "failed:\n";
    for (const std::string &name : measurements.failed)
      os << "  " << name << "\n";
  }
}
