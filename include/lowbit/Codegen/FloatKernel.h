//===- FloatKernel.h - How an instruction set multiplies reals ------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_CODEGEN_FLOATKERNEL_H
#define LOWBIT_CODEGEN_FLOATKERNEL_H

#include "lowbit/Codegen/MicroKernel.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::lowbit {

/// The element types of a `lowbit.packed_float_matmul`, f32 or bf16 each.
struct FloatOperands {
  FloatType activations;
  FloatType weights;
};

/// One way to multiply reals.
class FloatKernel {
public:
  virtual ~FloatKernel();

  /// Names the leaf functions.
  virtual StringRef getName() const = 0;

  /// Whether the target has the instructions, and they take the operands.
  virtual bool serves(const Target &target, FloatOperands operands) const = 0;

  /// A full tile for a class of M.
  virtual FloatTile getTile(FloatOperands operands, MClass mClass) const = 0;

  /// Whether elements are multiplied as narrow as they are, within the
  /// tolerance that `lowbit.packed_float_matmul` has for that. Otherwise they
  /// are made f32 first.
  virtual bool multipliesNarrow() const { return false; }

  /// Fills the body of `function`, whose arguments are the operands of a
  /// `lowbit.packed_float_matmul`, with loops over `tile`.
  virtual void emitBody(func::FuncOp function, FloatTile tile) const = 0;
};

/// The registers that a fused multiply-add works on.
struct FloatUnit {
  StringRef feature = ""; ///< of the target, as LLVM calls it; empty: none
  int64_t registers = 16; ///< how many there are
  int64_t registerBytes = 16;
};

/// An emitter whose sums are in vector registers while K passes by. It writes
/// the product of vectors; the loops around it are shared.
class VectorFloatKernel : public FloatKernel {
public:
  VectorFloatKernel(StringRef name, const FloatUnit &unit)
      : name(name), unit(unit) {}

  StringRef getName() const override { return name; }
  bool serves(const Target &target, FloatOperands) const override {
    return unit.feature.empty() || target.hasFeature(unit.feature);
  }
  FloatTile getTile(FloatOperands operands, MClass mClass) const override;
  void emitBody(func::FuncOp function, FloatTile tile) const override;

  /// Emits `sum + activations * weights`, each a vector<16xf32>: fused, which
  /// gives the same on all targets.
  virtual Value emitMultiplyAdd(OpBuilder &builder, Location loc,
                                Value activations, Value weights,
                                Value sum) const;

private:
  const StringRef name;
  const FloatUnit unit;
};

} // namespace mlir::lowbit

#endif // LOWBIT_CODEGEN_FLOATKERNEL_H
