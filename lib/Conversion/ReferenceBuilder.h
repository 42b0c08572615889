//===- ReferenceBuilder.h - Scalar code in few words ------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The vocabulary in which the reference lowerings say what an op means: one
// loop nest over the elements of a result, sums, elements of tensors, and
// arithmetic that picks the integer or the float op by the type of its
// operands.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CONVERSION_REFERENCEBUILDER_H
#define LOWBIT_LIB_CONVERSION_REFERENCEBUILDER_H

#include "lowbit/Dialect/IR/LowbitDialect.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/Transforms/DialectConversion.h"

namespace mlir::lowbit {

struct ReferenceBuilder : ImplicitLocOpBuilder {
  using ImplicitLocOpBuilder::ImplicitLocOpBuilder;

  /// A value per element, given the element's indices.
  using ElementFn = function_ref<Value(ReferenceBuilder &, ValueRange)>;
  using ElementsFn =
      function_ref<SmallVector<Value>(ReferenceBuilder &, ValueRange)>;
  /// The next values of what a loop carries, given the induction variable.
  using LoopFn =
      function_ref<SmallVector<Value>(ReferenceBuilder &, Value, ValueRange)>;

  // Constants.
  Value index(int64_t value);
  Value i32(int64_t value);
  Value f32(float value);

  // Arithmetic on two integers or two floats. Integers wrap.
  Value add(Value lhs, Value rhs);
  Value sub(Value lhs, Value rhs);
  Value mul(Value lhs, Value rhs);
  Value div(Value lhs, Value rhs); ///< floats only
  Value fma(Value lhs, Value rhs, Value addend);
  Value bitXor(Value lhs, Value rhs);
  Value shiftRight(Value value, int64_t bits); ///< logical
  /// An i32 as the nearest f32.
  Value toFloat(Value integer);
  /// f16 and bf16 extended to f32; f32 as it is.
  Value extend(Value real);
  /// An integral f32 within `low .. high` as an i32; beyond, the nearer end.
  Value saturate(Value real, int64_t low, int64_t high);

  // Shapes and indices.
  OpFoldResult size(Value tensor, int64_t dimension);
  /// `expression` of `operands`; a constant where that is possible.
  OpFoldResult apply(AffineExpr expression, ArrayRef<OpFoldResult> operands);
  Value applyValue(AffineExpr expression, ArrayRef<OpFoldResult> operands);
  Value toValue(OpFoldResult index);
  /// `extent` cut every `block`: see PackedLayout::numBlocks.
  OpFoldResult numBlocks(OpFoldResult extent, int64_t block);
  /// `g * block + position`: where an element of a block lies along K.
  Value getDepth(Value g, int64_t block, Value position);
  /// The k of block `g`: `min(block, depth - g * block)`, or all for block 0.
  Value blockLength(OpFoldResult depth, int64_t block, Value g);
  /// Where the parameter of the element at `indices` lies: see the dialect's
  /// granularities.
  SmallVector<Value> groupOf(ValueRange indices, Value parameter,
                             std::optional<ArrayRef<int64_t>> blockSizes);

  // Elements.
  Value extract(Value tensor, ValueRange indices);
  /// A code, held by an integer of `storage`, as an i32.
  Value extractCode(Value storage, CodeTypeInterface type, ValueRange indices);
  Value insert(Value element, Value tensor, ValueRange indices);
  /// The i32 of a code as its storage integer.
  Value toStorage(Value code, CodeTypeInterface type);

  // Loops.
  /// Tensors of `types`, which differ in their elements only, and whose dynamic
  /// extents are those of `sizes`; one parallel loop per dimension.
  SmallVector<Value> mapElements(ArrayRef<RankedTensorType> types,
                                 ArrayRef<OpFoldResult> sizes,
                                 ElementsFn elements);
  Value mapElements(RankedTensorType type, ArrayRef<OpFoldResult> sizes,
                    ElementFn element);
  /// A tensor of `type` without values.
  Value empty(RankedTensorType type, ArrayRef<OpFoldResult> sizes);
  /// A tensor of `type` that holds zeros.
  Value zeros(RankedTensorType type, ArrayRef<OpFoldResult> sizes);
  /// A sequential loop over `0 .. count - 1`.
  SmallVector<Value> loop(Value count, ValueRange inits, LoopFn body);
};

/// How the reference rounds one real, see Quantization/Rounding.h. Null values
/// are absent operands; `position` is asked for the row-major index (an i32) if
/// the rounding is stochastic.
struct ScalarQuantizer {
  CodeTypeInterface code;
  Rounding rounding = Rounding::NearestEven;
  uint32_t seed = 0;

  Value quantize(ReferenceBuilder &builder, Value real, Value scale,
                 Value zeroPoint, Value threshold,
                 function_ref<Value()> position) const;
};

/// How the reference makes one code, an i32, a real.
struct ScalarDequantizer {
  Value scale;
  Value zeroPoint; ///< null: none
  std::optional<ArrayRef<int64_t>> blockSizes;

  /// What `code` at `indices` stands for.
  Value dequantize(ReferenceBuilder &builder, Value code,
                   ValueRange indices) const;
};

void populateReferenceCodesPatterns(const TypeConverter &converter,
                                    RewritePatternSet &patterns);
void populateReferenceConvolutionPatterns(const TypeConverter &converter,
                                          RewritePatternSet &patterns);
void populateReferenceFloatPatterns(const TypeConverter &converter,
                                    RewritePatternSet &patterns);
void populateReferenceGatherPatterns(const TypeConverter &converter,
                                     RewritePatternSet &patterns);
void populateReferenceMatmulPatterns(const TypeConverter &converter,
                                     RewritePatternSet &patterns);
void populateReferencePackPatterns(const TypeConverter &converter,
                                   RewritePatternSet &patterns);
void populateReferencePackedMatmulPatterns(const TypeConverter &converter,
                                           RewritePatternSet &patterns);
void populateReferenceParamsPatterns(RewritePatternSet &patterns);
void populateReferenceRequantizePatterns(const TypeConverter &converter,
                                         RewritePatternSet &patterns);
void populateReferenceWeightOnlyPatterns(const TypeConverter &converter,
                                         RewritePatternSet &patterns);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CONVERSION_REFERENCEBUILDER_H
