//===- ActivationEncoding.h - What to make of an activation -----*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An activation encoding as text: `f32`, or `int8[:item,...]` with
//
//   granularity=  row (default), tensor
//   zero-point=   none (symmetric), int (default: asymmetric)
//
// The parameters are chosen at run time by `chooseParams` of DynamicParams.h.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_QUANTIZATION_ACTIVATIONENCODING_H
#define LOWBIT_QUANTIZATION_ACTIVATIONENCODING_H

#include "lowbit/Quantization/Affine.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mlir::lowbit {

/// A parsed activation encoding.
struct ActivationEncoding {
  bool isFloat = true;
  bool perRow = true;
  ZeroPointKind zeroPoint = ZeroPointKind::None; ///< none or integer

  /// Parses an encoding. Returns none and sets `error`, one line that lists the
  /// right choices, where the text is wrong.
  static std::optional<ActivationEncoding> parse(std::string_view text,
                                                 std::string &error);

  /// The shortest text that parses to this encoding.
  std::string toString() const;

  /// The lowest and the highest code: -128 and 127; 0 for f32.
  int32_t getLowestCode() const { return isFloat ? 0 : -128; }
  int32_t getHighestCode() const { return isFloat ? 0 : 127; }

  bool operator==(const ActivationEncoding &other) const {
    return isFloat == other.isFloat && perRow == other.perRow &&
           zeroPoint == other.zeroPoint;
  }
  bool operator!=(const ActivationEncoding &other) const {
    return !(*this == other);
  }
};

} // namespace mlir::lowbit

#endif // LOWBIT_QUANTIZATION_ACTIVATIONENCODING_H
