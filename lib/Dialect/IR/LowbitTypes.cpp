//===- LowbitTypes.cpp - Code types ---------------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/IR/LowbitDialect.h"

using namespace mlir;
using namespace mlir::lowbit;

IntegerType CodeTypeInterface::getStorageType() {
  return IntegerType::get(getContext(), getBits() <= 8 ? 8 : 16);
}

BitPlanes CodeTypeInterface::getBitPlanes() {
  if (!isUniform())
    return {};
  return BitPlanes::forCodes(getLowestCode(), getHighestCode(), isCode(0));
}

#include "lowbit/Dialect/IR/LowbitTypeInterfaces.cpp.inc"

//===----------------------------------------------------------------------===//
// AffineType
//===----------------------------------------------------------------------===//

LogicalResult AffineType::verify(function_ref<InFlightDiagnostic()> emitError,
                                 int64_t bits, AffineRange range) {
  if (bits < 1 || bits > 16)
    return emitError() << "expected 1 to 16 bits, but got " << bits;
  if (range == AffineRange::Narrow && bits < 2)
    return emitError() << "expected at least 2 bits with narrow, but got "
                       << bits;
  return success();
}

int64_t AffineType::getLowestCode() const {
  switch (getRange()) {
  case AffineRange::Signed:
    return -(int64_t(1) << (getBits() - 1));
  case AffineRange::Unsigned:
    return 0;
  case AffineRange::Narrow:
    return 1 - (int64_t(1) << (getBits() - 1));
  }
  llvm_unreachable("covered switch");
}

int64_t AffineType::getHighestCode() const {
  bool isUnsigned = getRange() == AffineRange::Unsigned;
  return (int64_t(1) << (getBits() - !isUnsigned)) - 1;
}

bool AffineType::allowsZeroPoint() const {
  return getRange() != AffineRange::Narrow;
}

//===----------------------------------------------------------------------===//
// TernaryType, BinaryType
//===----------------------------------------------------------------------===//

int64_t TernaryType::getBits() const { return 2; }
int64_t TernaryType::getLowestCode() const { return -1; }
int64_t TernaryType::getHighestCode() const { return 1; }

int64_t BinaryType::getBits() const { return 1; }
int64_t BinaryType::getLowestCode() const {
  return getLevels() == BinaryLevels::Bipolar ? -1 : 0;
}
int64_t BinaryType::getHighestCode() const { return 1; }
int64_t BinaryType::getCodeStep() const {
  return getHighestCode() - getLowestCode();
}

//===----------------------------------------------------------------------===//
// CodebookType
//===----------------------------------------------------------------------===//

LogicalResult CodebookType::verify(function_ref<InFlightDiagnostic()> emitError,
                                   int64_t bits) {
  if (bits < 1 || bits > 8)
    return emitError() << "expected 1 to 8 bits, but got " << bits;
  return success();
}

int64_t CodebookType::getLowestCode() const { return 0; }
int64_t CodebookType::getHighestCode() const {
  return (int64_t(1) << getBits()) - 1;
}
bool CodebookType::isUniform() const { return false; }
