//===- BitWords.h - Loops over words of bits --------------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CODEGEN_LEAVES_BITWORDS_H
#define LOWBIT_LIB_CODEGEN_LEAVES_BITWORDS_H

#include "Kernels/LoopBuilder.h"
#include "Kernels/PlaneValues.h"
#include "lowbit/Quantization/BitPlanes.h"

namespace mlir::lowbit {

/// Elements of a row that follow one another.
struct RowPart {
  Value matrix, row, first, length;
};

/// Writes loops that make words of bits, see BitPlanes.h: 32 elements of a row
/// become a word of each plane by a comparison of a vector, whose result is the
/// word.
class BitWords : protected LoopBuilder {
protected:
  BitWords(func::FuncOp function, BitPlanes planes)
      : LoopBuilder(function), planes(planes) {}

  Value i32(int64_t value);
  /// The zero of an element type or of vectors of it.
  Value zeroOf(Type type);
  /// The planes of `codes`, an i8 or a vector of them.
  PlaneValues compareCodes(Value codes);

  /// The planes of elements, an i1 each or a vector of them.
  using Compare = function_ref<PlaneValues(Value)>;
  /// Stores the words, an i32 each, of word `index` of the part; what the loop
  /// carries next.
  using Store = function_ref<SmallVector<Value>(PlaneValues words, Value index,
                                                ValueRange carried)>;
  /// Calls `store` with the words of all elements, of which bits beyond the
  /// last are 0; returns what is carried in the end.
  SmallVector<Value> forWords(const RowPart &part, ValueRange inits,
                              Compare compare, Store store);
  /// Stores an i32 from the byte `at` of `row` on.
  void storeWord(Value word, Value matrix, Value row, Value at);

  BitPlanes planes;

private:
  /// The 32 bits of a vector of i1.
  Value getWord(Value bits);
  /// The words of the elements from `from` on, less than 32.
  PlaneValues getLastWords(const RowPart &part, Value from, Value count,
                           Compare compare);
};

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_LEAVES_BITWORDS_H
