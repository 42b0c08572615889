//===- File.cpp - Whole files ---------------------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Runtime/File.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

using namespace mlir::lowbit;

static bool fail(const std::string &path, const char *expected, int code,
                 std::string &error) {
  error = path + ": expected " + expected + ", but got: " + std::strerror(code);
  return false;
}

static constexpr size_t maxTransfer = size_t(1) << 30;

static bool readAll(int file, char *data, size_t size) {
  while (size != 0) {
    ssize_t count = read(file, data, std::min(size, maxTransfer));
    if (count == 0)
      errno = EIO; // the file shrank
    if (count == 0 || (count < 0 && errno != EINTR))
      return false;
    if (count > 0) {
      data += count;
      size -= size_t(count);
    }
  }
  return true;
}

bool mlir::lowbit::readFile(const std::string &path, std::string &content,
                            std::string &error) {
  // Without O_NONBLOCK a pipe would wait for its writer.
  int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file == -1)
    return fail(path, "a readable file", errno, error);
  struct stat info;
  bool isRead = false;
  if (fstat(file, &info) != 0) {
    fail(path, "a readable file", errno, error);
  } else if (!S_ISREG(info.st_mode)) {
    error = path + ": expected a file, but got something else";
  } else {
    content.resize(size_t(info.st_size));
    isRead = readAll(file, content.data(), content.size());
    if (!isRead)
      fail(path, "a readable file", errno, error);
  }
  close(file);
  return isRead;
}

static bool writeAll(int file, std::string_view content) {
  while (!content.empty()) {
    ssize_t count =
        write(file, content.data(), std::min(content.size(), maxTransfer));
    if (count < 0 && errno != EINTR)
      return false;
    if (count > 0)
      content.remove_prefix(size_t(count));
  }
  return true;
}

namespace {

/// Keeps signals waiting that would leave the temporary file behind.
class DelayedSignals {
public:
  DelayedSignals() {
    sigset_t signals;
    sigemptyset(&signals);
    for (int signal : {SIGHUP, SIGINT, SIGTERM})
      sigaddset(&signals, signal);
    pthread_sigmask(SIG_BLOCK, &signals, &saved);
  }
  ~DelayedSignals() { pthread_sigmask(SIG_SETMASK, &saved, nullptr); }

private:
  sigset_t saved;
};

} // namespace

/// Writes to what cannot be replaced by a file.
static bool writeDevice(const std::string &path, std::string_view content,
                        std::string &error) {
  int file = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (file == -1)
    return fail(path, "a writable file", errno, error);
  bool isWritten = writeAll(file, content);
  int code = errno;
  close(file);
  return isWritten || fail(path, "a writable file", code, error);
}

bool mlir::lowbit::writeFile(const std::string &path, std::string_view content,
                             std::string &error) {
  struct stat status;
  if (stat(path.c_str(), &status) == 0 &&
      (S_ISCHR(status.st_mode) || S_ISFIFO(status.st_mode)))
    return writeDevice(path, content, error);
  DelayedSignals delayed;
  std::string beside = path + ".XXXXXX";
  int file = mkostemp(beside.data(), O_CLOEXEC);
  if (file == -1)
    return fail(path, "a writable folder", errno, error);

  // mkostemp lets only the owner read.
  mode_t mask = umask(0);
  umask(mask);
  bool isWritten = writeAll(file, content) && fchmod(file, 0666 & ~mask) == 0;
  int code = errno;
  if (close(file) != 0 && isWritten) {
    isWritten = false;
    code = errno;
  }
  if (isWritten && std::rename(beside.c_str(), path.c_str()) != 0) {
    isWritten = false;
    code = errno;
  }
  if (isWritten)
    return true;
  unlink(beside.c_str());
  return fail(path, "a writable file", code, error);
}
