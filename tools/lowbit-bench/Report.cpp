//===- Report.cpp - Rows and limits as a table and as JSON ----------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Report.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"

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

/// The peak of the instructions that the products of a row are made of.
static Limit Limits::*peakOf(const Row &row) {
  if (row.which.layer.encoding->activation == Activation::Float)
    return &Limits::fmaGflops;
  llvm::StringRef target = row.result.target;
  return target == "x86-amx" ? &Limits::amxInt8Gops : &Limits::vpdpbusdGops;
}

static Bound findBound(const Limits &limits, const Row &row) {
  const Layer &layer = row.which.layer;
  double operations = 2.0 * row.which.m * layer.n * layer.k;
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
  consider(peakOf(row), operations);
  return bound;
}

/// A number with as many digits as a measurement deserves.
static void writeNumber(llvm::json::OStream &json, llvm::StringRef name,
                        double value) {
  json.attributeBegin(name);
  json.rawValue(
      [&](llvm::raw_ostream &os) { os << llvm::format("%.3f", value); });
  json.attributeEnd();
}

static void writeRow(llvm::json::OStream &json, const Limits &limits,
                     const Row &row) {
  const Layer &layer = row.which.layer;
  Bound bound = findBound(limits, row);
  json.object([&] {
    json.attribute("target", row.result.target);
    json.attribute("encoding", layer.encoding->name);
    json.attribute("activation", nameOf(layer.encoding->activation));
    json.attribute("block", layer.encoding->block);
    json.attribute("m", row.which.m);
    json.attribute("n", layer.n);
    json.attribute("k", layer.k);
    json.attribute("threads", 1);
    json.attribute("resident", nameOf(row.result.resident));
    json.attribute("scope", nameOf(layer.scope));
    writeNumber(json, "median_us", row.result.timing.medianUs);
    writeNumber(json, "min_us", row.result.timing.minUs);
    json.attribute("bound_by", bound.name ? llvm::json::Value(bound.name)
                                          : llvm::json::Value(nullptr));
    writeNumber(json, "share", bound.us / row.result.timing.medianUs);
  });
}

void mlir::lowbit::writeJson(llvm::raw_ostream &os, const Limits &limits,
                             llvm::ArrayRef<Row> rows) {
  llvm::json::OStream json(os, /*IndentSize=*/2);
  json.object([&] {
    json.attributeObject("limits", [&] {
      for (const NamedLimit &named : limitNames) {
        if (const Limit &limit = limits.*named.limit)
          writeNumber(json, named.name, limit->best);
        else
          json.attribute(named.name, nullptr);
      }
    });
    json.attributeArray("rows", [&] {
      for (const Row &row : rows)
        writeRow(json, limits, row);
    });
    json.attributeArray("peers", [] {});
  });
  os << "\n";
}

void mlir::lowbit::printLimits(llvm::raw_ostream &os, const Limits &limits) {
  os << "limit             best    median\n";
  for (const NamedLimit &named : limitNames) {
    os << llvm::format("%-14s", named.name);
    if (const Limit &limit = limits.*named.limit)
      os << llvm::format("%8.1f  %8.1f\n", limit->best, limit->median);
    else
      os << "    none\n";
  }
}

void mlir::lowbit::printTable(llvm::raw_ostream &os, const Limits &limits,
                              llvm::ArrayRef<Row> rows) {
  os << llvm::format("%-40s %-18s %-4s %10s %10s %7s %7s  %s\n", "case",
                     "target", "from", "median us", "min us", "GB/s", "share",
                     "bound by");
  for (const Row &row : rows) {
    const CaseResult &result = row.result;
    Bound bound = findBound(limits, row);
    os << llvm::format("%-40s %-18s %-4s %10.2f %10.2f %7.1f %6.1f%%  %s\n",
                       nameOf(row.which).c_str(), result.target.c_str(),
                       nameOf(result.resident).data(), result.timing.medianUs,
                       result.timing.minUs,
                       result.packedBytes / result.timing.medianUs * 1e-3,
                       100 * bound.us / result.timing.medianUs,
                       bound.name ? bound.name : "none");
  }
}
