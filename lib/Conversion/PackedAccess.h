//===- PackedAccess.h - Scalar access to packed weights ---------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One field or one header value of packed weights at a time. The addresses are
// those of PackedLayout, instantiated with affine expressions.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CONVERSION_PACKEDACCESS_H
#define LOWBIT_LIB_CONVERSION_PACKEDACCESS_H

#include "ReferenceBuilder.h"

namespace mlir::lowbit {

class PackedAccess {
public:
  explicit PackedAccess(LayoutAttr layout)
      : attribute(layout), layout(layout.getPacked()) {}

  /// Panels, and bytes of a panel, of `rows x depth` codes.
  SmallVector<OpFoldResult> getPackedSizes(ReferenceBuilder &builder,
                                           OpFoldResult rows,
                                           OpFoldResult depth) const;

  /// The unsigned field (an i32) of row `n` at depth `k`.
  Value extractField(ReferenceBuilder &builder, Value packed, Value n,
                     Value k) const;
  /// What `field` counts as in a sum before step and offset: its level.
  Value getLevel(ReferenceBuilder &builder, Value field) const;
  /// The code that `field` holds.
  Value decode(ReferenceBuilder &builder, Value field) const;
  /// `packed`, which holds the field 0 there, with `code`.
  Value insertCode(ReferenceBuilder &builder, Value code, Value packed, Value n,
                   Value k) const;

  /// The value of row `n` in the header of block `g`: a scale (f32), a term
  /// (i32) or an offset (f32).
  Value extractHeader(ReferenceBuilder &builder, Value packed, Value n, Value g,
                      HeaderVector vector, int64_t index = 0) const;
  /// `packed` with `value`, of the type that the header stores.
  Value insertHeader(ReferenceBuilder &builder, Value value, Value packed,
                     Value n, Value g, HeaderVector vector,
                     int64_t index) const;

private:
  /// A digit of a byte: where the byte lies; and, in base 2, from which of its
  /// bits on, else what the byte's number gains by a 1 there (an i32).
  struct Digit {
    SmallVector<Value> place;
    Value weight;
  };
  Digit getDigit(ReferenceBuilder &builder, PackedPlane plane, Value n,
                 Value k) const;

  LayoutAttr attribute;
  PackedLayout layout;
};

/// The stored bits of `code`, an i32, the mask first; and the code.
Value encodeBits(ReferenceBuilder &builder, BitPlanes planes, Value code);
Value decodeBits(ReferenceBuilder &builder, BitPlanes planes, Value field);

/// Both bits of a code, of which `field` has those that are stored.
struct MaskAndSign {
  Value mask;
  Value sign;
};
MaskAndSign getMaskAndSign(ReferenceBuilder &builder, BitPlanes planes,
                           Value field);

/// The stored bits of the code at `position` of row `m` of packed activations.
Value extractBits(ReferenceBuilder &builder, BitPlanes planes, Value words,
                  Value m, Value position);
/// `words`, whose bits are 0 there, with `field`.
Value insertBits(ReferenceBuilder &builder, BitPlanes planes, Value field,
                 Value words, Value m, Value position);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CONVERSION_PACKEDACCESS_H
