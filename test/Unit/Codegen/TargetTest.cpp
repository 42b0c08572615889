//===- TargetTest.cpp - Named instruction sets ----------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Codegen/Target.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/TargetParser/Host.h"

#include "gtest/gtest.h"

using namespace mlir::lowbit;

TEST(Target, LookupByName) {
  for (const Target &target : getTargets())
    EXPECT_EQ(lookupTarget(target.name), &target);
  EXPECT_EQ(lookupTarget(""), nullptr);
  EXPECT_EQ(lookupTarget("x86"), nullptr);
  EXPECT_EQ(lookupTarget("GENERIC"), nullptr);
}

TEST(Target, GenericIsLastAndNeedsNothing) {
  const Target &last = getTargets().back();
  EXPECT_EQ(last.name, "generic");
  EXPECT_TRUE(last.features.empty());
  EXPECT_TRUE(last.triple.empty());
}

TEST(Target, HostIsTheFirstWhoseFeaturesAreHere) {
  const Target *host = lookupTarget("host");
  ASSERT_NE(host, nullptr);
  llvm::StringMap<bool> here = llvm::sys::getHostCPUFeatures();
  auto runs = [&](const Target &target) {
    return llvm::all_of(target.features, [&](llvm::StringRef feature) {
      return here.lookup(feature);
    });
  };
  EXPECT_TRUE(runs(*host));
  for (const Target &target : getTargets()) {
    if (&target == host)
      break;
    EXPECT_FALSE(runs(target)) << target.name.str();
  }
}

TEST(Target, AmxIsMoreThanVectors) {
  const Target *amx = lookupTarget("x86-amx");
  ASSERT_NE(amx, nullptr);
  for (llvm::StringRef feature : lookupTarget("x86-avx512vnni")->features)
    EXPECT_TRUE(amx->hasFeature(feature)) << feature.str();
}

TEST(Target, FeaturesAreThoseListed) {
  const Target *target = lookupTarget("x86-avx512vnni");
  ASSERT_NE(target, nullptr);
  EXPECT_TRUE(target->hasFeature("avx512vnni"));
  EXPECT_FALSE(target->hasFeature("amx-int8"));
  for (const Target &each : getTargets())
    EXPECT_TRUE(llvm::is_sorted(each.features)) << each.name.str();
}

static std::vector<std::string> namesOf(llvm::StringRef names) {
  llvm::Expected<llvm::SmallVector<Target>> targets = lookupTargets(names);
  if (!targets)
    return {llvm::toString(targets.takeError())};
  std::vector<std::string> found;
  for (const Target &target : *targets)
    found.push_back(target.name.str());
  return found;
}

TEST(Target, ListsAreInTheOrderOfTheTable) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(namesOf("generic"), Names{"generic"});
  EXPECT_EQ(namesOf("generic,x86-avx2,x86-avx512vnni"),
            (Names{"x86-avx512vnni", "x86-avx2", "generic"}));
  EXPECT_EQ(namesOf("arm"), (Names{"arm-i8mm", "arm-dotprod", "generic"}));
  EXPECT_EQ(namesOf("x86").back(), "generic");
}

TEST(Target, GroupsHoldAllOfAnArchitecture) {
  for (llvm::StringRef group : {"x86", "arm"}) {
    auto targets = llvm::cantFail(lookupTargets(group));
    for (const Target &target : getTargets())
      EXPECT_EQ(llvm::any_of(targets,
                             [&](const Target &other) {
                               return other.name == target.name;
                             }),
                target.name.starts_with(group) || target.name == "generic")
          << target.name.str();
  }
}

TEST(Target, GenericIsOfTheArchitectureOfTheOthers) {
  for (const Target &target : llvm::cantFail(lookupTargets("generic,arm-i8mm")))
    EXPECT_EQ(target.triple, "aarch64-unknown-linux-gnu");
}

TEST(Target, ListsThatAreRefused) {
  EXPECT_EQ(namesOf("x86-avx2,x86-avx2").front(),
            "expected each target of --target once, but got 'x86-avx2' twice");
  EXPECT_EQ(namesOf("x86,generic").front(),
            "expected each target of --target once, but got 'generic' from "
            "'x86' and 'generic'");
  EXPECT_EQ(namesOf("generic,x86,x86-avx2").front(),
            "expected each target of --target once, but got 'x86-avx2' from "
            "'x86' and 'x86-avx2'");
  EXPECT_EQ(namesOf("arm,arm").front(),
            "expected each target of --target once, but got 'arm' twice");
  EXPECT_EQ(namesOf("x86-avx2,arm-i8mm").front(),
            "expected --target of one architecture, but got 'x86-avx2' and "
            "'arm-i8mm'");
  for (llvm::StringRef names : {"", "x86-avx2,", ",", "x86-avx2, generic"})
    EXPECT_TRUE(llvm::StringRef(namesOf(names).front())
                    .contains("expected --target=x86-"))
        << names.str();
}
