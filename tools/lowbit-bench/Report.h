//===- Report.h - A run as a table and as JSON ---------------- -*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A row is a timed case together with the limit that binds it: the larger of
// the time of its packed bytes at the bandwidth of the level they come from,
// and the time of its multiply-adds at the peak of its instruction set.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_TOOLS_BENCH_REPORT_H
#define LOWBIT_TOOLS_BENCH_REPORT_H

#include "Limits.h"
#include "RunCase.h"

#include <map>

namespace mlir::lowbit {

struct Row {
  Case which;
  CaseResult result;
};

struct PairRow {
  Pair pair;
  PairResult result;
};

/// All that a run of the tool has measured.
struct Measurements {
  std::map<int, Limits> limits; ///< by the number of threads
  std::vector<Row> rows;
  std::vector<PairRow> pairs;
  std::vector<std::string> failed; ///< names of cases and pairs
};

/// bench/README.md describes the format.
void writeJson(llvm::raw_ostream &os, const Measurements &measurements);

void printTables(llvm::raw_ostream &os, const Measurements &measurements);

} // namespace mlir::lowbit

#endif // LOWBIT_TOOLS_BENCH_REPORT_H
