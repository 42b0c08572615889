//===- Npz.h - NumPy archives of arrays -------------------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reads and writes .npz files: zip archives of .npy files, stored or deflated.
// Arrays are read piece by piece, so that memory does not grow with them. A
// file is taken for hostile: an array claims no more bytes than its compressed
// data can hold, and errors are one line.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_RUNTIME_NPZ_H
#define LOWBIT_RUNTIME_NPZ_H

#include "lowbit/Runtime/Npy.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

struct zip;
struct zip_file;

namespace mlir::lowbit {

/// One array of an archive, of which only the header has been read.
class NpzMember {
public:
  ~NpzMember();

  lowbit_dtype getDtype() const { return header.dtype; }
  const std::vector<int64_t> &getShape() const { return header.shape; }
  uint64_t getBytes() const { return header.size; }

  /// Reads the next `size` bytes of the row-major data, at most as many as are
  /// left. False with `error` set where the file has fewer or, after the last
  /// of them, others than its checksum says.
  bool read(uint8_t *data, uint64_t size, std::string &error);

private:
  friend class NpzFile;
  NpzMember(std::string place, zip_file *file)
      : place(std::move(place)), file(file) {}

  bool readBytes(uint8_t *data, uint64_t size, std::string &error);

  std::string place; ///< for errors: path and name
  zip_file *file;
  NpyHeader header;
  uint64_t left = 0; ///< bytes of data
};

/// An archive that is open for reading. Outlives its members.
class NpzFile {
public:
  /// Returns null with `error` set to `path: expected ..., but got ...`.
  static std::unique_ptr<NpzFile> open(const std::string &path,
                                       std::string &error);
  ~NpzFile();

  /// The names of the arrays, as NumPy gives them, sorted.
  std::vector<std::string> getNames() const;

  /// Opens one array. Returns null with `error` set, also where the data are in
  /// Fortran order.
  std::unique_ptr<NpzMember> openMember(const std::string &name,
                                        std::string &error);

  /// Reads the array `name`, which must be of this type. False with `error`
  /// set.
  bool readArray(const std::string &name, lowbit_dtype dtype,
                 const std::vector<int64_t> &shape, NpyArray &array,
                 std::string &error);

private:
  NpzFile(std::string path, zip *archive);

  std::string path;
  zip *archive;
  std::map<std::string, uint64_t> indices; ///< by names without .npy
};

/// Writes an archive beside `path` and renames it. The same arrays give the
/// same bytes. False with `error` set; `path` is then as it was.
bool writeNpz(const std::string &path,
              const std::map<std::string, NpyArray> &arrays,
              std::string &error);

} // namespace mlir::lowbit

#endif // LOWBIT_RUNTIME_NPZ_H
