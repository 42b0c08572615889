//===- LayerBias.cpp - What a layer adds to each output -------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerBias.h"
#include "FloatOps.h"
#include "MatrixConstants.h"
#include "lowbit/Dialect/IR/ConstantData.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::lowbit;

/// The dimensions of a tensor of `rank` that are none of `outputs`, ascending.
static SmallVector<int64_t> getOtherDims(int64_t rank,
                                         ArrayRef<int64_t> outputs) {
  return llvm::to_vector(
      llvm::make_filter_range(llvm::seq<int64_t>(0, rank), [&](int64_t d) {
        return !llvm::is_contained(outputs, d);
      }));
}

/// Where the dimensions `outputs` stand when they are sorted.
static SmallVector<int64_t> getRanks(ArrayRef<int64_t> outputs) {
  return llvm::map_to_vector(outputs, [&](int64_t d) {
    return static_cast<int64_t>(
        llvm::count_if(outputs, [&](int64_t other) { return other < d; }));
  });
}

std::optional<SmallVector<float>>
mlir::lowbit::getConstantBias(Value init, ArrayRef<int64_t> outputs) {
  auto type = cast<RankedTensorType>(init.getType());
  int64_t count = 1;
  for (int64_t d : outputs)
    count *= type.getDimSize(d);
  if (auto real = getRepeatedReal(init))
    return SmallVector<float>(count, *real);
  auto broadcast = init.getDefiningOp<linalg::BroadcastOp>();
  if (!broadcast || broadcast.getDimensions() != ArrayRef<int64_t>(getOtherDims(
                                                     type.getRank(), outputs)))
    return std::nullopt;
  auto values = getConstantFloats(broadcast.getInput());
  if (!values)
    return std::nullopt;
  ArrayRef<int64_t> shape =
      cast<RankedTensorType>(broadcast.getInput().getType()).getShape();
  return permute<float>(*values, shape, getRanks(outputs));
}

Value mlir::lowbit::createBias(OpBuilder &builder, Location location,
                               Value init, ArrayRef<int64_t> outputs,
                               ArrayRef<float> bias) {
  auto type = cast<RankedTensorType>(init.getType());
  SmallVector<int64_t> sorted = llvm::to_vector(outputs), shape, given;
  llvm::sort(sorted);
  for (int64_t d : sorted)
    shape.push_back(type.getDimSize(d));
  for (int64_t d : outputs)
    given.push_back(type.getDimSize(d));
  SmallVector<int64_t> inverse(outputs.size());
  for (auto [position, rank] : llvm::enumerate(getRanks(outputs)))
    inverse[rank] = position;
  Value values = arith::ConstantOp::create(
      builder, location,
      DenseElementsAttr::get(
          RankedTensorType::get(shape, type.getElementType()),
          ArrayRef<float>(permute<float>(bias, given, inverse))));
  Value empty = tensor::EmptyOp::create(
      builder, location, tensor::getMixedSizes(builder, location, init),
      type.getElementType());
  return linalg::BroadcastOp::create(builder, location, values, empty,
                                     getOtherDims(type.getRank(), outputs))
      ->getResult(0);
}
