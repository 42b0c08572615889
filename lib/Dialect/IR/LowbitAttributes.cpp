//===- LowbitAttributes.cpp - The layout of packed weights ----------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Verification.h"
#include "lowbit/Dialect/IR/LowbitDialect.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::lowbit;

LogicalResult LayoutAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 int64_t fieldBits, int64_t codeOffset,
                                 int64_t codeStep, int64_t block,
                                 FloatType scale, int64_t terms, bool offset,
                                 DenseI64ArrayAttr levels, int64_t radix,
                                 bool mask, bool sign) {
  if (failed(verifyFields(emitError, fieldBits, codeOffset, codeStep)))
    return failure();
  if (radix != 2 && radix != 3)
    return emitError() << "expected radix 2 or 3, but got " << radix;
  if (radix == 3 && (fieldBits != 2 || levels))
    return emitError() << "expected radix 3 only with 2 field_bits and without "
                          "levels";
  if ((mask || sign) && (fieldBits != int64_t(mask) + int64_t(sign) ||
                         codeOffset != 0 || codeStep != 1 || radix != 2))
    return emitError() << "expected mask and sign only with as many field_bits "
                          "and without offset, step and radix of the codes";
  if ((mask || sign) && levels)
    return emitError() << "expected levels only without mask and sign";
  if (block < 0 || block > (int64_t(1) << 31))
    return emitError() << "expected a block of 0 to 2^31, but got " << block;
  if (scale && !isa<Float32Type, Float16Type, BFloat16Type>(scale))
    return emitError() << "expected scale f32, f16 or bf16, but got " << scale;
  if (terms < 0 || terms > 8)
    return emitError() << "expected 0 to 8 terms, but got " << terms;
  if (offset && !scale)
    return emitError() << "expected an offset only with a scale";
  if (!levels)
    return success();
  if (!llvm::is_contained({1, 2, 4}, fieldBits) || codeStep != 1)
    return emitError() << "expected levels only with 1, 2 or 4 field_bits and "
                          "code_step 1";
  if (levels.size() != int64_t(1) << fieldBits)
    return emitError() << "expected " << (int64_t(1) << fieldBits)
                       << " levels, but got " << levels.size();
  for (int64_t level : levels.asArrayRef())
    if (level < 0 || level > 255)
      return emitError() << "expected levels of 0 to 255, but got " << level;
  return success();
}

PackedLayout LayoutAttr::getPacked() const {
  PackedLayout layout;
  layout.fieldBits = getFieldBits();
  layout.radix = getRadix();
  layout.bits = {getMask(), getSign()};
  if (!getLevels()) {
    layout.codeOffset = getCodeOffset();
    layout.codeStep = getCodeStep();
  }
  layout.block = getBlock();
  layout.scaleBytes = getScale() ? getScale().getWidth() / 8 : 0;
  layout.terms = getTerms();
  layout.offset = getOffset();
  return layout;
}

LayoutAttr LayoutAttr::forCodes(CodeTypeInterface type, int64_t block,
                                FloatType scale, int64_t terms, bool offset,
                                int64_t radix) {
  return LayoutAttr::get(type.getContext(), type.getBits(),
                         -type.getLowestCode(), type.getCodeStep(), block,
                         scale, terms, offset, /*levels=*/{}, radix,
                         /*mask=*/false, /*sign=*/false);
}

LayoutAttr LayoutAttr::forBits(CodeTypeInterface type, int64_t block,
                               FloatType scale, int64_t terms, bool offset) {
  BitPlanes bits = type.getBitPlanes();
  return LayoutAttr::get(type.getContext(), bits.count(), /*code_offset=*/0,
                         /*code_step=*/1, block, scale, terms, offset,
                         /*levels=*/{}, /*radix=*/2, bits.mask, bits.sign);
}

LayoutAttr LayoutAttr::forLevels(CodeTypeInterface type,
                                 ArrayRef<int64_t> levels, int64_t block,
                                 FloatType scale, int64_t terms, bool offset) {
  MLIRContext *context = type.getContext();
  int64_t bits = llvm::PowerOf2Ceil(type.getBits());
  int64_t shift = std::max<int64_t>(0, -*llvm::min_element(levels));
  auto shifted =
      llvm::map_to_vector(levels, [&](int64_t level) { return level + shift; });
  shifted.resize(int64_t(1) << bits, 0); // fields that are no codes
  return LayoutAttr::get(context, bits, shift, /*code_step=*/1, block, scale,
                         terms, offset,
                         DenseI64ArrayAttr::get(context, shifted), /*radix=*/2,
                         /*mask=*/false, /*sign=*/false);
}
