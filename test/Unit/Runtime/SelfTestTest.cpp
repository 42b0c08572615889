//===- SelfTestTest.cpp - Tests of self-tests in one process --------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit-c/Model.h"

#include "gtest/gtest.h"

#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>
#include <thread>

#include <dlfcn.h>

namespace fs = std::filesystem;

namespace {

/// A model with a copy of the archive of its own, as dlopen gives it.
struct LoadedModel {
  LoadedModel(const fs::path &path, void (*hook)())
      : library(dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
    if (library)
      *static_cast<void (**)()>(dlsym(library, "testHook")) = hook;
  }
  ~LoadedModel() { dlclose(library); }

  lowbit_status check() {
    auto *check = reinterpret_cast<decltype(lowbit_model_check) *>(
        dlsym(library, "lowbit_model_check"));
    return check(
        static_cast<const lowbit_model *>(dlsym(library, "lowbit_model_main")),
        nullptr);
  }

  void *library;
};

} // namespace

static std::atomic<bool> firstBegan, firstEnded, secondBegan;

/// Waits as long as a thread may take that can run.
static void wait(const std::atomic<bool> &event) {
  for (int i = 0; i < 100 && !event; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

/// Were the second test to begin within the first one, and to end after it, the
/// handler of the first one would be what the second one puts back.
TEST(SelfTestTest, modelsOfTwoLibraries) {
  const fs::path models = LOWBIT_TEST_MODELS;
  std::string name = (fs::temp_directory_path() / "lowbit.XXXXXX").string();
  const fs::path folder = mkdtemp(name.data());
  fs::copy(models / "SelfTested.so", folder / "second.so");
  LoadedModel first(models / "SelfTested.so", [] {
    firstBegan = true;
    wait(secondBegan);
  });
  LoadedModel second(folder / "second.so", [] {
    secondBegan = true;
    wait(firstEnded);
  });
  fs::remove_all(folder);
  ASSERT_TRUE(first.library && second.library) << dlerror();
  ASSERT_NE(first.library, second.library);

  struct sigaction before = {}, after = {};
  sigaction(SIGILL, nullptr, &before);
  std::thread thread([&] {
    EXPECT_EQ(first.check(), LOWBIT_OK);
    firstEnded = true;
  });
  while (!firstBegan)
    std::this_thread::yield();
  EXPECT_EQ(second.check(), LOWBIT_OK);
  thread.join();
  EXPECT_TRUE(secondBegan);
  sigaction(SIGILL, nullptr, &after);
  EXPECT_EQ(after.sa_handler, before.sa_handler);
}
