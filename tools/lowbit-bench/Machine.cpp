//===- Machine.cpp - What the running machine offers ----------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Machine.h"

#include "lowbit-c/Model.h"

#include <cstdint>
#include <cstring>
#include <fstream>
#include <string>
#include <unistd.h>

#if defined(__x86_64__)
#include <sys/wait.h>
#endif

using namespace mlir::lowbit;

#if defined(__x86_64__)

/// Some virtual machines announce AMX and fault on it, so the first tile
/// instructions run in a child process.
static bool runsTileInstructions() {
  pid_t child = fork();
  if (child == 0) {
    alignas(64) uint8_t config[64] = {1};
    asm volatile("ldtilecfg %0\n tilerelease" ::"m"(config));
    _exit(0);
  }
  int status = 1;
  return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

#else

static bool runsTileInstructions() { return false; }

#endif // __x86_64__

bool mlir::lowbit::machineHas(const char *features) {
  return !lowbit_cpu_missing_feature(features) &&
         (!std::strstr(features, "amx-") || runsTileInstructions());
}

/// The first word of a file below the first core's cache folder.
static std::string readCacheEntry(int index, const char *entry) {
  std::ifstream file("/sys/devices/system/cpu/cpu0/cache/index" +
                     std::to_string(index) + "/" + entry);
  std::string word;
  file >> word;
  return word;
}

/// Parses a size as sysfs writes it, e.g. "1024K".
static size_t parseCacheSize(const std::string &text) {
  size_t value = 0, pos = 0;
  for (; pos < text.size() && text[pos] >= '0' && text[pos] <= '9'; ++pos)
    value = value * 10 + (text[pos] - '0');
  char unit = pos < text.size() ? text[pos] : ' ';
  return unit == 'K' ? value << 10 : unit == 'M' ? value << 20 : value;
}

CacheSizes mlir::lowbit::detectCacheSizes() {
  CacheSizes sizes;
  for (int index = 0; index < 8; ++index) {
    std::string level = readCacheEntry(index, "level");
    size_t bytes = parseCacheSize(readCacheEntry(index, "size"));
    if (level == "2")
      sizes.l2 = bytes;
    if (level == "3")
      sizes.l3 = bytes;
  }
  auto orSysconf = [](size_t &size, int name) {
    if (long value = size ? 0 : sysconf(name); value > 0)
      size = value;
  };
  orSysconf(sizes.l2, _SC_LEVEL2_CACHE_SIZE);
  orSysconf(sizes.l3, _SC_LEVEL3_CACHE_SIZE);
  return sizes;
}
