//===- Npz.cpp - NumPy archives of arrays ---------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Runtime/Npz.h"

#include "lowbit/Runtime/File.h"
#include "lowbit/Runtime/TensorType.h"

#include <zip.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

using namespace mlir::lowbit;

/// Deflate makes at most 1032 bytes of one.
static constexpr uint64_t maxExpansion = 1032;

static const std::string suffix = ".npy";

/// As much of a hostile name as fits into a line.
static std::string quote(std::string_view text) {
  std::string result = "'";
  for (char c : text.substr(0, 64))
    result += c >= 0x20 && c < 0x7f ? c : '?';
  return result + (text.size() > 64 ? "...'" : "'");
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

std::unique_ptr<NpzFile> NpzFile::open(const std::string &path,
                                       std::string &error) {
  // Without O_NONBLOCK a pipe would wait for its writer.
  int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat info;
  if (file == -1 || fstat(file, &info) != 0) {
    error =
        path + ": expected a readable file, but got: " + std::strerror(errno);
    if (file != -1)
      close(file);
    return nullptr;
  }
  if (!S_ISREG(info.st_mode)) {
    error = path + ": expected a file, but got something else";
    close(file);
    return nullptr;
  }
  int code = 0;
  zip *archive = zip_fdopen(file, ZIP_CHECKCONS, &code);
  if (!archive) {
    close(file);
    zip_error_t reason;
    zip_error_init_with_code(&reason, code);
    error = path + ": expected an .npz file, but got: " +
            (code == ZIP_ER_EXISTS ? "two files of one name"
                                   : zip_error_strerror(&reason));
    zip_error_fini(&reason);
    return nullptr;
  }
  return std::unique_ptr<NpzFile>(new NpzFile(path, archive));
}

NpzFile::NpzFile(std::string path, zip *archive)
    : path(std::move(path)), archive(archive) {
  zip_int64_t count = zip_get_num_entries(archive, 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    const char *name = zip_get_name(archive, zip_uint64_t(i), ZIP_FL_ENC_RAW);
    std::string text = name ? name : "";
    bool isArray =
        text.size() > suffix.size() &&
        text.compare(text.size() - suffix.size(), suffix.size(), suffix) == 0;
    if (isArray)
      indices.emplace(text.substr(0, text.size() - suffix.size()), i);
  }
}

NpzFile::~NpzFile() { zip_discard(archive); }

std::vector<std::string> NpzFile::getNames() const {
  std::vector<std::string> names;
  for (const auto &entry : indices)
    names.push_back(entry.first);
  return names;
}

std::unique_ptr<NpzMember> NpzFile::openMember(const std::string &name,
                                               std::string &error) {
  std::string place = path + ": " + quote(name);
  auto fail = [&](const std::string &reason) {
    error = place + ": " + reason;
    return nullptr;
  };
  auto index = indices.find(name);
  if (index == indices.end())
    return fail("expected an array, but got none");
  zip_stat_t info;
  zip_stat_init(&info);
  constexpr zip_uint64_t needed = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE;
  if (zip_stat_index(archive, index->second, 0, &info) != 0 ||
      (info.valid & needed) != needed)
    return fail("expected a size, but got none");
  if (info.size / maxExpansion > info.comp_size)
    return fail("expected at most " +
                std::to_string(info.comp_size * maxExpansion) +
                " bytes of data, but got " + std::to_string(info.size));
  zip_file *file = zip_fopen_index(archive, index->second, 0);
  if (!file)
    return fail("expected stored or deflated data, but got: " +
                std::string(zip_strerror(archive)));
  std::unique_ptr<NpzMember> member(new NpzMember(place, file));

  std::string bytes(std::min<uint64_t>(kNpyPrefixBytes, info.size), '\0');
  auto data = [&](size_t at) {
    return reinterpret_cast<uint8_t *>(&bytes[at]);
  };
  uint64_t offset = 0;
  std::string reason;
  if (!member->readBytes(data(0), bytes.size(), error))
    return nullptr;
  if (!parseNpyPrefix(bytes, offset, reason))
    return fail(reason);
  if (offset > info.size || offset < bytes.size())
    return fail("expected a header of " + std::to_string(offset) +
                " bytes, but got " + std::to_string(info.size));
  size_t begin = bytes.size();
  bytes.resize(offset);
  if (begin != offset && !member->readBytes(data(begin), offset - begin, error))
    return nullptr;
  if (!parseNpyHeader(bytes, member->header, reason))
    return fail(reason);
  member->left = member->header.size;
  if (info.size - offset != member->header.size)
    return fail("expected " + std::to_string(member->header.size) +
                " bytes of the header's shape, but got " +
                std::to_string(info.size - offset));
  if (member->header.isFortran && member->header.shape.size() > 1)
    return fail("expected data in C order, but got Fortran order");
  return member;
}

NpzMember::~NpzMember() { zip_fclose(file); }

bool NpzMember::readBytes(uint8_t *data, uint64_t size, std::string &error) {
  while (size != 0) {
    zip_int64_t count = zip_fread(file, data, size);
    if (count <= 0) {
      error = place + ": expected " + std::to_string(size) +
              " more bytes, but got: " +
              (count == 0 ? "the end" : zip_file_strerror(file));
      return false;
    }
    data += count;
    size -= uint64_t(count);
  }
  return true;
}

bool NpzMember::read(uint8_t *data, uint64_t size, std::string &error) {
  if (!readBytes(data, size, error))
    return false;
  left -= size;
  // The checksum is compared where the end is met.
  uint8_t byte = 0;
  if (left != 0 || zip_fread(file, &byte, 1) == 0)
    return true;
  error = place + ": expected the end, but got: " + zip_file_strerror(file);
  return false;
}

bool NpzFile::readArray(const std::string &name, lowbit_dtype dtype,
                        const std::vector<int64_t> &shape, NpyArray &array,
                        std::string &error) {
  std::unique_ptr<NpzMember> member = openMember(name, error);
  if (!member)
    return false;
  auto format = [](lowbit_dtype type, const std::vector<int64_t> &extents) {
    return formatType(type, int32_t(extents.size()), extents.data());
  };
  if (member->getDtype() != dtype || member->getShape() != shape) {
    error = path + ": " + quote(name) + ": expected " + format(dtype, shape) +
            ", but got " + format(member->getDtype(), member->getShape());
    return false;
  }
  array = {dtype, shape, std::vector<uint8_t>(member->getBytes())};
  return member->read(array.data.data(), array.data.size(), error);
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

/// The archive in memory; empty with `error` set.
static std::string formatNpz(const std::map<std::string, std::string> &files,
                             std::string &error) {
  zip_error_t reason;
  zip_error_init(&reason);
  zip_source_t *source = zip_source_buffer_create(nullptr, 0, 0, &reason);
  zip *archive =
      source ? zip_open_from_source(source, ZIP_TRUNCATE, &reason) : nullptr;
  if (!archive) {
    error = zip_error_strerror(&reason);
    zip_error_fini(&reason);
    zip_source_free(source);
    return "";
  }
  zip_source_keep(source); // closing the archive would free it
  bool isGood = true;
  for (const auto &[name, bytes] : files) {
    zip_source_t *data =
        zip_source_buffer(archive, bytes.data(), bytes.size(), 0);
    zip_int64_t index =
        data ? zip_file_add(archive, name.c_str(), data, ZIP_FL_ENC_GUESS) : -1;
    if (data && index < 0)
      zip_source_free(data);
    // Always the same time: 1980, the first one there is.
    isGood &= index >= 0 && zip_file_set_dostime(archive, zip_uint64_t(index),
                                                 0, 0x21, 0) == 0;
  }
  if (!isGood || zip_close(archive) != 0) {
    error = zip_strerror(archive);
    zip_discard(archive);
    zip_source_free(source);
    return "";
  }
  zip_stat_t info;
  zip_stat_init(&info);
  std::string result;
  if (zip_source_open(source) == 0) {
    if (zip_source_stat(source, &info) == 0 && (info.valid & ZIP_STAT_SIZE)) {
      result.resize(info.size);
      zip_int64_t count = zip_source_read(source, result.data(), info.size);
      result.resize(count < 0 ? 0 : size_t(count));
    }
    zip_source_close(source);
  }
  if (result.empty())
    error = zip_error_strerror(zip_source_error(source));
  zip_source_free(source);
  return result;
}

bool mlir::lowbit::writeNpz(const std::string &path,
                            const std::map<std::string, NpyArray> &arrays,
                            std::string &error) {
  std::map<std::string, std::string> files;
  for (const auto &[name, array] : arrays)
    files[name + suffix] = formatNpy(array);
  std::string reason;
  std::string bytes = formatNpz(files, reason);
  if (bytes.empty()) {
    error =
        path + ": expected arrays that fit into a zip file, but got: " + reason;
    return false;
  }
  return writeFile(path, bytes, error);
}
