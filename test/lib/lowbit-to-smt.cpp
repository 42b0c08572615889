//===- lowbit-to-smt.cpp - Ask an SMT solver whether code is right --------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// usage: lowbit-to-smt [--opaque-products] BEFORE.mlir AFTER.mlir
//
//   is there an input for which the two give different results?
//
//        lowbit-to-smt [--opaque-products] CLAIM.mlir
//
//   is there an input for which a result of the function is 0?
//
// Each file holds one function as the reference lowering gives it. The answer
// of a solver to the SMT-LIB that this prints is `unsat` if there is none.
//
//===----------------------------------------------------------------------===//

#include "SymbolicEvaluator.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SMT/IR/SMTDialect.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Target/SMTLIB/ExportSMTLIB.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using namespace mlir::lowbit;

static OwningOpRef<ModuleOp> parse(StringRef path, MLIRContext &context) {
  ParserConfig config(&context);
  return parseSourceFile<ModuleOp>(path, config);
}

/// The only function of `module` with a body.
static func::FuncOp getFunction(ModuleOp module) {
  func::FuncOp found;
  for (auto function : module.getOps<func::FuncOp>()) {
    if (function.isDeclaration())
      continue;
    if (found) {
      function.emitError("expected one function, but got another one");
      return {};
    }
    found = function;
  }
  if (!found)
    module.emitError("expected a function");
  return found;
}

/// Asserts that some element of `before` is not that of `after`, or, where that
/// is null, not 1.
static LogicalResult assertDifference(OpBuilder &builder,
                                      SymbolicEvaluator &evaluator,
                                      func::FuncOp function,
                                      ArrayRef<Elements> before,
                                      const SmallVector<Elements> *after) {
  Location location = function.getLoc();
  SmallVector<Value> differences;
  for (auto [i, type] : llvm::enumerate(function.getResultTypes())) {
    unsigned width = getElementTypeOrSelf(type).getIntOrFloatBitWidth();
    for (auto [j, scalar] : llvm::enumerate(before[i])) {
      Scalar expected{builder.getBoolAttr(true), {}};
      if (after)
        expected = (*after)[i][j];
      differences.push_back(smt::DistinctOp::create(
          builder, location, evaluator.getTerm(scalar, width, location),
          evaluator.getTerm(expected, width, location)));
    }
  }
  Value some = differences.front();
  if (differences.size() > 1)
    some = smt::OrOp::create(builder, location, differences);
  smt::AssertOp::create(builder, location, some);
  auto check = smt::CheckOp::create(builder, location, TypeRange());
  for (Region &region : check->getRegions()) {
    OpBuilder::InsertionGuard guard(builder);
    builder.createBlock(&region);
    smt::YieldOp::create(builder, location);
  }
  return success();
}

static LogicalResult emitQuery(ArrayRef<StringRef> paths, bool opaqueProducts,
                               MLIRContext &context) {
  SmallVector<OwningOpRef<ModuleOp>> modules;
  SmallVector<func::FuncOp> functions;
  for (StringRef path : paths) {
    modules.push_back(parse(path, context));
    if (!modules.back())
      return failure();
    functions.push_back(getFunction(*modules.back()));
    if (!functions.back())
      return failure();
  }
  func::FuncOp first = functions.front();
  if (functions.back().getFunctionType() != first.getFunctionType())
    return functions.back().emitError("expected a function of type ")
           << first.getFunctionType();
  if (functions.size() == 1 &&
      llvm::any_of(first.getResultTypes(), [](Type type) {
        return !getElementTypeOrSelf(type).isInteger(1);
      }))
    return first.emitError("expected claims of type i1");

  OwningOpRef<ModuleOp> query = ModuleOp::create(first.getLoc());
  auto builder = OpBuilder::atBlockBegin(query->getBody());
  auto solver =
      smt::SolverOp::create(builder, first.getLoc(), TypeRange(), ValueRange());
  builder.createBlock(&solver.getBodyRegion());
  SymbolicEvaluator evaluator(builder, opaqueProducts);
  SmallVector<Elements> arguments;
  for (Type type : first.getArgumentTypes())
    arguments.push_back(evaluator.declare(type, first.getLoc()));
  SmallVector<SmallVector<Elements>> results;
  for (func::FuncOp function : functions) {
    auto elements = evaluator.run(function, arguments);
    if (failed(elements))
      return failure();
    results.push_back(std::move(*elements));
  }
  if (failed(assertDifference(builder, evaluator, first, results.front(),
                              results.size() == 1 ? nullptr : &results[1])))
    return failure();
  smt::YieldOp::create(builder, first.getLoc());
  return smt::exportSMTLIB(*query, llvm::outs());
}

int main(int argc, char **argv) {
  SmallVector<StringRef> paths(argv + 1, argv + argc);
  bool opaqueProducts = !paths.empty() && paths.front() == "--opaque-products";
  if (opaqueProducts)
    paths.erase(paths.begin());
  if (paths.size() != 1 && paths.size() != 2) {
    llvm::errs() << "usage: lowbit-to-smt [--opaque-products] BEFORE.mlir "
                    "[AFTER.mlir]\n";
    return 1;
  }
  DialectRegistry registry;
  registry.insert<affine::AffineDialect, arith::ArithDialect,
                  cf::ControlFlowDialect, func::FuncDialect,
                  linalg::LinalgDialect, math::MathDialect, scf::SCFDialect,
                  smt::SMTDialect, tensor::TensorDialect>();
  MLIRContext context(registry);
  context.loadDialect<smt::SMTDialect>();
  return failed(emitQuery(paths, opaqueProducts, context)) ? 1 : 0;
}
