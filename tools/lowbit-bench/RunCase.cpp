//===- RunCase.cpp - Time one case ----------------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RunCase.h"

#include "LayerModule.h"

#include "llvm/Support/FileUtilities.h"

#include <cmath>
#include <cstring>

using namespace mlir::lowbit;

llvm::Expected<LoadedLayer> mlir::lowbit::loadLayer(const Layer &layer,
                                                    const Compiler &compiler,
                                                    llvm::StringRef stem) {
  std::vector<int8_t> codes = makeWeightCodes(layer);
  std::string path = compiler.folder + "/" + stem.str() + ".mlir";
  // Removed on return: of a large layer the text takes half a gigabyte.
  llvm::FileRemover textRemover(path);
  {
    std::error_code code;
    llvm::raw_fd_ostream file(path, code);
    if (code)
      return llvm::createStringError(code, path + ": " + code.message());
    writeModule(file, layer, codes);
    if (file.has_error()) {
      code = file.error();
      file.clear_error();
      return llvm::createStringError(code, path + ": " + code.message());
    }
  }
  std::vector<std::string> options;
  if (layer.scope == Scope::Op)
    options = {"--weights=" + std::string(layer.encoding->weights),
               "--activations=" + nameOf(layer.encoding->activation).str()};
  llvm::Expected<CompiledModel> model =
      CompiledModel::create(compiler, stem, options);
  if (!model)
    return model.takeError();
  return LoadedLayer{std::move(codes), std::move(*model)};
}

//===----------------------------------------------------------------------===//
// Buffers of a call
//===----------------------------------------------------------------------===//

namespace {
/// Everything that a call of the model needs but the weights.
class Call {
public:
  static llvm::Expected<Call> create(const Case &which,
                                     const CompiledModel &model);

  lowbit_status run(const uint8_t *weights) {
    context.weights = weights;
    return model->run(context, &input, &output);
  }

  /// The products of the first and the last row: equal to the sums of codes in
  /// scope `kernel`, in scope `op` almost parallel to them, since activations
  /// and, within blocks, weights are rounded.
  llvm::Error checkProducts(const Case &which,
                            llvm::ArrayRef<int8_t> weightCodes) const;

private:
  Call() = default;

  const CompiledModel *model = nullptr;
  std::vector<int8_t> codes; // M x K activations
  std::vector<HugeBuffer> memory;
  lowbit_tensor input = {};
  lowbit_tensor output = {};
  lowbit_context context = {};
};
} // namespace

llvm::Expected<Call> Call::create(const Case &which,
                                  const CompiledModel &model) {
  const Layer &layer = which.layer;
  Call call;
  call.model = &model;
  call.codes = makeActivationCodes(which.m, layer.k);
  auto allocate = [&](size_t bytes) -> void * {
    return call.memory.emplace_back(bytes).data();
  };

  bool isKernel = layer.scope == Scope::Kernel;
  lowbit_tensor &input = call.input, &output = call.output;
  input.dtype = isKernel ? LOWBIT_I8 : LOWBIT_F32;
  input.rank = 2;
  input.shape[0] = which.m;
  input.shape[1] = layer.k;
  input.capacity = call.codes.size() * (isKernel ? 1 : sizeof(float));
  input.data = allocate(input.capacity);
  if (llvm::Error error =
          model.plan(&input, &output, call.context.workspace_bytes))
    return error;
  if (output.rank != 2 || output.shape[0] != which.m ||
      output.shape[1] != layer.n)
    return llvm::createStringError("expected one product per row and column");

  output.capacity = which.m * layer.n * sizeof(float);
  output.data = allocate(output.capacity);
  call.context.workspace = allocate(call.context.workspace_bytes);
  if (!input.data || !output.data || !call.context.workspace)
    return llvm::createStringError("expected memory for the call");
  if (isKernel)
    std::memcpy(input.data, call.codes.data(), call.codes.size());
  else
    for (size_t i = 0; i < call.codes.size(); ++i)
      static_cast<float *>(input.data)[i] = call.codes[i] * activationStep;
  return call;
}

/// The cosine of the angle between two vectors.
static double cosine(llvm::ArrayRef<float> lhs, llvm::ArrayRef<int32_t> rhs) {
  double product = 0, lhsSquare = 0, rhsSquare = 0;
  for (auto [l, r] : llvm::zip_equal(lhs, rhs)) {
    product += double(l) * r;
    lhsSquare += double(l) * l;
    rhsSquare += double(r) * r;
  }
  return product / std::sqrt(lhsSquare * rhsSquare);
}

llvm::Error Call::checkProducts(const Case &which,
                                llvm::ArrayRef<int8_t> weightCodes) const {
  constexpr double leastCosine = 0.99;
  const Layer &layer = which.layer;
  for (int64_t m : {int64_t(0), which.m - 1}) {
    std::vector<int32_t> expected = multiplyRow(
        layer, weightCodes, llvm::ArrayRef(codes).slice(m * layer.k, layer.k));
    if (layer.scope == Scope::Kernel) {
      auto *row = static_cast<const int32_t *>(output.data) + m * layer.n;
      for (int64_t n = 0; n < layer.n; ++n)
        if (row[n] != expected[n])
          return llvm::createStringError(
              "expected %d at row %d, column %d, but got %d", expected[n],
              int(m), int(n), row[n]);
      continue;
    }
    auto *row = static_cast<const float *>(output.data) + m * layer.n;
    double found = cosine(llvm::ArrayRef(row, layer.n), expected);
    if (!(found >= leastCosine))
      return llvm::createStringError(
          "expected a cosine of at least %g to the float product of row %d, "
          "but got %g",
          leastCosine, int(m), found);
  }
  return llvm::Error::success();
}

llvm::Expected<CaseResult> mlir::lowbit::runCase(const Case &which,
                                                 const LoadedLayer &layer,
                                                 const CacheSizes &caches,
                                                 const WeightMemory &memory,
                                                 double seconds) {
  const lowbit_model &model = layer.model.get();
  Level level = findLevel(which.resident, model.weights_bytes, caches);
  llvm::Expected<WeightCopies> copies =
      WeightCopies::create(model, level, caches, memory);
  if (!copies)
    return copies.takeError();
  llvm::Expected<Call> call = Call::create(which, layer.model);
  if (!call)
    return call.takeError();

  if (llvm::Error error =
          checkStatus(call->run(copies->next()), "lowbit_model_run"))
    return error;
  if (llvm::Error error = call->checkProducts(which, layer.weightCodes))
    return error;

  constexpr size_t warmUps = 5, fewestRuns = 11;
  lowbit_status status = LOWBIT_OK;
  auto runOnce = [&] {
    if (lowbit_status now = call->run(copies->next()))
      status = now;
  };
  for (size_t i = 0; i < warmUps + (level == Level::L3 ? copies->size() : 0);
       ++i)
    runOnce();
  std::vector<double> times = timeEach(seconds, fewestRuns, runOnce);
  if (llvm::Error error = checkStatus(status, "lowbit_model_run"))
    return error;
  return CaseResult{model.target, size_t(model.weights_bytes), level,
                    summarize(std::move(times))};
}
