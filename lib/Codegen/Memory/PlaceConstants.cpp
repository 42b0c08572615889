//===- PlaceConstants.cpp - Constants as views of the weights -------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PlaceConstants.h"
#include "lowbit/Dialect/IR/ConstantData.h"
#include "lowbit/Dialect/IR/LowbitDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/SymbolTable.h"

using namespace mlir;
using namespace mlir::lowbit;

/// The bytes of a constant, splats expanded.
static FailureOr<SmallVector<char>> getBytes(memref::GlobalOp global) {
  auto elements = dyn_cast_or_null<ElementsAttr>(global.getInitialValueAttr());
  if (!elements || !global.getConstant())
    return global.emitError("expected a constant, but got a variable");
  Type type = global.getType().getElementType();
  if (type.isInteger(1))
    return SmallVector<char>(elements.value_begin<bool>(),
                             elements.value_end<bool>());
  int64_t bits = type.isIndex()        ? 64
                 : type.isIntOrFloat() ? type.getIntOrFloatBitWidth()
                                       : 0;
  if (!llvm::is_contained({8, 16, 32, 64}, bits))
    return global.emitError("expected a constant of 1, 2, 4 or 8 bytes per "
                            "element, but got ")
           << global.getType();
  size_t size = elements.getNumElements() * bits / 8;
  ArrayRef<char> data;
  if (auto dense = dyn_cast<DenseElementsAttr>(elements))
    data = dense.getRawData();
  else if (auto resource = dyn_cast<DenseResourceElementsAttr>(elements))
    if (auto *blob = resource.getRawHandle().getBlob())
      data = blob->getData();
  bool isSplat = elements.isSplat() && !data.empty();
  if (!isSplat && data.size() != size)
    return global.emitError("expected ")
           << size << " bytes of constant data, but got " << data.size();
  if (isSplat && elements.getNumElements() > kMaxConstantElements)
    return global.emitError("expected a constant of at most ")
           << kMaxConstantElements << " equal elements, but got "
           << global.getType();
  SmallVector<char> bytes;
  bytes.reserve(size);
  while (bytes.size() < size)
    llvm::append_range(bytes, data);
  return bytes;
}

LogicalResult mlir::lowbit::placeConstants(ModuleOp module, Value weights) {
  SmallVector<char> blob;
  SmallVector<memref::GlobalOp> globals(module.getOps<memref::GlobalOp>());
  SymbolTable symbols(module);
  llvm::StringMap<int64_t> offsets;
  for (memref::GlobalOp global : globals) {
    FailureOr<SmallVector<char>> bytes = getBytes(global);
    if (failed(bytes))
      return failure();
    blob.resize(llvm::alignTo(blob.size(), kAlignment));
    offsets[global.getSymName()] = blob.size();
    llvm::append_range(blob, *bytes);
  }
  module.walk([&](memref::GetGlobalOp get) {
    OpBuilder builder(get);
    Value offset = arith::ConstantIndexOp::create(
        builder, get.getLoc(), offsets.lookup(get.getName()));
    get.replaceAllUsesWith(memref::ViewOp::create(builder, get.getLoc(),
                                                  get.getType(), weights,
                                                  offset, ValueRange())
                               .getResult());
    get.erase();
  });
  for (memref::GlobalOp global : globals)
    symbols.erase(global);
  Builder builder(module.getContext());
  int64_t size = blob.size();
  auto type = RankedTensorType::get(size, builder.getI8Type());
  module->setAttr(kWeights,
                  DenseI8ResourceElementsAttr::get(
                      type, kWeights,
                      HeapAsmResourceBlob::allocateAndCopyWithAlign(
                          ArrayRef(blob.data(), blob.size()), kAlignment)));
  return success();
}
