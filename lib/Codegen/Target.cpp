//===- Target.cpp - Named instruction sets --------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Codegen/Target.h"
#include "mlir/IR/Operation.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

using namespace mlir;
using namespace mlir::lowbit;
using llvm::StringRef;

static constexpr StringRef kX86Amx[] = {
    "amx-bf16", "amx-int8", "amx-tile",   "avx",
    "avx2",     "avx512bw", "avx512cd",   "avx512dq",
    "avx512f",  "avx512vl", "avx512vnni", "avx512vpopcntdq",
    "bmi2",     "f16c",     "fma",        "sse4.2"};

static constexpr StringRef kX86Avx512Popcnt[] = {
    "avx",     "avx2",     "avx512bw",   "avx512cd",        "avx512dq",
    "avx512f", "avx512vl", "avx512vnni", "avx512vpopcntdq", "bmi2",
    "f16c",    "fma",      "sse4.2"};

static constexpr StringRef kX86Avx512Vnni[] = {
    "avx",      "avx2",       "avx512bw", "avx512cd", "avx512dq", "avx512f",
    "avx512vl", "avx512vnni", "bmi2",     "f16c",     "fma",      "sse4.2"};

static constexpr StringRef kX86AvxVnni[] = {"avx",  "avx2", "avxvnni", "bmi2",
                                            "f16c", "fma",  "sse4.2"};

static constexpr StringRef kX86Avx2[] = {"avx",  "avx2", "bmi2",
                                         "f16c", "fma",  "sse4.2"};

static constexpr StringRef kArmDotprod[] = {"dotprod", "neon"};

static constexpr StringRef kArmI8mm[] = {"dotprod", "i8mm", "neon"};

/// One that executes out of order. For others LLVM moves instructions far up,
/// at the price of registers.
static constexpr StringRef kArmTune = "neoverse-n1";

static constexpr Target kTargets[] = {
    {"x86-amx", "x86_64-unknown-linux-gnu", kX86Amx},
    {"x86-avx512popcnt", "x86_64-unknown-linux-gnu", kX86Avx512Popcnt},
    {"x86-avx512vnni", "x86_64-unknown-linux-gnu", kX86Avx512Vnni},
    {"x86-avxvnni", "x86_64-unknown-linux-gnu", kX86AvxVnni},
    {"x86-avx2", "x86_64-unknown-linux-gnu", kX86Avx2},
    {"arm-i8mm", "aarch64-unknown-linux-gnu", kArmI8mm, kArmTune},
    {"arm-dotprod", "aarch64-unknown-linux-gnu", kArmDotprod, kArmTune},
    {"generic", "", {}},
};

bool Target::hasFeature(StringRef feature) const {
  return llvm::is_contained(features, feature);
}

bool Target::needsOptimizer() const { return hasFeature("amx-tile"); }

llvm::ArrayRef<Target> mlir::lowbit::getTargets() { return kTargets; }

/// Whether this machine is of the target's architecture and has its features.
static bool runsHere(const Target &target) {
  llvm::Triple host(llvm::sys::getProcessTriple());
  if (!target.triple.empty() &&
      llvm::Triple(target.triple).getArch() != host.getArch())
    return false;
  llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  return llvm::all_of(target.features, [&](StringRef feature) {
    return features.lookup(feature);
  });
}

const Target *mlir::lowbit::lookupTarget(StringRef name) {
  const Target *found = llvm::find_if(getTargets(), [&](const Target &target) {
    return name == "host" ? runsHere(target) : target.name == name;
  });
  return found == getTargets().end() ? nullptr : found;
}

const Target *mlir::lowbit::requireTarget(Operation *op, StringRef name) {
  const Target *target = lookupTarget(name);
  if (!target)
    op->emitError("expected a target of ")
        << llvm::join(llvm::map_range(getTargets(),
                                      [](const Target &t) { return t.name; }),
                      ", ")
        << " or host, but got '" << name << "'";
  return target;
}

namespace {
struct Choice {
  const Target *target;
  StringRef name; ///< by which it was chosen
};
} // namespace

/// Adds the targets that `name` stands for.
static bool addTargets(StringRef name, llvm::SmallVectorImpl<Choice> &chosen) {
  bool isGroup = name == "x86" || name == "arm";
  for (const Target &target : getTargets())
    if (isGroup && (target.triple.empty() || target.name.starts_with(name)))
      chosen.push_back({&target, name});
  if (isGroup)
    return true;
  chosen.push_back({lookupTarget(name), name});
  return chosen.back().target;
}

static llvm::Error explainRepeatedTarget(const Choice &first,
                                         const Choice &second) {
  std::string got = first.name == second.name
                        ? "'" + first.name.str() + "' twice"
                        : "'" + first.target->name.str() + "' from '" +
                              first.name.str() + "' and '" + second.name.str() +
                              "'";
  return llvm::createStringError(
      "expected each target of --target once, but got " + got);
}

static llvm::Error explainUnknownTarget(StringRef name) {
  std::string names;
  for (const Target &target : getTargets())
    names += target.name.str() + ", ";
  return llvm::createStringError("expected --target=" + names +
                                 "arm, x86 or host, but got '" + name + "'");
}

llvm::Expected<llvm::SmallVector<Target>>
mlir::lowbit::lookupTargets(StringRef names) {
  llvm::SmallVector<Choice> chosen;
  for (StringRef name : llvm::split(names, ','))
    if (!addTargets(name, chosen))
      return explainUnknownTarget(name);
  // The order of the table.
  llvm::stable_sort(chosen, [](const Choice &left, const Choice &right) {
    return left.target < right.target;
  });
  StringRef triple;
  for (auto [i, choice] : llvm::enumerate(chosen)) {
    const Target &target = *choice.target;
    if (i != 0 && chosen[i - 1].target == &target)
      return explainRepeatedTarget(chosen[i - 1], choice);
    if (!triple.empty() && !target.triple.empty() && target.triple != triple)
      return llvm::createStringError(
          "expected --target of one architecture, but got '" +
          chosen.front().target->name + "' and '" + target.name + "'");
    if (triple.empty())
      triple = target.triple;
  }
  return llvm::map_to_vector(chosen, [&](const Choice &choice) {
    Target target = *choice.target;
    target.triple = triple;
    return target;
  });
}
