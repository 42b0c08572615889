//===- Cases.cpp - Tables of what is timed --------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Case.h"

#include "llvm/ADT/ArrayRef.h"

using namespace mlir::lowbit;

static constexpr Levels bytes = {-128, 127};
static constexpr Levels signs = {-1, 1, 2};

static constexpr Activation asBinary = {
    "binary", "--activations=binary:range=[-1,1]", signs, Arithmetic::Bits};
static constexpr Activation asFloat = {"float", "--activations=float", bytes,
                                       Arithmetic::Floats};
static constexpr Activation asInt8 = {"int8", "--activations=int8", bytes,
                                      Arithmetic::Bytes};
static constexpr Activation asInt8Symmetric = {
    "int8", "--activations=int8:zero-point=none", bytes, Arithmetic::Bytes};
/// The range is what the levels come to in scope `op`.
static constexpr Activation asTernary = {
    "ternary",
    "--activations=ternary:range=[-0.0078125,0.0078125]",
    {-1, 1},
    Arithmetic::Bits};
/// Of layers that are not quantized.
static constexpr Activation unchanged = {"float", "", bytes,
                                         Arithmetic::Floats};

// clang-format off: a row each.
// Levels are such that quantizing the weights in scope `op` loses nothing. Those
// of int4z have the zero point -5.
static constexpr Encoding encodings[] = {
    {"base3", "ternary", "--weights=ternary", "!lowbit.ternary", {-1, 1}, 0, &asInt8, "--ternary-layout=base3"},
    {"bf16", "bf16", "", nullptr, bytes, 0, &unchanged, "", "bf16"},
    {"binary", "binary", "--weights=binary", "!lowbit.binary", signs, 0, &asInt8},
    {"binary-binary", "binary", "--weights=binary", nullptr, signs, 0, &asBinary},
    {"f32", "f32", "", nullptr, bytes, 0, &unchanged},
    {"int2", "int2", "--weights=int2", "!lowbit.affine<2>", {-1, 1}, 0, &asInt8},
    {"int3", "int3", "--weights=int3", "!lowbit.affine<3>", {-3, 3}, 0, &asInt8},
    {"int4", "int4", "--weights=int4", "!lowbit.affine<4>", {-7, 7}, 0, &asInt8},
    {"int4-float", "int4", "--weights=int4", nullptr, {-7, 7}, 0, &asFloat},
    {"int4b128", "int4", "--weights=int4:block=128,scale=f16", nullptr, {-7, 7}, 128, &asInt8},
    {"int4b32", "int4", "--weights=int4:block=32,scale=f16", nullptr, {-7, 7}, 32, &asInt8},
    {"int4b32-symmetric", "int4", "--weights=int4:block=32,scale=f16", nullptr, {-7, 7}, 32, &asInt8Symmetric},
    {"int4b32-float", "int4", "--weights=int4:block=32,scale=f16", nullptr, {-7, 7}, 32, &asFloat},
    {"int4z", "int4", "--weights=int4:zero-point=int", nullptr, {-3, 12}, 0, &asInt8},
    {"int8", "int8", "--weights=int8", "!lowbit.affine<8>", bytes, 0, &asInt8},
    {"int8-float", "int8", "--weights=int8", nullptr, bytes, 0, &asFloat},
    {"ternary", "ternary", "--weights=ternary", "!lowbit.ternary", {-1, 1}, 0, &asInt8},
    {"ternary-float", "ternary", "--weights=ternary", nullptr, {-1, 1}, 0, &asFloat},
    {"ternary-symmetric", "ternary", "--weights=ternary", nullptr, {-1, 1}, 0, &asInt8Symmetric},
    {"ternary-ternary", "ternary", "--weights=ternary", nullptr, {-1, 1}, 0, &asTernary},
};
// clang-format on

/// Names of encodings: the first is expected to take longer, or as long.
static constexpr std::pair<llvm::StringRef, llvm::StringRef> pairs[] = {
    {"f32", "ternary"},   {"int4b32", "int4b32-symmetric"}, {"int4z", "int4"},
    {"ternary", "base3"}, {"ternary", "ternary-symmetric"},
};

static constexpr std::pair<int64_t, int64_t> shapes[] = {
    {2560, 2560}, {6912, 2560}, {2560, 6912}, {4096, 4096}, {14336, 4096}};

/// Encodings of convolutions, to as many channels as the image has.
static constexpr std::pair<llvm::StringRef, Image> convolutions[] = {
    {"int8", {56, 56, 64}}, {"ternary", {56, 56, 64}}};

namespace {
struct Run {
  int64_t m;
  Start start;
};
} // namespace

static constexpr Run runs[] = {{1, Start::Hot},
                               {1, Start::Cold},
                               {8, Start::Hot},
                               {128, Start::Hot},
                               {512, Start::Hot}};

const char *const mlir::lowbit::defaultNames =
    // every encoding at one shape; four of them at all shapes, on one and on
    // two threads
    "^[^:/]+/2560x2560/.*/op/t1$"
    "|^[^:/]+/2560x2560/m128/hot/op/t2$"
    "|^(ternary|int4b32|int8|f32)/.*/op/t[12]$"
    "|^(binary|ternary|int4|int8)/2560x2560/.*/kernel/t1$"
    // what other libraries are timed beside, too
    "|^int8/4096x4096/m(1|128)/hot/kernel/t1$"
    "|^int4b32-float/4096x4096/m(1|128)/hot/op/t1$"
    "|^base3/(4096x4096|14336x4096)/m1/.*/op/t1$"
    "|^[^/]*:[^/]*/2560x2560/m(1|128)/hot/"
    "|^(f32:ternary|ternary:base3)/(4096x4096|14336x4096)/m1/";

static const Encoding *findEncoding(llvm::StringRef name) {
  return llvm::find_if(encodings, [&](const Encoding &encoding) {
    return encoding.name == name;
  });
}

static Layer makeConvolution(llvm::StringRef encoding, const Image &image) {
  constexpr int64_t windowSize = 9;
  return {findEncoding(encoding), image.channels, windowSize * image.channels,
          Scope::Op, image};
}

std::vector<Case> mlir::lowbit::listCases() {
  std::vector<Case> cases;
  for (const Encoding &encoding : encodings)
    for (auto [n, k] : shapes)
      for (Scope scope : {Scope::Kernel, Scope::Op}) {
        if (scope == Scope::Kernel && !encoding.codeType)
          continue;
        for (int threads : {1, 2})
          for (auto [m, start] : runs)
            cases.push_back({{&encoding, n, k, scope}, m, start, threads});
      }
  for (const auto &[encoding, image] : convolutions)
    for (int threads : {1, 2})
      cases.push_back({makeConvolution(encoding, image),
                       image.height * image.width, Start::Hot, threads});
  return cases;
}

std::vector<Pair> mlir::lowbit::listPairs() {
  std::vector<Pair> list;
  for (auto [first, second] : pairs)
    for (auto [n, k] : shapes)
      for (auto [m, start] : runs) {
        auto makeCase = [&, n = n, k = k, m = m,
                         start = start](llvm::StringRef name) {
          return Case{{findEncoding(name), n, k, Scope::Op}, m, start, 1};
        };
        list.push_back({makeCase(first), makeCase(second)});
      }
  return list;
}
