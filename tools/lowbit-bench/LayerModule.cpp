//===- LayerModule.cpp - A layer as MLIR, with known weights --------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerModule.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FormatVariadic.h"

#include <random>

using namespace mlir::lowbit;

static std::vector<int8_t> drawCodes(size_t count, const Levels &levels) {
  std::mt19937 random(count);
  unsigned number = (levels.highest - levels.lowest) / levels.step + 1;
  std::vector<int8_t> codes(count);
  for (int8_t &code : codes)
    code = levels.lowest + levels.step * int(uint64_t(random()) * number >> 32);
  return codes;
}

std::vector<int8_t> mlir::lowbit::makeWeightCodes(const Layer &layer) {
  return drawCodes(layer.n * layer.k, layer.encoding->levels);
}

static std::vector<int64_t> makeShape(const Layer &layer, int64_t m,
                                      int64_t channels) {
  if (const std::optional<Image> &image = layer.image)
    return {1, image->height, image->width, channels};
  return {m, channels};
}

std::vector<int64_t> mlir::lowbit::shapeOfActivations(const Layer &layer,
                                                      int64_t m) {
  return makeShape(layer, m, layer.image ? layer.image->channels : layer.k);
}

std::vector<int64_t> mlir::lowbit::shapeOfResults(const Layer &layer,
                                                  int64_t m) {
  return makeShape(layer, m, layer.n);
}

std::vector<int8_t> mlir::lowbit::makeActivationCodes(const Layer &layer,
                                                      int64_t m) {
  constexpr Levels bytes = {-128, 127};
  int64_t count = llvm::product_of(shapeOfActivations(layer, m));
  return drawCodes(count, layer.scope == Scope::Kernel
                              ? bytes
                              : layer.encoding->activation->levels);
}

// In both: {0} N, {1} K, {2} type of a weight.
static constexpr const char *kernelText = R"(
func.func @main(%x: tensor<?x{1}xi8>) -> tensor<?x{0}xi32> {{
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0 : i32
  %m = tensor.dim %x, %c0 : tensor<?x{1}xi8>
  %a = lowbit.from_storage %x
    : tensor<?x{1}xi8> -> tensor<?x{1}x!lowbit.affine<8>>
  %w = lowbit.constant dense_resource<weight> : tensor<{0}x{1}xi8>
    -> tensor<{0}x{1}x{2}>
  %e = tensor.empty(%m) : tensor<?x{0}xi32>
  %i = linalg.fill ins(%zero : i32) outs(%e : tensor<?x{0}xi32>)
    -> tensor<?x{0}xi32>
  %y = lowbit.matmul %a, %w init %i
    : (tensor<?x{1}x!lowbit.affine<8>>, tensor<{0}x{1}x{2}>,
       tensor<?x{0}xi32>) -> tensor<?x{0}xi32>
  return %y : tensor<?x{0}xi32>
}
)";

static constexpr const char *opText = R"(
#row = affine_map<(m, n, k) -> (m, k)>
#column = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>
func.func @main(%x: tensor<?x{1}xf32>) -> tensor<?x{0}xf32> {{
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %x, %c0 : tensor<?x{1}xf32>
  %w = arith.constant dense_resource<weight> : tensor<{0}x{1}x{2}>
  %e = tensor.empty(%m) : tensor<?x{0}xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<?x{0}xf32>)
    -> tensor<?x{0}xf32>
  %y = linalg.matmul indexing_maps = [#row, #column, #out]
    ins(%x, %w : tensor<?x{1}xf32>, tensor<{0}x{1}x{2}>)
    outs(%i : tensor<?x{0}xf32>) -> tensor<?x{0}xf32> loc("layer")
  return %y : tensor<?x{0}xf32>
}
)";

// {0} N, {1} channels of the image, {2} type of a weight, {3} x {4} pixels,
// {5} x {6} with the border.
static constexpr const char *convolutionText = R"(
func.func @main(%x: tensor<1x{3}x{4}x{1}xf32>) -> tensor<1x{3}x{4}x{0}xf32> {{
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense_resource<weight> : tensor<{0}x3x3x{1}x{2}>
  %p = tensor.pad %x low[0, 1, 1, 0] high[0, 1, 1, 0] {{
  ^bb0(%image: index, %row: index, %column: index, %channel: index):
    tensor.yield %zero : f32
  } : tensor<1x{3}x{4}x{1}xf32> to tensor<1x{5}x{6}x{1}xf32>
  %e = tensor.empty() : tensor<1x{3}x{4}x{0}xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<1x{3}x{4}x{0}xf32>)
    -> tensor<1x{3}x{4}x{0}xf32>
  %y = linalg.conv_2d_nhwc_fhwc
    ins(%p, %w : tensor<1x{5}x{6}x{1}xf32>, tensor<{0}x3x3x{1}x{2}>)
    outs(%i : tensor<1x{3}x{4}x{0}xf32>) -> tensor<1x{3}x{4}x{0}xf32> loc("layer")
  return %y : tensor<1x{3}x{4}x{0}xf32>
}
)";

/// Bytes in hexadecimal, without an intermediate string of all of them.
static void writeHex(llvm::raw_ostream &os, llvm::ArrayRef<uint8_t> bytes) {
  char pair[2];
  for (uint8_t byte : bytes) {
    pair[0] = llvm::hexdigit(byte >> 4);
    pair[1] = llvm::hexdigit(byte & 15);
    os.write(pair, 2);
  }
}

void mlir::lowbit::writeModule(llvm::raw_ostream &os, const Layer &layer,
                               llvm::ArrayRef<int8_t> weightCodes) {
  bool isKernel = layer.scope == Scope::Kernel;
  const Encoding &encoding = *layer.encoding;
  if (const std::optional<Image> &image = layer.image)
    os << llvm::formatv(convolutionText, layer.n, image->channels,
                        encoding.floatType, image->height, image->width,
                        image->height + 2, image->width + 2);
  else
    os << llvm::formatv(isKernel ? kernelText : opText, layer.n, layer.k,
                        isKernel ? encoding.codeType : encoding.floatType);
  // A blob begins with its alignment, here 64, in four little-endian bytes.
  os << "{-# dialect_resources: { builtin: { weight: \"0x40000000";
  constexpr size_t floatBytes = sizeof(float);
  // bf16 is the upper half of f32, and of such numbers the lower half is 0.
  bool isHalf = llvm::StringRef(encoding.floatType) == "bf16";
  for (int8_t code : weightCodes) {
    uint8_t bytes[floatBytes] = {uint8_t(code)};
    if (!isKernel)
      llvm::support::endian::write(bytes, code * weightStep,
                                   llvm::endianness::little);
    llvm::ArrayRef<uint8_t> all(bytes);
    writeHex(os, isKernel ? all.take_front(1)
                 : isHalf ? all.take_back(floatBytes / 2)
                          : all);
  }
  os << "\" } } #-}\n";
}

/// The 3 x 3 pixels around pixel `m`, zeros outside of the image.
static std::vector<int8_t>
readWindow(const Image &image, llvm::ArrayRef<int8_t> pixels, int64_t m) {
  std::vector<int8_t> window;
  for (int64_t y : {-1, 0, 1})
    for (int64_t x : {-1, 0, 1}) {
      int64_t row = m / image.width + y, column = m % image.width + x;
      window.resize(window.size() + image.channels);
      if (row >= 0 && row < image.height && column >= 0 && column < image.width)
        llvm::copy(pixels.slice((row * image.width + column) * image.channels,
                                image.channels),
                   window.end() - image.channels);
    }
  return window;
}

std::vector<int32_t>
mlir::lowbit::multiplyRow(const Layer &layer,
                          llvm::ArrayRef<int8_t> weightCodes,
                          llvm::ArrayRef<int8_t> activationCodes, int64_t m) {
  std::vector<int8_t> row =
      layer.image ? readWindow(*layer.image, activationCodes, m)
                  : activationCodes.slice(m * layer.k, layer.k).vec();
  std::vector<int32_t> sums(layer.n);
  for (int64_t n = 0; n < layer.n; ++n)
    for (int64_t k = 0; k < layer.k; ++k)
      sums[n] += weightCodes[n * layer.k + k] * row[k];
  return sums;
}
