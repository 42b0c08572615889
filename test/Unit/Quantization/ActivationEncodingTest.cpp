//===- ActivationEncodingTest.cpp - What to make of an activation ---------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/ActivationEncoding.h"

#include "gtest/gtest.h"

using namespace mlir::lowbit;

TEST(ActivationEncoding, Defaults) {
  std::string error;
  std::optional<ActivationEncoding> encoding =
      ActivationEncoding::parse("int8", error);
  ASSERT_TRUE(encoding) << error;
  EXPECT_FALSE(encoding->isFloat);
  EXPECT_TRUE(encoding->perRow);
  EXPECT_EQ(encoding->zeroPoint, ZeroPointKind::Integer);
  EXPECT_EQ(encoding->getLowestCode(), -128);
  EXPECT_EQ(encoding->getHighestCode(), 127);
}

TEST(ActivationEncoding, RoundTrips) {
  const std::pair<const char *, const char *> cases[] = {
      {"f32", "f32"},
      {"int8", "int8"},
      {"int8:granularity=row,zero-point=int", "int8"},
      {"int8:granularity=tensor", "int8:granularity=tensor"},
      {"int8:zero-point=none", "int8:zero-point=none"},
      {"int8:zero-point=none,granularity=tensor",
       "int8:granularity=tensor,zero-point=none"},
  };
  for (auto [text, canonical] : cases) {
    std::string error;
    std::optional<ActivationEncoding> encoding =
        ActivationEncoding::parse(text, error);
    ASSERT_TRUE(encoding) << error;
    EXPECT_EQ(encoding->toString(), canonical);
    std::optional<ActivationEncoding> again =
        ActivationEncoding::parse(encoding->toString(), error);
    ASSERT_TRUE(again) << error;
    EXPECT_EQ(*again, *encoding);
  }
}

TEST(ActivationEncoding, Errors) {
  const std::pair<const char *, const char *> cases[] = {
      {"", "expected activation encoding f32 or int8, but got ''"},
      {"int4", "expected activation encoding f32 or int8, but got 'int4'"},
      {"f32:granularity=row",
       "expected no items with activation encoding f32, but got "
       "'granularity'"},
      {"int8:granularity=channel",
       "expected granularity to be one of row, tensor, but got 'channel'"},
      {"int8:granularity",
       "expected granularity to be one of row, tensor, but got ''"},
      {"int8:zero-point=float",
       "expected zero-point to be one of int, none, but got 'float'"},
      {"int8:block=32", "unknown activation encoding item 'block': expected "
                        "one of granularity, zero-point"},
      {"int8:", "expected an encoding item after each ':' and ',', but got "
                "none in 'int8:'"},
      {"int8:zero-point=int,zero-point=none",
       "expected each encoding item once, but got 'zero-point' twice"},
  };
  for (auto [text, expected] : cases) {
    std::string error;
    EXPECT_FALSE(ActivationEncoding::parse(text, error)) << text;
    EXPECT_EQ(error, expected);
  }
}
