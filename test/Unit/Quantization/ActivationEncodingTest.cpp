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

static ActivationEncoding parse(const char *text) {
  std::string error;
  std::optional<ActivationEncoding> encoding =
      ActivationEncoding::parse(text, error);
  EXPECT_TRUE(encoding) << error;
  return encoding.value_or(ActivationEncoding());
}

TEST(ActivationEncoding, Defaults) {
  ActivationEncoding encoding = parse("int8");
  EXPECT_FALSE(encoding.isFloat());
  EXPECT_TRUE(encoding.perRow);
  EXPECT_EQ(encoding.time, ParameterTime::Either);
  EXPECT_EQ(encoding.rule, RangeRule::MinMax);
  EXPECT_EQ(encoding.zeroPoint, ZeroPointKind::Integer);
  EXPECT_TRUE(parse("float").isFloat());
  EXPECT_EQ(parse("ternary").rule, RangeRule::Mse);
  EXPECT_EQ(parse("binary").time, ParameterTime::Either);
}

TEST(ActivationEncoding, Codes) {
  struct {
    const char *text;
    int32_t lowest, highest, count;
  } cases[] = {
      {"int8", -128, 127, 256}, {"int8:zero-point=none", -127, 127, 255},
      {"int2", -2, 1, 4},       {"uint8", 0, 255, 256},
      {"uint3", 0, 7, 8},       {"ternary", -1, 1, 3},
      {"binary", -1, 1, 2},     {"float", 0, 0, 0}};
  for (const auto &c : cases) {
    EXPECT_EQ(parse(c.text).getLowestCode(), c.lowest) << c.text;
    EXPECT_EQ(parse(c.text).getHighestCode(), c.highest) << c.text;
    EXPECT_EQ(parse(c.text).getNumCodes(), c.count) << c.text;
  }
}

TEST(ActivationEncoding, ItemsSayWhenParametersAreChosen) {
  for (const char *text :
       {"int8:static", "int8:range=kl", "int8:range=[0,6]",
        "int8:percentile=99", "binary:static", "ternary:threshold=1"})
    EXPECT_EQ(parse(text).time, ParameterTime::Static) << text;
  for (const char *text : {"int8:dynamic", "int8:granularity=row",
                           "binary:dynamic", "ternary:granularity=tensor"})
    EXPECT_EQ(parse(text).time, ParameterTime::Dynamic) << text;
}

TEST(ActivationEncoding, Ranges) {
  EXPECT_EQ(parse("int8:range=[-3,3.5]").range, (RealRange{-3.0f, 3.5f}));
  EXPECT_EQ(parse("int8:range=[1e-3,1e3]").range, (RealRange{1e-3f, 1e3f}));
  EXPECT_EQ(parse("int8:percentile=99.9").rule, RangeRule::Percentile);
  EXPECT_EQ(parse("int8:percentile=99.9").percentile, 99.9);
}

TEST(ActivationEncoding, RoundTrips) {
  const std::pair<const char *, const char *> cases[] = {
      {"float", "float"},
      {"int8", "int8"},
      {"uint5", "uint5"},
      {"int8:zero-point=int", "int8"},
      {"int8:granularity=row", "int8:dynamic"},
      {"int8:dynamic,granularity=tensor", "int8:granularity=tensor"},
      {"int4:zero-point=none", "int4:zero-point=none"},
      {"int8:zero-point=none,granularity=tensor",
       "int8:granularity=tensor,zero-point=none"},
      {"int8:static,range=minmax", "int8:static"},
      {"int8:static,range=kl", "int8:range=kl"},
      {"int8:range=percentile", "int8:range=percentile"},
      {"int8:range=percentile,percentile=99", "int8:percentile=99"},
      {"int8:zero-point=none,range=[-0.5,2]",
       "int8:range=[-0.5,2],zero-point=none"},
      {"int8:range=batch-norm", "int8:range=batch-norm"},
      {"ternary:sigmas=6", "ternary:range=batch-norm"},
      {"uint8:static,sigmas=2.5", "uint8:sigmas=2.5"},
      {"int8:ema", "int8:ema"},
      {"uint8:ema,momentum=0.9", "uint8:ema"},
      {"int4:ema,momentum=0.5,zero-point=none",
       "int4:momentum=0.5,zero-point=none"},
      {"int8:momentum=1", "int8:momentum=1"},
      {"ternary", "ternary"},
      {"ternary:static", "ternary:static"},
      {"binary:granularity=row", "binary:dynamic"},
      {"ternary:threshold=0.5,range=mse", "ternary:threshold=0.5"},
      {"binary:range=minmax", "binary:range=minmax"},
      {"binary:range=[-1,1]", "binary:range=[-1,1]"},
  };
  for (auto [text, canonical] : cases) {
    EXPECT_EQ(parse(text).toString(), canonical);
    EXPECT_EQ(parse(canonical), parse(text));
  }
}

TEST(ActivationEncoding, Errors) {
  const std::pair<const char *, const char *> cases[] = {
      {"", "unknown activation encoding '': expected one of binary, float, "
           "int2..int8, ternary, uint2..uint8"},
      {"int1", "unknown activation encoding 'int1': expected one of binary, "
               "float, int2..int8, ternary, uint2..uint8"},
      {"float:granularity=row",
       "expected no items with activation encoding float, but got "
       "'granularity'"},
      {"int8:granularity=channel",
       "expected granularity to be one of row, tensor, but got 'channel'"},
      {"int8:granularity",
       "expected a value of activation encoding item 'granularity'"},
      {"int8:static=1",
       "expected no value of activation encoding item 'static'"},
      {"int8:zero-point=float",
       "expected zero-point to be one of int, none, but got 'float'"},
      {"uint8:zero-point=none",
       "expected zero-point=int with uint8, but got none"},
      {"int8:block=32",
       "unknown activation encoding item 'block' of int8: expected one of "
       "dynamic, ema, granularity, momentum, percentile, range, sigmas, "
       "static, zero-point"},
      {"ternary:ema",
       "unknown activation encoding item 'ema' of ternary: expected one of "
       "dynamic, granularity, percentile, range, sigmas, static, threshold"},
      {"binary:threshold=1",
       "unknown activation encoding item 'threshold' of binary: expected one "
       "of dynamic, granularity, percentile, range, sigmas, static"},
      {"int8:range=entropy", "expected range to be one of [a,b], batch-norm, "
                             "kl, minmax, moving_average, mse, "
                             "percentile, but got 'entropy'"},
      {"ternary:range=kl", "expected range to be one of [a,b], batch-norm, "
                           "minmax, moving_average, mse, "
                           "percentile, but got 'kl'"},
      {"int8:range=[3,1]",
       "expected range=[a,b] with finite a <= b, but got '[3,1]'"},
      {"int8:range=[1,inf]",
       "expected range=[a,b] with finite a <= b, but got '[1,inf]'"},
      {"int8:range=[1,2",
       "expected range=[a,b] with finite a <= b, but got '[1,2'"},
      {"int8:range=[1,2]x",
       "expected range=[a,b] with finite a <= b, but got '[1,2]x'"},
      {"int8:range=[1]",
       "expected range=[a,b] with finite a <= b, but got '[1]'"},
      {"int8:percentile=101",
       "expected percentile to be at most 100, but got '101'"},
      {"int8:range=kl,percentile=99",
       "expected percentile= with range=percentile, but got another range"},
      {"int8:dynamic,range=kl",
       "expected items of static parameters (percentile, range, sigmas, "
       "static, threshold), of "
       "dynamic ones (dynamic, granularity) or of running ones (ema, "
       "momentum), "
       "but got several"},
      {"int8:ema,granularity=tensor",
       "expected items of static parameters (percentile, range, sigmas, "
       "static, threshold), of "
       "dynamic ones (dynamic, granularity) or of running ones (ema, "
       "momentum), "
       "but got several"},
      {"int8:sigmas=-1",
       "expected sigmas to be a finite number of at least 0, but got '-1'"},
      {"int8:range=kl,sigmas=2",
       "expected sigmas= with range=batch-norm, but got another range"},
      {"int8:percentile=99,sigmas=2",
       "expected sigmas= or percentile=, but got both"},
      {"int8:ema=0.5", "expected no value of activation encoding item 'ema'"},
      {"int8:momentum=1.5", "expected momentum to be at most 1, but got '1.5'"},
      {"int8:momentum=-1",
       "expected momentum to be a finite number of at least 0, but got '-1'"},
      {"ternary:threshold=-1",
       "expected threshold to be a finite number of at least 0, but got '-1'"},
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
