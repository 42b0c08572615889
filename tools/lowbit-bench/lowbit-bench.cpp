//===- lowbit-bench.cpp - Time compiled layers and the machine ------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Measures the machine's limits, compiles and times each case, and prints each
// time as a share of the limit that binds it; then pairs of cases, in turn, and
// their ratio. Exit codes: 0 ok, 1 error.
//
//===----------------------------------------------------------------------===//

#include "CommandLine.h"
#include "HugeBuffer.h"
#include "Progress.h"
#include "Report.h"

#include "lowbit-c/Model.h"
#include "lowbit/Codegen/Target.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Regex.h"
#include "llvm/Support/WithColor.h"

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace mlir::lowbit;

namespace cl = llvm::cl;

static cl::OptionCategory category("lowbit-bench options");
static cl::opt<std::string>
    jsonPath("json", cl::value_desc("file"),
             cl::desc("Write limits, rows and pairs as JSON"),
             cl::cat(category));
static cl::opt<bool> quick("quick", cl::desc("Measure for a shorter time"),
                           cl::cat(category));
static cl::opt<std::string>
    filter("filter", cl::value_desc("regex"), cl::init(defaultNames),
           cl::desc("Run all cases and pairs whose names match, see --list"),
           cl::cat(category));
static cl::opt<std::string>
    target("target", cl::value_desc("name"), cl::init("host"),
           cl::desc("Target that the cases are compiled for, as of "
                    "lowbit-compile"),
           cl::cat(category));
static cl::opt<std::string>
    keep("keep", cl::value_desc("folder"),
         cl::desc("Leave the compiled layers there, as ENCODING-NxK-SCOPE.so"),
         cl::cat(category));
static cl::opt<bool> limitsOnly("limits-only",
                                cl::desc("Measure the machine, run no case"),
                                cl::cat(category));
static cl::opt<bool> listOnly("list",
                              cl::desc("Print the names of cases and pairs"),
                              cl::cat(category));

namespace {
struct Effort {
  LimitEffort limits;
  double secondsPerCase;
};

struct Selection {
  std::vector<Case> cases;
  std::vector<Pair> pairs;

  bool empty() const { return cases.empty() && pairs.empty(); }
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
static constexpr Effort fullEffort = {{0.5, 1024 * mebibyte}, 0.5};
static constexpr Effort quickEffort = {{0.2, 1024 * mebibyte}, 0.1};
/// So that cold weights come round after more than 1 GiB.
static constexpr size_t weightBytes = 1280 * mebibyte;

static Selection selectCases(llvm::Regex &regex) {
  Selection selection = {listCases(), listPairs()};
  auto isLeftOut = [&](const auto &which) {
    return !regex.match(nameOf(which));
  };
  llvm::erase_if(selection.cases, isLeftOut);
  llvm::erase_if(selection.pairs, isLeftOut);
  return selection;
}

/// The numbers of threads whose limits are asked for.
static std::set<int> listThreads(llvm::ArrayRef<Case> cases) {
  std::set<int> threads = {1};
  for (const Case &which : cases)
    if (which.threads <= countProcessors())
      threads.insert(which.threads);
  return threads;
}

static void raiseLimits(const std::set<int> &threads, const LimitEffort &effort,
                        std::map<int, Limits> &limits) {
  CacheSizes caches = detectCacheSizes();
  for (int number : threads) {
    ThreadPool pool(number);
    raiseComputeLimits(effort, pool, limits[number]);
    raiseBandwidthLimits(caches, effort, pool, limits[number]);
  }
}

namespace {
/// Runs cases and pairs and collects their rows. An error is printed, the
/// others go on.
class Runner {
public:
  Runner(Compiler compiler, double seconds, Progress &progress,
         Measurements &into)
      : compiler(std::move(compiler)), seconds(seconds), progress(progress),
        into(into) {}

  void runCases(llvm::ArrayRef<Case> cases);
  void runPair(const Pair &pair);

private:
  void countOne() { progress.show(++done); }

  template <typename Which> void fail(const Which &which, llvm::Error error) {
    progress.clear();
    llvm::WithColor::error()
        << nameOf(which) << ": " << llvm::toString(std::move(error)) << "\n";
    into.failed.push_back(nameOf(which));
    countOne();
  }

  Compiler compiler;
  double seconds;
  Progress &progress;
  Measurements &into;
  int64_t done = 0;
  CacheSizes caches = detectCacheSizes();
  HugeBuffer buffer{weightBytes};
  WeightMemory memory = {buffer.data(), buffer.data() ? weightBytes : 0};
};
} // namespace

/// Each layer is compiled once.
void Runner::runCases(llvm::ArrayRef<Case> cases) {
  while (!cases.empty()) {
    const Layer &layer = cases.front().layer;
    llvm::ArrayRef<Case> same = cases.take_while([&](const Case &other) {
      return nameOf(layer) == nameOf(other.layer);
    });
    cases = cases.drop_front(same.size());
    llvm::Expected<LoadedLayer> loaded = loadLayer(layer, compiler);
    if (!loaded) {
      std::string message = llvm::toString(loaded.takeError());
      for (const Case &which : same)
        fail(which, llvm::createStringError(message));
      continue;
    }
    for (const Case &which : same) {
      llvm::Expected<CaseResult> result =
          runCase(which, *loaded, caches, memory, seconds);
      if (!result) {
        fail(which, result.takeError());
        continue;
      }
      into.rows.push_back({which, *result});
      countOne();
    }
  }
}

void Runner::runPair(const Pair &pair) {
  llvm::Expected<LoadedLayer> first = loadLayer(pair.first.layer, compiler);
  if (!first)
    return fail(pair, first.takeError());
  llvm::Expected<LoadedLayer> second = loadLayer(pair.second.layer, compiler);
  if (!second)
    return fail(pair, second.takeError());
  llvm::Expected<PairResult> result =
      mlir::lowbit::runPair(pair, *first, *second, caches, memory, 2 * seconds);
  if (!result)
    return fail(pair, result.takeError());
  into.pairs.push_back({pair, *result});
  countOne();
}

/// What this machine lacks for all of the targets called `names`, if anything.
static std::optional<std::string> checkMachine(llvm::StringRef names) {
  llvm::SmallVector<Target> targets = llvm::cantFail(lookupTargets(names));
  std::vector<std::pair<std::string, std::string>> texts; // of the variants
  for (const Target &each : targets)
    texts.emplace_back(each.name, llvm::join(each.features, ","));
  std::vector<lowbit_variant> variants;
  for (const auto &[name, features] : texts)
    variants.push_back({name.c_str(), features.c_str(), nullptr, nullptr});
  int32_t choice = 0;
  lowbit_model model = {};
  model.abi_version = LOWBIT_ABI_VERSION;
  model.num_variants = int32_t(variants.size());
  model.variants = variants.data();
  model.choice = &choice;
  char text[4096];
  if (lowbit_model_explain(&model, text, sizeof(text)) == LOWBIT_OK)
    return std::nullopt;
  return text;
}

static llvm::Error measure(const Selection &selection, const Effort &effort,
                           llvm::StringRef program, Measurements &into) {
  std::set<int> threads = listThreads(selection.cases);
  raiseLimits(threads, effort.limits, into.limits);
  if (limitsOnly)
    return llvm::Error::success();

  TemporaryFolder temporary;
  std::string folder = keep.empty() ? temporary.path.str().str() : keep;
  std::error_code code =
      keep.empty() ? temporary.error : llvm::sys::fs::create_directories(keep);
  if (code)
    return llvm::createStringError(code, folder + ": " + code.message());
  llvm::SmallString<128> path(llvm::sys::path::parent_path(program));
  llvm::sys::path::append(path, "lowbit-compile");
  {
    Progress progress(selection.cases.size() + selection.pairs.size());
    Runner runner({path.str().str(), target, folder}, effort.secondsPerCase,
                  progress, into);
    runner.runCases(selection.cases);
    for (const Pair &pair : selection.pairs)
      runner.runPair(pair);
  }
  raiseLimits(threads, effort.limits, into.limits);
  return llvm::Error::success();
}

int main(int argc, char **argv) {
  cl::HideUnrelatedOptions(category);
  if (!parseCommandLine(argc, argv, "time compiled layers\n"))
    return 1;

  auto fail = [](const llvm::Twine &message) {
    llvm::WithColor::error() << message << "\n";
    return 1;
  };
  if (auto problem = checkTarget(target))
    return fail(*problem);
  llvm::Regex regex(filter);
  std::string message;
  if (!regex.isValid(message))
    return fail("expected a regular expression, but got '" + filter +
                "': " + message);
  Selection selection = selectCases(regex);
  if (listOnly) {
    for (const Case &which : selection.cases)
      llvm::outs() << nameOf(which) << "\n";
    for (const Pair &pair : selection.pairs)
      llvm::outs() << nameOf(pair) << "\n";
    return 0;
  }
  if (selection.empty() && !limitsOnly)
    return fail("expected a filter that matches a case, but got '" + filter +
                "'");
  if (!limitsOnly)
    if (auto problem = checkMachine(target))
      return fail(*problem);

  std::string program = llvm::sys::fs::getMainExecutable(
      argv[0], reinterpret_cast<void *>(&selectCases));
  Measurements measurements;
  if (llvm::Error error = measure(selection, quick ? quickEffort : fullEffort,
                                  program, measurements))
    return fail(llvm::toString(std::move(error)));

  printTables(llvm::outs(), measurements);
  if (!jsonPath.empty()) {
    llvm::Error error =
        llvm::writeToOutput(jsonPath, [&](llvm::raw_ostream &os) {
          writeJson(os, measurements);
          return llvm::Error::success();
        });
    if (error)
      return fail(llvm::toString(std::move(error)));
  }
  return !measurements.failed.empty();
}
