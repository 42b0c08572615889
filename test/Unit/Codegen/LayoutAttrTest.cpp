//===- LayoutAttrTest.cpp - Layouts for code types ------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/IR/LowbitDialect.h"
#include "mlir/IR/BuiltinTypes.h"

#include "gtest/gtest.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace {
struct LayoutAttrTest : testing::Test {
  LayoutAttrTest() { context.loadDialect<LowbitDialect>(); }

  /// Every code type that can be an operand of a matmul.
  SmallVector<CodeTypeInterface> getCodeTypes() {
    SmallVector<CodeTypeInterface> types = {
        TernaryType::get(&context),
        BinaryType::get(&context, BinaryLevels::Bipolar),
        BinaryType::get(&context, BinaryLevels::Unipolar)};
    for (int64_t bits = 1; bits <= 8; ++bits) {
      types.push_back(AffineType::get(&context, bits, AffineRange::Signed));
      types.push_back(AffineType::get(&context, bits, AffineRange::Unsigned));
      if (bits > 1)
        types.push_back(AffineType::get(&context, bits, AffineRange::Narrow));
      types.push_back(CodebookType::get(&context, bits));
    }
    return types;
  }

  MLIRContext context;
};
} // namespace

TEST_F(LayoutAttrTest, EveryCodeIsAField) {
  for (CodeTypeInterface type : getCodeTypes()) {
    auto layout = LayoutAttr::forCodes(type, 0, {}, 0, false);
    int64_t fields = int64_t(1) << layout.getFieldBits();
    std::vector<int> taken(fields);
    for (int64_t code = type.getLowestCode(); code <= type.getHighestCode();
         code += type.getCodeStep()) {
      int64_t field = (code + layout.getCodeOffset()) / layout.getCodeStep();
      ASSERT_GE(field, 0);
      ASSERT_LT(field, fields);
      ASSERT_EQ(taken[field]++, 0);
      ASSERT_EQ(layout.getCodeStep() * field - layout.getCodeOffset(), code);
    }
  }
}

TEST_F(LayoutAttrTest, FieldsAreNoWiderThanTheyMustBe) {
  for (CodeTypeInterface type : getCodeTypes()) {
    int64_t bits = LayoutAttr::forCodes(type, 0, {}, 0, false).getFieldBits();
    EXPECT_EQ(bits, type.getBits());
  }
}

TEST_F(LayoutAttrTest, HeaderIsAsAsked) {
  auto f16 = Float16Type::get(&context);
  auto layout =
      LayoutAttr::forCodes(TernaryType::get(&context), 30, f16, 2, true);
  PackedLayout packed = layout.getPacked();
  EXPECT_EQ(packed.fieldBits, 2);
  EXPECT_EQ(packed.codeOffset, 1);
  EXPECT_EQ(packed.codeStep, 1);
  EXPECT_EQ(packed.block, 30);
  EXPECT_EQ(packed.scaleBytes, 2);
  EXPECT_EQ(packed.terms, 2);
  EXPECT_TRUE(packed.offset);
}
