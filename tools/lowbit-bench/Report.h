//===- Report.h - Rows and limits as a table and as JSON ------ -*- C++ -*-===//
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

namespace mlir::lowbit {

struct Row {
  Case which;
  CaseResult result;
};

/// bench/README.md describes the format.
void writeJson(llvm::raw_ostream &os, const Limits &limits,
               llvm::ArrayRef<Row> rows);

void printLimits(llvm::raw_ostream &os, const Limits &limits);
void printTable(llvm::raw_ostream &os, const Limits &limits,
                llvm::ArrayRef<Row> rows);

} // namespace mlir::lowbit

#endif // LOWBIT_TOOLS_BENCH_REPORT_H
