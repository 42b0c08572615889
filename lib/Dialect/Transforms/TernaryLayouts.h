//===- TernaryLayouts.h - How dense ternary weights are ---------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_TRANSFORMS_TERNARYLAYOUTS_H
#define LOWBIT_LIB_DIALECT_TRANSFORMS_TERNARYLAYOUTS_H

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/MapVector.h"

namespace mlir::lowbit {

/// Which layers pack ternary codes at five per byte instead of four.
class TernaryLayouts {
public:
  using EmitError = function_ref<InFlightDiagnostic()>;

  /// The most bytes of 2-bit codes that `auto` leaves at 2 bits: they are read
  /// from a cache of this size, where fewer instructions count more than fewer
  /// bytes.
  static constexpr int64_t kCacheBytes = int64_t(2) << 20;

  /// Reads `layout;name=layout;...` with layouts 2bit, base3 and auto.
  static FailureOr<TernaryLayouts> parse(StringRef text, EmitError emitError);

  /// The radix in which the layer `name` packs `codes`, N x K; 2 where they are
  /// not ternary.
  int64_t getRadix(StringRef name, RankedTensorType codes);

  /// Fails where an entry names none of the layers that `getRadix` was asked
  /// about and that are ternary. Warns where base3 is for all layers and none
  /// of them is ternary.
  LogicalResult verifyUse(Operation *op) const;

private:
  enum class Choice { TwoBits, Base3, Auto };
  struct Entry {
    Choice choice;
    bool isUsed;
  };

  static std::optional<Choice> parseChoice(StringRef text);

  Choice common = Choice::TwoBits;
  bool hasTernary = false; ///< among what `getRadix` was asked about
  llvm::MapVector<StringRef, Entry> layers;
};

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_DIALECT_TRANSFORMS_TERNARYLAYOUTS_H
