//===- RunCase.cpp - Time one case ----------------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RunCase.h"

#include "HugeBuffer.h"
#include "LayerModule.h"
#include "ThreadPool.h"

#include "llvm/Support/FileUtilities.h"

#include <cmath>
#include <cstring>

using namespace mlir::lowbit;

llvm::Expected<LoadedLayer> mlir::lowbit::loadLayer(const Layer &layer,
                                                    const Compiler &compiler) {
  std::vector<int8_t> codes = makeWeightCodes(layer);
  std::string stem = nameOf(layer);
  std::string path = compiler.folder + "/" + stem + ".mlir";
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
  const Encoding &encoding = *layer.encoding;
  llvm::SmallVector<llvm::StringRef> options = {encoding.packing};
  if (layer.scope == Scope::Op)
    options.append({encoding.weights, encoding.activation->option});
  llvm::erase_if(options,
                 [](llvm::StringRef option) { return option.empty(); });
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
  /// `pool` outlives the call.
  static llvm::Expected<Call>
  create(const Case &which, const CompiledModel &model, ThreadPool &pool);

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
  std::vector<int8_t> codes; // activations
  std::vector<HugeBuffer> memory;
  lowbit_tensor input = {};
  lowbit_tensor output = {};
  lowbit_context context = {};
};
} // namespace

llvm::Expected<Call> Call::create(const Case &which, const CompiledModel &model,
                                  ThreadPool &pool) {
  const Layer &layer = which.layer;
  Call call;
  call.model = &model;
  call.codes = makeActivationCodes(layer, which.m);
  if (pool.size() > 1) {
    call.context.parallel_for = ThreadPool::parallelFor;
    call.context.pool = &pool;
  }
  auto allocate = [&](size_t bytes) -> void * {
    return call.memory.emplace_back(bytes).data();
  };

  bool isKernel = layer.scope == Scope::Kernel;
  lowbit_tensor &input = call.input, &output = call.output;
  input.dtype = isKernel ? LOWBIT_I8 : LOWBIT_F32;
  std::vector<int64_t> shape = shapeOfActivations(layer, which.m);
  input.rank = shape.size();
  llvm::copy(shape, input.shape);
  input.capacity = call.codes.size() * (isKernel ? 1 : sizeof(float));
  input.data = allocate(input.capacity);
  if (llvm::Error error =
          model.plan(&input, &output, call.context.workspace_bytes))
    return error;
  if (llvm::ArrayRef(output.shape, output.rank) !=
      llvm::ArrayRef(shapeOfResults(layer, which.m)))
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
    std::vector<int32_t> expected = multiplyRow(layer, weightCodes, codes, m);
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

//===----------------------------------------------------------------------===//
// Timing
//===----------------------------------------------------------------------===//

namespace {
/// A case whose results are right, and whose weights are in their place.
class CheckedCase {
public:
  /// `pool` outlives the case.
  static llvm::Expected<CheckedCase>
  create(const Case &which, const LoadedLayer &layer, const CacheSizes &caches,
         const WeightMemory &memory, ThreadPool &pool);

  Level resident() const { return level; }

  /// The seconds of each call, in `seconds` altogether, after calls that are
  /// not counted.
  llvm::Expected<std::vector<double>> time(double seconds, size_t fewestRuns);

private:
  CheckedCase(Level level, WeightCopies copies, Call call)
      : level(level), copies(copies), call(std::move(call)) {}

  Level level;
  WeightCopies copies;
  Call call;
};
} // namespace

llvm::Expected<CheckedCase> CheckedCase::create(const Case &which,
                                                const LoadedLayer &layer,
                                                const CacheSizes &caches,
                                                const WeightMemory &memory,
                                                ThreadPool &pool) {
  const lowbit_model &model = layer.model.get();
  // Each thread has its part of the weights in the cache of its own.
  CacheSizes together = {caches.l2 * pool.size(), caches.l3};
  Level level = findLevel(which.start, model.weights_bytes, together);
  llvm::Expected<WeightCopies> copies =
      WeightCopies::create(model, level, together, memory);
  if (!copies)
    return copies.takeError();
  llvm::Expected<Call> call = Call::create(which, layer.model, pool);
  if (!call)
    return call.takeError();
  if (llvm::Error error =
          checkStatus(call->run(copies->next()), "lowbit_model_run"))
    return error;
  if (llvm::Error error = call->checkProducts(which, layer.weightCodes))
    return error;
  return CheckedCase(level, *copies, std::move(*call));
}

llvm::Expected<std::vector<double>> CheckedCase::time(double seconds,
                                                      size_t fewestRuns) {
  constexpr double warmUpShare = 0.1;
  lowbit_status status = LOWBIT_OK;
  auto runOnce = [&] {
    if (lowbit_status now = call.run(copies.next()))
      status = now;
  };
  size_t fewestWarmUps = level == Level::L3 ? copies.size() : 1;
  timeEach(seconds * warmUpShare, fewestWarmUps, runOnce);
  std::vector<double> times = timeEach(seconds, fewestRuns, runOnce);
  if (llvm::Error error = checkStatus(status, "lowbit_model_run"))
    return error;
  return times;
}

static llvm::Error checkProcessors(int threads) {
  if (threads <= countProcessors())
    return llvm::Error::success();
  return llvm::createStringError("expected %d processors, but got %d", threads,
                                 countProcessors());
}

static constexpr double usPerSecond = 1e6;

llvm::Expected<CaseResult> mlir::lowbit::runCase(const Case &which,
                                                 const LoadedLayer &layer,
                                                 const CacheSizes &caches,
                                                 const WeightMemory &memory,
                                                 double seconds) {
  if (llvm::Error error = checkProcessors(which.threads))
    return error;
  ThreadPool pool(which.threads);
  llvm::Expected<CheckedCase> checked =
      CheckedCase::create(which, layer, caches, memory, pool);
  if (!checked)
    return checked.takeError();
  constexpr size_t fewestRuns = 5;
  llvm::Expected<std::vector<double>> times =
      checked->time(seconds, fewestRuns);
  if (!times)
    return times.takeError();
  const lowbit_model &model = layer.model.get();
  return CaseResult{layer.model.target(), size_t(model.weights_bytes),
                    checked->resident(),
                    summarize(std::move(*times)) * usPerSecond};
}

llvm::Expected<PairResult>
mlir::lowbit::runPair(const Pair &pair, const LoadedLayer &first,
                      const LoadedLayer &second, const CacheSizes &caches,
                      const WeightMemory &memory, double seconds) {
  constexpr size_t pageBytes = size_t(2) << 20;
  size_t half = memory.bytes / 2 / pageBytes * pageBytes;
  ThreadPool pool(1);
  llvm::Expected<CheckedCase> one =
      CheckedCase::create(pair.first, first, caches, {memory.data, half}, pool);
  if (!one)
    return one.takeError();
  llvm::Expected<CheckedCase> other = CheckedCase::create(
      pair.second, second, caches, {memory.data + half, half}, pool);
  if (!other)
    return other.takeError();

  constexpr int turns = 15;
  constexpr size_t fewestRunsPerTurn = 1;
  std::vector<double> firsts, others, ratios;
  for (int turn = 0; turn < turns; ++turn) {
    auto first = one->time(seconds / turns, fewestRunsPerTurn);
    if (!first)
      return first.takeError();
    auto second = other->time(seconds / turns, fewestRunsPerTurn);
    if (!second)
      return second.takeError();
    firsts.push_back(summarize(std::move(*first)).median);
    others.push_back(summarize(std::move(*second)).median);
    ratios.push_back(firsts.back() / others.back());
  }
  return PairResult{summarize(std::move(firsts)).median * usPerSecond,
                    summarize(std::move(others)).median * usPerSecond,
                    summarize(std::move(ratios))};
}
