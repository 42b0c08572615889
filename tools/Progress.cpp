//===- Progress.cpp - How far a long run is -------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Progress.h"

#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <string>

using namespace mlir::lowbit;

static constexpr int width = 30;

Progress::Progress(int64_t total)
    : total(total), isShown(isatty(STDERR_FILENO)), begin(Clock::now()),
      next(begin) {}

void Progress::clear() const {
  if (isShown)
    std::fputs("\r\033[K", stderr);
}

void Progress::show(int64_t done) {
  Clock::time_point now = Clock::now();
  if (!isShown || now < next || done == 0)
    return;
  next = now + std::chrono::milliseconds(100);
  double share = double(done) / double(total);
  double passed = std::chrono::duration<double>(now - begin).count();
  long left = std::lround(passed / share * (1 - share));
  auto full = static_cast<int>(share * width);
  std::fprintf(stderr, "\r[%s%s] %lld/%lld, %ld:%02ld left\033[K",
               std::string(size_t(full), '#').c_str(),
               std::string(size_t(width - full), '.').c_str(),
               static_cast<long long>(done), static_cast<long long>(total),
               left / 60, left % 60);
  std::fflush(stderr);
}
