//===- lowbit-bench.cpp - Time compiled layers and the machine ------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Measures the machine's limits, compiles and times each case, and prints each
// time as a share of the limit that binds it. Exit codes: 0 ok, 1 error.
//
//===----------------------------------------------------------------------===//

#include "CommandLine.h"
#include "Report.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Regex.h"
#include "llvm/Support/WithColor.h"

using namespace mlir::lowbit;

namespace cl = llvm::cl;

static cl::OptionCategory category("lowbit-bench options");
static cl::opt<std::string> jsonPath("json", cl::value_desc("file"),
                                     cl::desc("Write limits and rows as JSON"),
                                     cl::cat(category));
static cl::opt<bool> quick("quick", cl::desc("Measure for a shorter time"),
                           cl::cat(category));
static cl::opt<std::string>
    filter("filter", cl::value_desc("regex"), cl::init("."),
           cl::desc("Run the cases whose name matches, see --list"),
           cl::cat(category));
static cl::opt<std::string>
    target("target", cl::value_desc("name"), cl::init("host"),
           cl::desc("Target that the cases are compiled for, as of "
                    "lowbit-compile"),
           cl::cat(category));
static cl::opt<bool> limitsOnly("limits-only",
                                cl::desc("Measure the machine, run no case"),
                                cl::cat(category));
static cl::opt<bool> listOnly("list", cl::desc("Print the names of the cases"),
                              cl::cat(category));

namespace {
struct Effort {
  LimitEffort limits;
  double secondsPerCase;
};

/// A folder that goes when the object goes.
struct TemporaryFolder {
  llvm::SmallString<128> path;
  std::error_code error =
      llvm::sys::fs::createUniqueDirectory("lowbit-bench", path);
  ~TemporaryFolder() {
    if (error)
      return;
    if (std::error_code left = llvm::sys::fs::remove_directories(path))
      llvm::WithColor::warning() << path << ": " << left.message() << "\n";
  }
};
} // namespace

static constexpr size_t mebibyte = size_t(1) << 20;
static constexpr Effort fullEffort = {{1.0, 1024 * mebibyte}, 0.5};
static constexpr Effort quickEffort = {{0.2, 256 * mebibyte}, 0.1};

static std::vector<Case> selectCases(llvm::Regex &regex) {
  std::vector<Case> cases = listCases();
  llvm::erase_if(
      cases, [&](const Case &which) { return !regex.match(nameOf(which)); });
  return cases;
}

static bool isSameLayer(const Layer &lhs, const Layer &rhs) {
  return lhs.encoding == rhs.encoding && lhs.n == rhs.n && lhs.k == rhs.k &&
         lhs.scope == rhs.scope;
}

/// Runs the cases and appends their rows; an error is printed and the other
/// cases go on. Returns the number of failed cases.
static int runCases(llvm::ArrayRef<Case> cases, const Compiler &compiler,
                    const Effort &effort, std::vector<Row> &rows) {
  CacheSizes caches = detectCacheSizes();
  size_t memoryBytes = effort.limits.dramBytes;
  WeightMemory memory = {HugeBuffer(memoryBytes), memoryBytes};
  if (!memory.buffer.data()) {
    llvm::WithColor::error() << "expected memory for the weights\n";
    return cases.size();
  }
  int failed = 0;
  while (!cases.empty()) {
    const Layer &layer = cases.front().layer;
    llvm::ArrayRef<Case> same = cases.take_while(
        [&](const Case &other) { return isSameLayer(layer, other.layer); });
    cases = cases.drop_front(same.size());
    llvm::Expected<LoadedLayer> loaded =
        loadLayer(layer, compiler, "layer" + std::to_string(cases.size()));
    if (!loaded) {
      llvm::WithColor::error() << nameOf(same.front()) << ": "
                               << llvm::toString(loaded.takeError()) << "\n";
      failed += same.size();
      continue;
    }
    for (const Case &which : same) {
      llvm::Expected<CaseResult> result =
          runCase(which, *loaded, caches, memory, effort.secondsPerCase);
      if (result) {
        rows.push_back({which, *result});
        continue;
      }
      llvm::WithColor::error() << nameOf(which) << ": "
                               << llvm::toString(result.takeError()) << "\n";
      ++failed;
    }
  }
  return failed;
}

int main(int argc, char **argv) {
  cl::HideUnrelatedOptions(category);
  if (!parseCommandLine(argc, argv, "time compiled layers\n"))
    return 1;

  if (auto problem = checkTarget(target)) {
    llvm::WithColor::error() << *problem << "\n";
    return 1;
  }
  llvm::Regex regex(filter);
  std::string message;
  if (!regex.isValid(message)) {
    llvm::WithColor::error() << "expected a regular expression, but got '"
                             << filter << "': " << message << "\n";
    return 1;
  }
  std::vector<Case> cases = selectCases(regex);
  if (listOnly) {
    for (const Case &which : cases)
      llvm::outs() << nameOf(which) << "\n";
    return 0;
  }
  if (cases.empty() && !limitsOnly) {
    llvm::WithColor::error() << "expected a filter that matches a case, but "
                                "got '"
                             << filter << "'\n";
    return 1;
  }

  const Effort &effort = quick ? quickEffort : fullEffort;
  Limits limits;
  auto raiseLimits = [&] {
    raiseComputeLimits(effort.limits, limits);
    raiseBandwidthLimits(detectCacheSizes(), effort.limits, limits);
  };
  raiseLimits();
  std::vector<Row> rows;
  int failed = 0;
  if (!limitsOnly) {
    TemporaryFolder folder;
    if (folder.error) {
      llvm::WithColor::error() << folder.error.message() << "\n";
      return 1;
    }
    llvm::SmallString<128> path(
        llvm::sys::path::parent_path(llvm::sys::fs::getMainExecutable(
            argv[0], reinterpret_cast<void *>(&runCases))));
    llvm::sys::path::append(path, "lowbit-compile");
    Compiler compiler = {path.str().str(), target, folder.path.str().str()};
    failed = runCases(cases, compiler, effort, rows);
    raiseLimits();
  }

  printLimits(llvm::outs(), limits);
  if (!rows.empty()) {
    llvm::outs() << "\n";
    printTable(llvm::outs(), limits, rows);
  }
  if (!jsonPath.empty()) {
    llvm::Error error =
        llvm::writeToOutput(jsonPath, [&](llvm::raw_ostream &os) {
          writeJson(os, limits, rows);
          return llvm::Error::success();
        });
    if (error) {
      llvm::WithColor::error() << llvm::toString(std::move(error)) << "\n";
      return 1;
    }
  }
  return failed != 0;
}
