//===- Progress.h - How far a long run is -----------------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_TOOLS_PROGRESS_H
#define LOWBIT_TOOLS_PROGRESS_H

#include <chrono>
#include <cstdint>

namespace mlir::lowbit {

/// A line on the standard error that is written again and again: a bar, and the
/// time that is left. Nothing where that is no terminal.
class Progress {
public:
  explicit Progress(int64_t total);
  ~Progress() { clear(); }

  /// Shows that `done` of the total are done, ten times a second at most.
  void show(int64_t done);

  /// Empties the line, for one that is to stay.
  void clear() const;

private:
  using Clock = std::chrono::steady_clock;
  int64_t total;
  bool isShown;
  Clock::time_point begin, next;
};

} // namespace mlir::lowbit

#endif // LOWBIT_TOOLS_PROGRESS_H
