//===- OutputFiles.cpp - Files that appear whole or not at all ------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Compiler/OutputFiles.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir::lowbit;
namespace fs = llvm::sys::fs;

static llvm::Error cannotWrite(llvm::StringRef path, std::error_code reason) {
  return llvm::createStringError("cannot write '" + path +
                                 "': " + reason.message());
}

/// Ends a stream. Without this, a full disk would end the program.
static llvm::Error finish(llvm::raw_fd_ostream &stream, llvm::StringRef path) {
  stream.flush();
  std::error_code reason = stream.error();
  stream.clear_error();
  return reason ? cannotWrite(path, reason) : llvm::Error::success();
}

/// Errors name the file `name`.
static llvm::Error writeAs(llvm::StringRef name, llvm::StringRef path,
                           llvm::StringRef bytes) {
  std::error_code failed;
  llvm::raw_fd_ostream stream(path, failed);
  if (failed)
    return cannotWrite(name, failed);
  stream << bytes;
  return finish(stream, name);
}

llvm::Error mlir::lowbit::writeFile(llvm::StringRef path,
                                    llvm::StringRef bytes) {
  return writeAs(path, path, bytes);
}

/// Makes a file whose name follows `model`, and which a signal removes: also
/// one that comes as soon as it is there.
static std::error_code createFile(const llvm::Twine &model, bool isTemporary,
                                  llvm::SmallVectorImpl<char> &name) {
  for (;;) {
    fs::createUniquePath(model, name, /*MakeAbsolute=*/isTemporary);
    llvm::StringRef path(name.data(), name.size());
    llvm::sys::RemoveFileOnSignal(path);
    int descriptor = -1;
    std::error_code failed =
        fs::openFileForWrite(path, descriptor, fs::CD_CreateNew);
    if (!failed) {
      fs::file_t handle = fs::convertFDToNativeFile(descriptor);
      return fs::closeFile(handle);
    }
    llvm::sys::DontRemoveFileOnSignal(path);
    if (failed != std::errc::file_exists)
      return failed;
  }
}

/// Removes a file that a signal would remove, too.
static void removeNow(llvm::StringRef path) {
  [[maybe_unused]] std::error_code ignored = fs::remove(path);
  llvm::sys::DontRemoveFileOnSignal(path);
}

TemporaryFile::~TemporaryFile() {
  if (!path.empty())
    removeNow(path);
}

llvm::Error TemporaryFile::create(llvm::StringRef suffix,
                                  llvm::StringRef bytes) {
  llvm::SmallString<128> name;
  if (std::error_code failed =
          createFile("lowbit-%%%%%%%%." + suffix, /*isTemporary=*/true, name))
    return cannotWrite("temporary file", failed);
  path = name.str().str();
  return writeFile(path, bytes);
}

OutputFiles::~OutputFiles() {
  for (const File &file : files)
    removeNow(file.temporary);
}

llvm::Expected<std::string> OutputFiles::create(llvm::StringRef path) {
  if (fs::is_directory(path))
    return cannotWrite(path, std::make_error_code(std::errc::is_a_directory));
  llvm::SmallString<128> temporary;
  if (std::error_code failed = createFile(path + ".%%%%%%%%.partial",
                                          /*isTemporary=*/false, temporary))
    return cannotWrite(path, failed);
  files.push_back({temporary.str().str(), path.str()});
  return files.back().temporary;
}

llvm::Error OutputFiles::write(llvm::StringRef path, llvm::StringRef bytes) {
  if (path == "-") {
    llvm::outs() << bytes;
    return finish(llvm::outs(), "standard output");
  }
  fs::file_status status;
  if (!fs::status(path, status) &&
      (status.type() == fs::file_type::character_file ||
       status.type() == fs::file_type::fifo_file))
    return writeFile(path, bytes);
  llvm::Expected<std::string> temporary = create(path);
  return temporary ? writeAs(path, *temporary, bytes) : temporary.takeError();
}

llvm::Error OutputFiles::commit() {
  while (!files.empty()) {
    const File &file = files.back();
    if (std::error_code failed = fs::rename(file.temporary, file.path))
      return cannotWrite(file.path, failed);
    llvm::sys::DontRemoveFileOnSignal(file.temporary);
    files.pop_back();
  }
  return llvm::Error::success();
}
