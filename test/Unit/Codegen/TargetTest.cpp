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
