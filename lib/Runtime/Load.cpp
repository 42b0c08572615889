//===- Load.cpp - Loading of compiled models ------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Load.h"

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>

using namespace mlir::lowbit;

/// Opens a regular file for reading and stores its size.
static Result openFile(const std::string &path, lowbit_status status, int &file,
                       uint64_t &size) {
  // Without O_NONBLOCK a pipe would wait for its writer.
  file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat info;
  if (file == -1 || fstat(file, &info) != 0)
    return {status, path + ": expected a readable file, but got: " +
                        std::strerror(errno)};
  if (!S_ISREG(info.st_mode))
    return {status, path + ": expected a file, but got something else"};
  size = uint64_t(info.st_size);
  return {};
}

static Result checkModel(const lowbit_model &model, const std::string &path,
                         const lowbit_variant *&variant) {
  lowbit_status status = lowbit_model_check(&model, &variant);
  if (status == LOWBIT_ERROR_VERSION || status == LOWBIT_ERROR_TARGET) {
    char text[4096];
    lowbit_model_explain(&model, text, sizeof(text));
    return {status, path + ": " + text};
  }
  auto isCount = [](int64_t count, const void *items) {
    return count == 0 || (count > 0 && items);
  };
  if (status == LOWBIT_ERROR_ARGUMENT ||
      (!isCount(model.num_inputs, model.inputs) ||
       !isCount(model.num_outputs, model.outputs) ||
       !isCount(model.num_layers, model.layers) ||
       int64_t(model.num_inputs) + model.num_outputs > LOWBIT_MAX_TENSORS))
    status = LOWBIT_ERROR_LOAD;
  for (int32_t i = 0; status == LOWBIT_OK && i < model.num_inputs; ++i)
    if (model.inputs[i].rank < 0 || model.inputs[i].rank > LOWBIT_MAX_RANK)
      status = LOWBIT_ERROR_LOAD;
  for (int32_t i = 0; status == LOWBIT_OK && i < model.num_outputs; ++i)
    if (model.outputs[i].rank < 0 || model.outputs[i].rank > LOWBIT_MAX_RANK)
      status = LOWBIT_ERROR_LOAD;
  if (status != LOWBIT_OK)
    return {status, path + ": expected a compiled model, but got a damaged "
                           "description"};
  return {};
}

/// Whether the file holds all that its headers speak of: the loader maps more
/// than there is, and touching that is a bus error. What is no ELF file at all
/// is left to the loader.
static bool isWhole(int file, uint64_t size) {
  auto read = [&](auto &header, uint64_t offset) {
    return pread(file, &header, sizeof(header), off_t(offset)) ==
           ssize_t(sizeof(header));
  };
  ElfW(Ehdr) elf;
  if (!read(elf, 0) || std::memcmp(elf.e_ident, ELFMAG, SELFMAG) != 0)
    return true;
  for (uint64_t i = 0; i < elf.e_phnum; ++i) {
    ElfW(Phdr) segment;
    if (!read(segment, elf.e_phoff + i * sizeof(segment)) ||
        segment.p_offset > size || segment.p_filesz > size - segment.p_offset)
      return false;
  }
  return true;
}

Library::~Library() {
  if (library)
    dlclose(library);
}

/// A name of an open file that no library of this process was loaded by.
static std::string freshName(int file) {
  static std::atomic<uint64_t> counter{0};
  std::string name = "/proc/";
  for (uint64_t number = counter++; number != 0; number >>= 1)
    name += number & 1 ? "./" : "/"; // neither leads anywhere
  return name + "self/fd/" + std::to_string(file);
}

Result Library::load(const std::string &path) {
  int file = -1;
  uint64_t size = 0;
  Result opened = openFile(path, LOWBIT_ERROR_LOAD, file, size);
  if (opened.status == LOWBIT_OK && !isWhole(file, size))
    opened = {LOWBIT_ERROR_LOAD,
              path + ": expected a compiled model, but got a part of one"};
  if (opened.status == LOWBIT_OK) {
    // A name without a slash would be looked up in the system's folders. And
    // the loader gives out again what it has loaded under a name, even if the
    // file was replaced since.
    std::string name = path.find('/') == path.npos ? "./" + path : path;
    if (void *loaded = dlopen(name.c_str(), RTLD_NOW | RTLD_NOLOAD)) {
      dlclose(loaded);
      name = freshName(file);
    }
    library = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library)
      opened = {LOWBIT_ERROR_LOAD,
                path + ": expected a compiled model, but got: " + dlerror()};
  }
  if (file != -1)
    close(file);
  if (opened.status != LOWBIT_OK)
    return opened;
  found =
      static_cast<const lowbit_model *>(dlsym(library, "lowbit_model_main"));
  if (!found)
    return {LOWBIT_ERROR_LOAD, path + ": expected a compiled model, but got a "
                                      "library without 'lowbit_model_main'"};
  return checkModel(*found, path, chosen);
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

static std::string weightsPathBeside(const std::string &path) {
  size_t length = path.size();
  if (length >= 3 && path.compare(length - 3, 3, ".so") == 0)
    length -= 3;
  return path.substr(0, length) + ".weights";
}

/// Fills the first `size` bytes of `memory` from the file at `path`.
static Result readWeights(const std::string &path, Memory &memory,
                          uint64_t size) {
  int file = -1;
  uint64_t fileSize = 0;
  Result result = openFile(path, LOWBIT_ERROR_WEIGHTS, file, fileSize);
  if (result.status == LOWBIT_OK && fileSize != size)
    result = {LOWBIT_ERROR_WEIGHTS,
              path + ": expected " + std::to_string(size) +
                  " bytes of weights, but got " + std::to_string(fileSize)};
  if (result.status == LOWBIT_OK && !memory.allocate(size))
    result = {LOWBIT_ERROR_MEMORY, path + ": memory for the weights ran out"};
  for (uint64_t done = 0; result.status == LOWBIT_OK && done < size;) {
    ssize_t count =
        pread(file, memory.data() + done,
              std::min<uint64_t>(size - done, 1 << 30), off_t(done));
    if (count > 0)
      done += uint64_t(count);
    else if (count == 0 || errno != EINTR)
      result = {LOWBIT_ERROR_WEIGHTS,
                path + ": expected " + std::to_string(size) +
                    " bytes of weights, but reading ended after " +
                    std::to_string(done)};
  }
  if (file != -1)
    close(file);
  return result;
}

Result Weights::load(const lowbit_model &model, const std::string &path,
                     const char *weightsPath) {
  const uint64_t size = model.weights_bytes;
  if (size == 0)
    return {};

  constexpr uint64_t copyFrom = uint64_t(1) << 20;
  std::string source = path;
  if (weightsPath || !model.weights) {
    source = weightsPath ? weightsPath : weightsPathBeside(path);
    Result result = readWeights(source, copy, size);
    if (result.status != LOWBIT_OK)
      return result;
  } else if (size >= copyFrom ||
             reinterpret_cast<uintptr_t>(model.weights) % 64 != 0) {
    if (!copy.allocate(size))
      return {LOWBIT_ERROR_MEMORY, path + ": memory for the weights ran out"};
    std::memcpy(copy.data(), model.weights, size);
  }
  copy.makeReadOnly();
  bytes = copy.data() ? copy.data() : model.weights;

  if (lowbit_weights_hash(bytes, size) != model.weights_hash)
    return {LOWBIT_ERROR_WEIGHTS,
            source + ": expected the weights that the model was compiled with, "
                     "but got others"};
  return {};
}
