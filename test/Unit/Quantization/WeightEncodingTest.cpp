//===- WeightEncodingTest.cpp - What to make of a weight ------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/WeightEncoding.h"

#include "gtest/gtest.h"

using namespace mlir::lowbit;

static WeightEncoding parse(const std::string &text) {
  std::string error;
  std::optional<WeightEncoding> encoding = WeightEncoding::parse(text, error);
  EXPECT_TRUE(encoding) << text << ": " << error;
  return encoding.value_or(WeightEncoding());
}

TEST(WeightEncoding, AffineDefaults) {
  WeightEncoding encoding = parse("int4");
  EXPECT_EQ(encoding.scheme, WeightScheme::Affine);
  EXPECT_EQ(encoding.method, WeightMethod::MinMax);
  EXPECT_EQ(encoding.bits, 4u);
  EXPECT_TRUE(encoding.isSigned);
  EXPECT_EQ(encoding.codes, CodeRange::Narrow);
  EXPECT_EQ(encoding.zeroPoint, ZeroPointKind::None);
  EXPECT_EQ(encoding.group, (GroupShape{1, 0}));
  EXPECT_EQ(encoding.scaleType, ScaleType::F32);
  EXPECT_EQ(encoding.rounding.mode, RoundingMode::NearestEven);
  EXPECT_EQ(parse("int4:zero-point=int").codes, CodeRange::Full);
  EXPECT_EQ(parse("int1").codes, CodeRange::Full);
  EXPECT_EQ(parse("uint8").zeroPoint, ZeroPointKind::Integer);
}

TEST(WeightEncoding, SignDefaults) {
  WeightEncoding ternary = parse("ternary");
  EXPECT_EQ(ternary.method, WeightMethod::Sigma);
  EXPECT_EQ(ternary.alpha, 1.2);
  EXPECT_EQ(ternary.scaleRule, ScaleRule::MeanSelected);
  EXPECT_EQ(ternary.group, (GroupShape{1, 0}));
  EXPECT_EQ(parse("ternary:absmean").scaleRule, ScaleRule::MeanAbs);
  EXPECT_EQ(parse("ternary:threshold=0.5").method, WeightMethod::Threshold);
  WeightEncoding binary = parse("binary");
  EXPECT_EQ(binary.method, WeightMethod::Sign);
  EXPECT_EQ(binary.scaleRule, ScaleRule::MeanAbs);
}

TEST(WeightEncoding, Codes) {
  const std::tuple<const char *, int32_t, int32_t, unsigned> cases[] = {
      {"f32", 0, 0, 32},      {"ternary", -1, 1, 2},
      {"binary", -1, 1, 1},   {"binary:step", 0, 1, 1},
      {"int4", -7, 7, 4},     {"int4:codes=full", -8, 7, 4},
      {"uint8", 0, 255, 8},   {"int1", -1, 0, 1},
      {"codebook3", 0, 7, 3}, {"binary:planes=3", -1, 1, 3}};
  for (auto [text, lo, hi, bits] : cases) {
    EXPECT_EQ(parse(text).getLowestCode(), lo) << text;
    EXPECT_EQ(parse(text).getHighestCode(), hi) << text;
    EXPECT_EQ(parse(text).getStorageBits(), bits) << text;
  }
  EXPECT_EQ(parse("int3").getPayloadBytes(3), 2);
  EXPECT_EQ(parse("int3").getPayloadBytes(int64_t(1) << 60),
            (int64_t(3) << 60) / 8);
}

TEST(WeightEncoding, CanonicalText) {
  const std::pair<const char *, const char *> cases[] = {
      {"f32", "f32"},
      {"int8:method=minmax,codes=narrow,zero-point=none,granularity=channel,"
       "scale=f32,rounding=nearest_even",
       "int8"},
      {"int8:minmax", "int8"},
      {"int4:scale=f16,block=32", "int4:block=32,scale=f16"},
      {"int4:block=32,block-rows=16", "int4:block=32,block-rows=16"},
      {"int4:block-rows=1,block=32", "int4:block=32"},
      {"int8:group=4,granularity=group", "int8:group=4"},
      {"int8:group=1", "int8"},
      {"int8:granularity=layer", "int8:granularity=layer"},
      {"int2:codes=full", "int2:codes=full"},
      {"int1:codes=full", "int1"},
      {"int8:zero-point=int,codes=full", "int8:zero-point=int"},
      {"uint4:zero-point=int", "uint4"},
      {"uint4:zero-point=float", "uint4:zero-point=float"},
      {"int8:rounding=stochastic,seed=4294967295",
       "int8:rounding=stochastic,seed=4294967295"},
      {"int4:cross-entropy", "int4:kl"},
      {"int4:method=mse,block=32", "int4:mse,block=32"},
      {"int4:percentile,p=99.99", "int4:percentile"},
      {"uint4:percentile,p=99", "uint4:percentile,p=99"},
      {"int4:range=[-1.0,0.5]", "int4:range=[-1,0.5]"},
      {"int4:method=range,range=[-0,1e9]", "int4:range=[0,1e+09]"},
      {"int8:fixed-point=-2,scale=f16", "int8:fixed-point=-2,scale=f16"},
      {"int8:scale-values=power-of-two,mse",
       "int8:mse,scale-values=power-of-two"},
      {"int8:rounding=nearest_away", "int8:rounding=nearest_away"},
      {"ternary:sigma,alpha=1.2", "ternary"},
      {"ternary:sigma,alpha=1.5", "ternary:alpha=1.5"},
      {"ternary:method=twn,scale-rule=mean-selected", "ternary:twn"},
      {"ternary:absmean,granularity=layer,scale-rule=mean-abs",
       "ternary:absmean,granularity=layer"},
      {"ternary:absmean,scale-rule=none", "ternary:absmean,scale-rule=none"},
      {"ternary:method=threshold,threshold=0.1", "ternary:threshold=0.1"},
      {"ternary:threshold=0", "ternary:threshold=0"},
      {"ternary:threshold=1e-3", "ternary:threshold=0.001"},
      {"ternary:mse,block=128,scale=bf16", "ternary:mse,block=128,scale=bf16"},
      {"codebook4:kmeans,block=64", "codebook4:block=64"},
      {"codebook3:log,scale=f16", "codebook3:log,scale=f16"},
      {"binary:sign", "binary"},
      {"binary:planes=1", "binary"},
      {"binary:scale-rule=least-squares,planes=3,block=64",
       "binary:planes=3,block=64"},
      {"binary:step,scale-rule=least-squares",
       "binary:step,scale-rule=least-squares"},
      {"binary:stochastic,seed=7", "binary:stochastic,seed=7"},
      {"int4:gptq,mse,block=32", "int4:mse,block=32,gptq"},
      {"ternary:gptq,damping=0.01", "ternary:gptq"},
      {"int4:damping=0.5", "int4:damping=0.5"},
      {"binary:planes=2,bias-correction", "binary:planes=2,bias-correction"},
      {"int4:bias-correction,gptq", "int4:gptq,bias-correction"},
  };
  for (auto [text, canonical] : cases) {
    WeightEncoding encoding = parse(text);
    EXPECT_EQ(encoding.toString(), canonical);
    EXPECT_EQ(parse(encoding.toString()), encoding) << text;
  }
}

TEST(WeightEncoding, RoundTripsEveryCombination) {
  const char *schemes[] = {"int1",
                           "int2",
                           "int8",
                           "int4:range=[-1.5,2]",
                           "int4:percentile,p=97.5",
                           "uint1",
                           "uint4:kl",
                           "ternary:twn",
                           "ternary:threshold=0.25",
                           "ternary:alpha=0.1",
                           "binary:step",
                           "binary"};
  const char *groups[] = {"", "granularity=layer", "group=3", "block=5",
                          "block=7,block-rows=2"};
  const char *scales[] = {"", "scale=f16", "scale=bf16"};
  const char *extras[] = {
      "",           "zero-point=float",         "rounding=nearest_away",
      "codes=full", "scale-rule=least-squares", "scale-values=power-of-two",
      "gptq",       "damping=1,bias-correction"};
  int numParsed = 0;
  for (const char *scheme : schemes)
    for (const char *group : groups)
      for (const char *scale : scales)
        for (const char *extra : extras) {
          std::string text = scheme, error;
          for (const char *item : {group, scale, extra})
            if (*item)
              text += (text.find(':') == std::string::npos ? ":" : ",") +
                      std::string(item);
          std::optional<WeightEncoding> encoding =
              WeightEncoding::parse(text, error);
          if (!encoding)
            continue;
          ++numParsed;
          EXPECT_EQ(parse(encoding->toString()), *encoding) << text;
        }
  // 7 affine schemes with 7 extras and 5 others with 4, by 15.
  EXPECT_EQ(numParsed, (7 * 7 + 5 * 4) * 15);
}

TEST(WeightEncoding, UnknownNames) {
  const std::pair<const char *, const char *> cases[] = {
      {"", "unknown encoding '': expected one of binary, "
           "codebook1..codebook8, f32, int1..int8, ternary, uint1..uint8"},
      {"int9", "unknown encoding 'int9': expected one of binary, "
               "codebook1..codebook8, f32, int1..int8, ternary, "
               "uint1..uint8"},
      {" int8\n", "unknown encoding ' int8?': expected one of binary, "
                  "codebook1..codebook8, f32, int1..int8, ternary, "
                  "uint1..uint8"},
      {"int8:blok=32",
       "unknown encoding item 'blok': expected one of bias-correction, "
       "block, block-rows, codes, damping, fixed-point, gptq, granularity, "
       "group, method, p, range, rounding, scale, scale-values, seed, "
       "zero-point"},
      {"ternary:blok=32",
       "unknown encoding item 'blok': expected one of alpha, "
       "bias-correction, block, block-rows, damping, gptq, granularity, "
       "group, method, scale, scale-rule, threshold"},
      {"int8:alpha=1.2",
       "encoding item 'alpha' does not apply to int8: expected one of "
       "bias-correction, "
       "block, block-rows, codes, damping, fixed-point, gptq, granularity, "
       "group, method, p, range, rounding, scale, scale-values, seed, "
       "zero-point"},
      {"binary:threshold=1",
       "encoding item 'threshold' does not apply to binary: expected one of "
       "bias-correction, block, block-rows, damping, gptq, granularity, "
       "group, method, planes, scale, scale-rule, seed"},
      {"int8:twn",
       "unknown method or flag 'twn' of encoding int8: expected one of kl, "
       "cross-entropy, fixed-point, minmax, mse, percentile, range, "
       "bias-correction, gptq"},
      {"ternary:twm",
       "unknown method or flag 'twm' of encoding ternary: expected one of "
       "absmean, mse, sigma, threshold, twn, bias-correction, gptq"},
      {"binary:method=twn", "unknown method 'twn' of encoding binary: expected "
                            "one of sign, step, stochastic"},
      {"codebook", "unknown encoding 'codebook': expected one of binary, "
                   "codebook1..codebook8, f32, int1..int8, ternary, "
                   "uint1..uint8"},
      {"codebook4:mse",
       "unknown method or flag 'mse' of encoding codebook4: expected one of "
       "kmeans, log, bias-correction, gptq"},
      {"codebook4:rounding=nearest_even",
       "encoding item 'rounding' does not apply to codebook4: expected one of "
       "bias-correction, block, block-rows, damping, gptq, granularity, "
       "group, method, scale"},
      {"f32:block=32", "expected no items with encoding f32, but got 'block'"},
  };
  for (auto [text, expected] : cases) {
    std::string error;
    EXPECT_FALSE(WeightEncoding::parse(text, error)) << text;
    EXPECT_EQ(error, expected);
  }
}

TEST(WeightEncoding, WrongValues) {
  const std::pair<const char *, const char *> cases[] = {
      {"int8:block", "expected a value of encoding item 'block', as in "
                     "block=VALUE"},
      {"int8:gptq=1", "expected no value of encoding item 'gptq'"},
      {"int8:bias-correction=",
       "expected no value of encoding item 'bias-correction'"},
      {"int8:damping=-1", "expected damping to be a finite number of at least "
                          "0, but got '-1'"},
      {"int8:block=0", "expected block to be an integer in "
                       "1..9223372036854775807, but got '0'"},
      {"int8:block=32x", "expected block to be an integer in "
                         "1..9223372036854775807, but got '32x'"},
      {"int8:group=99999999999999999999",
       "expected group to be an integer in 1..9223372036854775807, but got "
       "'99999999999999999999'"},
      {"int8:rounding=stochastic,seed=4294967296",
       "expected seed to be an integer in 0..4294967295, but got "
       "'4294967296'"},
      {"ternary:alpha=-1", "expected alpha to be a finite number of at least "
                           "0, but got '-1'"},
      {"ternary:alpha=nan", "expected alpha to be a finite number of at least "
                            "0, but got 'nan'"},
      {"ternary:threshold=inf", "expected threshold to be a finite number of "
                                "at least 0, but got 'inf'"},
      {"ternary:threshold=1e39", "expected threshold to be a finite number of "
                                 "at least 0, but got '1e39'"},
      {"int8:scale=f64",
       "expected scale to be one of bf16, f16, f32, but got 'f64'"},
      {"int8:granularity=row", "expected granularity to be one of channel, "
                               "group, layer, but got 'row'"},
      {"int8:codes=", "expected codes to be one of full, narrow, but got ''"},
      {"int8:range=full",
       "expected range=[a,b] with finite a < b, but got 'full'"},
      {"int8:range=-1..1",
       "expected range=[a,b] with finite a < b, but got '-1..1'"},
      {"int8:range=[-1,inf]",
       "expected range=[a,b] with finite a < b, but got '[-1,inf]'"},
      {"int8:range=[1,1]",
       "expected range=[a,b] with finite a < b, but got [1,1]"},
      {"int8:percentile,p=0",
       "expected p to be above 0 and at most 100, but got 0"},
      {"int8:percentile,p=100.5",
       "expected p to be above 0 and at most 100, but got 100.5"},
      {"int8:fixed-point=65",
       "expected fixed-point to be an integer in -64..64, but got '65'"},
      {"int8:fixed-point=15,scale=f16",
       "expected a fixed-point scale in the range of its type, but got "
       "fixed-point=15"},
      {"int8:scale-values=2^n",
       "expected scale-values to be one of any, power-of-two, but got '2^n'"},
      {"int8:rounding=even", "expected rounding to be one of nearest_away, "
                             "nearest_even, stochastic, but got 'even'"},
      {"ternary:scale-rule=max",
       "expected scale-rule to be one of least-squares, mean-abs, "
       "mean-selected, none, but got 'max'"},
      {"int8:zero-point=real",
       "expected zero-point to be one of float, int, none, but got 'real'"},
  };
  for (auto [text, expected] : cases) {
    std::string error;
    EXPECT_FALSE(WeightEncoding::parse(text, error)) << text;
    EXPECT_EQ(error, expected);
  }
}

TEST(WeightEncoding, Contradictions) {
  const std::pair<const char *, const char *> cases[] = {
      {"int8:block=32,block=64",
       "expected each encoding item once, but got 'block' twice"},
      {"int8:block=32,,scale=f16",
       "expected an encoding item after each ':' and ',', but got none in "
       "'int8:block=32,,scale=f16'"},
      {"ternary:twn,method=sigma",
       "expected one method, but got a second one: 'sigma'"},
      {"ternary:twn,alpha=1.2",
       "expected alpha with method sigma, but got method twn"},
      {"ternary:twn,threshold=1",
       "expected threshold= with method threshold, but got method twn"},
      {"ternary:threshold",
       "expected threshold=VALUE with method threshold, but got none"},
      {"int8:range", "expected range=VALUE with method range, but got none"},
      {"int8:mse,range=[-1,1]",
       "expected range= with method range, but got method mse"},
      {"int8:fixed-point",
       "expected fixed-point=VALUE with method fixed-point, but got none"},
      {"int8:range=[-1,1],fixed-point=3",
       "expected fixed-point= with method fixed-point, but got method range"},
      {"int8:p=99", "expected p with method percentile, but got method minmax"},
      {"int8:mse,zero-point=float",
       "expected zero-point to be int or none with method mse, but got float"},
      {"int8:fixed-point=3,zero-point=float",
       "expected zero-point to be int or none with method fixed-point, but got "
       "float"},
      {"int8:fixed-point=3,scale-values=power-of-two",
       "expected scale-values=any with method fixed-point, but got "
       "power-of-two"},
      {"int8:seed=1",
       "expected seed with rounding=stochastic, but got nearest_even"},
      {"binary:seed=1", "expected seed with method stochastic, but got method "
                        "sign"},
      {"binary:stochastic,scale-rule=least-squares",
       "expected scale-rule to be one of none, mean-selected, mean-abs with "
       "method stochastic, but got least-squares, whose scale may be "
       "negative"},
      {"int8:group=4,block=32", "expected group= or block=, but got both: "
                                "block-rows= counts the channels of a block"},
      {"int8:block-rows=4", "expected block= with block-rows=, but got none"},
      {"int8:granularity=group",
       "expected group= with granularity=group, but got none"},
      {"int8:granularity=layer,block=32",
       "expected granularity=layer alone, but got block= beside it"},
      {"int8:granularity=channel,group=2",
       "expected granularity=channel alone, but got group= beside it"},
      {"int8:gptq,rounding=stochastic",
       "expected rounding=nearest_even with gptq, but got stochastic"},
      {"int8:damping=1,rounding=nearest_away",
       "expected rounding=nearest_even with gptq, but got nearest_away"},
      {"binary:stochastic,gptq", "expected method sign or step with gptq, but "
                                 "got method stochastic"},
      {"binary:planes=2,gptq",
       "expected one plane with gptq, but got planes=2"},
      {"codebook5:log", "expected 2 to 4 bits with method log, but got 5"},
      {"binary:planes=9", "expected planes to be an integer in 1..8, but got "
                          "'9'"},
      {"binary:planes=2,step",
       "expected method sign with planes, but got method step"},
      {"binary:planes=2,scale-rule=none",
       "expected scale-rule=least-squares with planes, but got none"},
      {"uint4:zero-point=none", "expected zero-point to be int or float with "
                                "unsigned codes, but got none"},
      {"int4:zero-point=int,codes=narrow",
       "expected codes=full with a zero point, but got codes=narrow"},
      {"int1:codes=narrow", "expected codes=full with int1, but got "
                            "codes=narrow, which leaves the code 0 alone"},
  };
  for (auto [text, expected] : cases) {
    std::string error;
    EXPECT_FALSE(WeightEncoding::parse(text, error)) << text;
    EXPECT_EQ(error, expected);
  }
}

TEST(WeightEncoding, HostileTextStaysOneShortLine) {
  std::string error;
  EXPECT_FALSE(WeightEncoding::parse(std::string(1 << 20, '\n'), error));
  EXPECT_LT(error.size(), 200u);
  EXPECT_EQ(error.find('\n'), std::string::npos);
}

TEST(WeightEncoding, VerifyRejectsFieldsThatDisagree) {
  std::string error;
  WeightEncoding encoding = parse("int4");
  encoding.bits = 9;
  EXPECT_FALSE(encoding.verify(error));
  EXPECT_EQ(error, "expected 1 to 8 bits, but got 9");
  encoding = parse("ternary");
  encoding.method = WeightMethod::Sign;
  EXPECT_FALSE(encoding.verify(error));
  encoding = parse("ternary");
  encoding.alpha = -1.0;
  EXPECT_FALSE(encoding.verify(error));
  encoding = parse("binary");
  encoding.group = {0, 32};
  EXPECT_FALSE(encoding.verify(error));
  encoding.group = {-1, 0};
  EXPECT_FALSE(encoding.verify(error));
}
