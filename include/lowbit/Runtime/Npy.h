//===- Npy.h - NumPy array files --------------------------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reads and writes .npy files, versions 1 to 3. A file is taken for hostile:
// nothing is allocated before its size and its header agree.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_RUNTIME_NPY_H
#define LOWBIT_RUNTIME_NPY_H

#include "lowbit-c/Model.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mlir::lowbit {

/// A dense, row-major array.
struct NpyArray {
  lowbit_dtype dtype = LOWBIT_F32;
  std::vector<int64_t> shape;
  std::vector<uint8_t> data;
};

/// What comes before the data of a file.
struct NpyHeader {
  lowbit_dtype dtype = LOWBIT_F32;
  std::vector<int64_t> shape;
  bool isFortran = false;
  uint64_t offset = 0; ///< where the data begins
  uint64_t size = 0;   ///< bytes of the data
};

/// The bytes that tell how long a header is.
constexpr size_t kNpyPrefixBytes = 12;

/// The offset of the data, from the first `kNpyPrefixBytes` of a file, or from
/// the whole of a shorter one. False with `error` set.
bool parseNpyPrefix(std::string_view bytes, uint64_t &offset,
                    std::string &error);

/// Reads the header at the begin of `bytes`. False with `error` set.
bool parseNpyHeader(std::string_view bytes, NpyHeader &header,
                    std::string &error);

/// Reads an array of f4, f2, i1, u1, i2, i4 or i8, little-endian, or of V2,
/// which is how NumPy writes bf16. Fortran order is converted. False with
/// `error` set to `path: expected ..., but got ...`.
bool readNpy(const std::string &path, NpyArray &array, std::string &error);

/// The same for a file's bytes; `error` does not name the file.
bool parseNpy(std::string_view bytes, NpyArray &array, std::string &error);

/// The bytes of a file, of version 1.
std::string formatNpy(const NpyArray &array);

/// Writes a file of version 1 beside `path` and renames it. False with `error`
/// set; `path` is then as it was.
bool writeNpy(const std::string &path, const NpyArray &array,
              std::string &error);

} // namespace mlir::lowbit

#endif // LOWBIT_RUNTIME_NPY_H
