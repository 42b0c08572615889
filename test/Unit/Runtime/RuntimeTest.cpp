//===- RuntimeTest.cpp - Tests of the runtime library ---------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit-c/Runtime.h"

#include "gtest/gtest.h"

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include <sys/stat.h>

namespace fs = std::filesystem;

static const fs::path models = LOWBIT_TEST_MODELS;
static constexpr int64_t numColumns = 16;

namespace {

/// A model and what opening it came to.
struct Opened {
  explicit Opened(const fs::path &path, const char *weights = nullptr) {
    status = lowbit_runtime_open(path.c_str(), weights, &runtime, error,
                                 sizeof(error));
    EXPECT_EQ(status == LOWBIT_OK, runtime != nullptr);
    EXPECT_EQ(status == LOWBIT_OK, error[0] == '\0');
  }
  ~Opened() { lowbit_runtime_close(runtime); }

  /// Whether x = 0, 1, 2, ... of `rows` rows gives times * (x + weights).
  bool isRight(int64_t rows, float times = 1) {
    std::vector<float> x(size_t(rows * numColumns)), y(x.size(), -1.0f);
    for (size_t i = 0; i < x.size(); ++i)
      x[i] = float(i);
    const uint64_t bytes = x.size() * sizeof(float);
    lowbit_tensor input = {x.data(), bytes, LOWBIT_F32, 2, {rows, numColumns}};
    lowbit_tensor output = {y.data(), bytes, LOWBIT_F32, 0, {}};
    if (lowbit_runtime_run(runtime, nullptr, &input, &output, nullptr, 0) !=
        LOWBIT_OK)
      return false;
    for (size_t i = 0; i < x.size(); ++i)
      if (y[i] != times * (float(i) + float(i % numColumns) / 4))
        return false;
    return output.shape[0] == rows && output.shape[1] == numColumns;
  }

  bool says(const char *text) const { return std::strstr(error, text); }

  lowbit_runtime *runtime = nullptr;
  lowbit_status status;
  char error[512] = "";
};

/// A folder of the test's own.
struct RuntimeTest : testing::Test {
  RuntimeTest() {
    std::string name = (fs::temp_directory_path() / "lowbit.XXXXXX").string();
    folder = mkdtemp(name.data());
  }
  ~RuntimeTest() override { fs::remove_all(folder); }

  fs::path write(const char *name, const std::string &content) {
    std::ofstream(folder / name, std::ios::binary) << content;
    return folder / name;
  }

  fs::path folder;
};

} // namespace

static std::string rowOfWeights() {
  float row[numColumns];
  for (int64_t n = 0; n < numColumns; ++n)
    row[n] = float(n) / 4;
  return std::string(reinterpret_cast<const char *>(row), sizeof(row));
}

//===----------------------------------------------------------------------===//
// Open
//===----------------------------------------------------------------------===//

TEST_F(RuntimeTest, openAndRun) {
  Opened model(models / "AddRow.so");
  ASSERT_EQ(model.status, LOWBIT_OK) << model.error;
  for (int64_t rows : {1, 0, 7, 3, 50000, 2}) // the workspace grows and stays
    EXPECT_TRUE(model.isRight(rows)) << rows;
}

TEST_F(RuntimeTest, openRelativePath) {
  fs::copy(models / "AddRow.so", folder / "model.so");
  const fs::path before = fs::current_path();
  fs::current_path(folder);
  Opened model("model.so");
  fs::current_path(before);
  EXPECT_EQ(model.status, LOWBIT_OK) << model.error;
}

TEST_F(RuntimeTest, describe) {
  Opened model(models / "AddRow.so");
  ASSERT_EQ(model.status, LOWBIT_OK) << model.error;
  EXPECT_STREQ(
      lowbit_runtime_describe(model.runtime),
      "{\"name\": \"add_row\", \"target\": \"generic\", \"cpu_features\": [], "
      "\"targets\": [\"generic\"], \"inputs\": [{\"name\": \"x\", \"dtype\": "
      "\"f32\", \"shape\": [null, 16]}], \"outputs\": [{\"name\": \"y\", "
      "\"dtype\": \"f32\", \"shape\": [null, 16]}], \"layers\": [\"copy\", "
      "\"add\"], \"weights_bytes\": 64}");
  EXPECT_STREQ(lowbit_runtime_model(model.runtime)->layers[1], "add");
}

TEST_F(RuntimeTest, describeHostileName) {
  Opened model(models / "AddRowHostile.so");
  ASSERT_EQ(model.status, LOWBIT_OK) << model.error;
  EXPECT_EQ(std::string(lowbit_runtime_describe(model.runtime))
                .rfind("{\"name\": \"a\\\"\\u000a\\ufffd\", ", 0),
            0u);
}

TEST_F(RuntimeTest, openNull) {
  lowbit_runtime *runtime = nullptr;
  char error[8] = "";
  EXPECT_EQ(lowbit_runtime_open(nullptr, nullptr, &runtime, error, 8),
            LOWBIT_ERROR_ARGUMENT);
  EXPECT_STREQ(error, "expecte"); // cut
  EXPECT_EQ(lowbit_runtime_open("x", nullptr, nullptr, nullptr, 0),
            LOWBIT_ERROR_ARGUMENT);
  lowbit_runtime_close(nullptr);
}

TEST_F(RuntimeTest, openNoModel) {
  Opened absent(folder / "absent.so");
  EXPECT_EQ(absent.status, LOWBIT_ERROR_LOAD);
  EXPECT_TRUE(absent.says("No such file")) << absent.error;
  Opened directory(folder);
  EXPECT_EQ(directory.status, LOWBIT_ERROR_LOAD);
  Opened text(write("text.so", "not a library\n"));
  EXPECT_EQ(text.status, LOWBIT_ERROR_LOAD);
  Opened empty(write("empty.so", ""));
  EXPECT_EQ(empty.status, LOWBIT_ERROR_LOAD);
  Opened other(models / "NoModel.so");
  EXPECT_EQ(other.status, LOWBIT_ERROR_LOAD);
  EXPECT_TRUE(other.says("without 'lowbit_model_main'")) << other.error;
}

TEST_F(RuntimeTest, openPartOfModel) {
  std::ifstream file(models / "AddRow.so", std::ios::binary);
  const std::string whole(std::istreambuf_iterator<char>(file), {});
  ASSERT_GT(whole.size(), 4096u);
  for (size_t size : {4u, 64u, 1000u, 3000u, 4096u}) {
    Opened part(write("part.so", whole.substr(0, size)));
    EXPECT_EQ(part.status, LOWBIT_ERROR_LOAD) << size;
  }
}

TEST_F(RuntimeTest, openPipe) {
  const fs::path pipe = folder / "pipe.so";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  Opened model(pipe);
  EXPECT_EQ(model.status, LOWBIT_ERROR_LOAD);
  EXPECT_TRUE(model.says("expected a file")) << model.error;
}

TEST_F(RuntimeTest, openErrorIsOneLine) {
  Opened model(folder / "a\nb.so");
  EXPECT_EQ(model.status, LOWBIT_ERROR_LOAD);
  EXPECT_FALSE(model.says("\n"));
}

TEST_F(RuntimeTest, openOtherVersion) {
  Opened model(models / "AddRowVersion.so");
  EXPECT_EQ(model.status, LOWBIT_ERROR_VERSION);
  EXPECT_TRUE(model.says("expected a model of interface version 2, but got one "
                         "of version 3"))
      << model.error;
}

TEST_F(RuntimeTest, openOtherTarget) {
  Opened model(models / "AddRowMissing.so");
  EXPECT_EQ(model.status, LOWBIT_ERROR_TARGET);
  EXPECT_TRUE(model.says("expected a CPU with 'nosuchfeature' (target "
                         "'generic'), but got one without"))
      << model.error;
}

/// As when a model is compiled anew while a program holds the old one.
TEST_F(RuntimeTest, openReplacedFile) {
  const fs::path path = folder / "model.so";
  fs::copy(models / "AddRow.so", path);
  Opened first(path);
  ASSERT_EQ(first.status, LOWBIT_OK) << first.error;
  fs::copy(models / "AddRowTwice.so", folder / "new.so");
  fs::rename(folder / "new.so", path);
  Opened second(path);
  ASSERT_EQ(second.status, LOWBIT_OK) << second.error;
  EXPECT_TRUE(first.isRight(4, 1));
  EXPECT_TRUE(second.isRight(4, 2));
}

TEST_F(RuntimeTest, openTwice) {
  const fs::path path = models / "AddRow.so";
  Opened second(path);
  {
    Opened first(path);
    EXPECT_TRUE(first.isRight(2));
  }
  EXPECT_TRUE(second.isRight(2));
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

TEST_F(RuntimeTest, badHash) {
  Opened model(models / "AddRowBadHash.so");
  EXPECT_EQ(model.status, LOWBIT_ERROR_WEIGHTS);
}

TEST_F(RuntimeTest, largeWeights) {
  Opened model(models / "AddRowLarge.so");
  ASSERT_EQ(model.status, LOWBIT_OK) << model.error;
  EXPECT_TRUE(model.isRight(5));
}

TEST_F(RuntimeTest, weightsBeside) {
  const fs::path path = folder / "model.so";
  fs::copy(models / "AddRowBeside.so", path);
  {
    Opened model(path);
    EXPECT_EQ(model.status, LOWBIT_ERROR_WEIGHTS);
    EXPECT_TRUE(model.says("model.weights: ")) << model.error;
  }
  write("model.weights", rowOfWeights() + "x");
  {
    Opened model(path);
    EXPECT_EQ(model.status, LOWBIT_ERROR_WEIGHTS);
    EXPECT_TRUE(model.says("expected 64 bytes of weights, but got 65"))
        << model.error;
  }
  write("model.weights", std::string(64, 'x'));
  EXPECT_EQ(Opened(path).status, LOWBIT_ERROR_WEIGHTS);
  write("model.weights", rowOfWeights());
  EXPECT_TRUE(Opened(path).isRight(3));
}

TEST_F(RuntimeTest, weightsByName) {
  const fs::path weights = write("w.bin", rowOfWeights());
  Opened beside(models / "AddRowBeside.so", weights.c_str());
  ASSERT_EQ(beside.status, LOWBIT_OK) << beside.error;
  EXPECT_TRUE(beside.isRight(3));
  Opened within(models / "AddRow.so", weights.c_str());
  EXPECT_TRUE(within.isRight(3));
  const fs::path pipe = folder / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(Opened(models / "AddRowBeside.so", pipe.c_str()).status,
            LOWBIT_ERROR_WEIGHTS);
}

//===----------------------------------------------------------------------===//
// Plan and run
//===----------------------------------------------------------------------===//

TEST_F(RuntimeTest, plan) {
  Opened model(models / "AddRow.so");
  lowbit_tensor x = {nullptr, 0, LOWBIT_F32, 2, {5, numColumns}}, y = {};
  uint64_t bytes = 0;
  ASSERT_EQ(lowbit_runtime_plan(model.runtime, &x, &y, &bytes, nullptr, 0),
            LOWBIT_OK);
  EXPECT_EQ(bytes, 5 * numColumns * sizeof(float));
  EXPECT_EQ(y.shape[0], 5);
}

TEST_F(RuntimeTest, refusals) {
  Opened model(models / "AddRow.so");
  float data[2 * numColumns] = {}, result[2 * numColumns];
  lowbit_tensor x, y;
  char error[256];
  auto expect = [&](lowbit_status status, const char *text) {
    EXPECT_EQ(lowbit_runtime_run(model.runtime, nullptr, &x, &y, error,
                                 sizeof(error)),
              status);
    EXPECT_STREQ(error, text);
    x = {data, sizeof(data), LOWBIT_F32, 2, {2, numColumns}};
    y = {result, sizeof(result), LOWBIT_F32, 0, {}};
  };
  x = {data, sizeof(data), LOWBIT_I32, 2, {2, numColumns}};
  y = {result, sizeof(result), LOWBIT_F32, 0, {}};
  expect(LOWBIT_ERROR_ARGUMENT,
         "input 0 \"x\": expected ?x16xf32, but got 2x16xi32");
  x.rank = 3;
  x.shape[2] = 1;
  expect(LOWBIT_ERROR_ARGUMENT,
         "input 0 \"x\": expected ?x16xf32, but got 2x16x1xf32");
  x.shape[1] = 15;
  expect(LOWBIT_ERROR_SHAPE,
         "input 0 \"x\": expected ?x16xf32, but got 2x15xf32");
  x.data = nullptr;
  expect(LOWBIT_ERROR_ARGUMENT,
         "input 0 \"x\": expected a buffer, but got null");
  y.capacity = 100;
  expect(LOWBIT_ERROR_CAPACITY, "output 0 \"y\": expected a buffer of 128 "
                                "bytes, but got one of 100");
  y.data = data;
  expect(LOWBIT_ERROR_ARGUMENT, "expected outputs that overlap nothing, but "
                                "got overlapping buffers");
  x.shape[0] = INT64_MAX;
  expect(LOWBIT_ERROR_SHAPE, "expected extents that fit one another and the "
                             "memory, but got others");
  EXPECT_EQ(lowbit_runtime_run(nullptr, nullptr, &x, &y, nullptr, 0),
            LOWBIT_ERROR_ARGUMENT);
  EXPECT_EQ(lowbit_runtime_run(model.runtime, nullptr, nullptr, &y, nullptr, 0),
            LOWBIT_ERROR_ARGUMENT);
}

TEST_F(RuntimeTest, hooks) {
  Opened model(models / "AddRow.so");
  float data[2 * numColumns] = {}, result[2 * numColumns];
  lowbit_tensor x = {data, sizeof(data), LOWBIT_F32, 2, {2, numColumns}};
  lowbit_tensor y = {result, sizeof(result), LOWBIT_F32, 0, {}};
  int events = 0, ranges = 0;
  lowbit_runtime_options options = {};
  options.profile_user = &events;
  options.profile = [](void *user, int32_t, int32_t) {
    ++*static_cast<int *>(user);
  };
  options.pool = &ranges;
  options.parallel_for = [](void *pool, int64_t count, lowbit_task task,
                            void *data) {
    ++*static_cast<int *>(pool);
    task(data, 0, count);
  };
  ASSERT_EQ(lowbit_runtime_run(model.runtime, &options, &x, &y, nullptr, 0),
            LOWBIT_OK);
  EXPECT_EQ(events, 4);
  EXPECT_EQ(ranges, 1);
  EXPECT_EQ(result[15], 3.75f);
}

TEST_F(RuntimeTest, numberOfThreads) {
  Opened model(models / "AddRow.so");
  float data[3 * numColumns] = {}, result[3 * numColumns];
  lowbit_tensor x = {data, sizeof(data), LOWBIT_F32, 2, {3, numColumns}};
  lowbit_tensor y = {result, sizeof(result), LOWBIT_F32, 0, {}};
  char error[256] = "";
  auto run = [&](int32_t threads) {
    lowbit_runtime_options options = {};
    options.threads = threads;
    return lowbit_runtime_run(model.runtime, &options, &x, &y, error,
                              sizeof(error));
  };
  for (int32_t threads : {0, 1, 2, LOWBIT_MAX_THREADS}) {
    ASSERT_EQ(run(threads), LOWBIT_OK);
    EXPECT_EQ(result[3 * numColumns - 1], 3.75f);
  }
  EXPECT_EQ(run(-1), LOWBIT_ERROR_ARGUMENT);
  EXPECT_STREQ(error, "expected 0 to 256 threads, but got -1");
  EXPECT_EQ(run(LOWBIT_MAX_THREADS + 1), LOWBIT_ERROR_ARGUMENT);
}

TEST_F(RuntimeTest, threadsOfTheEnvironment) {
  for (const char *wrong : {"0", "-1", "257", "two", "2 "}) {
    setenv("LOWBIT_THREADS", wrong, 1);
    Opened model(models / "AddRow.so");
    EXPECT_EQ(model.status, LOWBIT_ERROR_ARGUMENT);
    EXPECT_TRUE(model.says("expected LOWBIT_THREADS of 1 to 256, but got '"));
  }
  for (const char *right : {"", "3"}) {
    setenv("LOWBIT_THREADS", right, 1);
    Opened model(models / "AddRow.so");
    EXPECT_TRUE(model.isRight(100));
  }
  unsetenv("LOWBIT_THREADS");
}

TEST_F(RuntimeTest, manyThreads) {
  Opened model(models / "AddRowLarge.so");
  ASSERT_EQ(model.status, LOWBIT_OK) << model.error;
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&, t] {
      for (int64_t i = 0; i < 200; ++i)
        right += model.isRight((i * 37 + t * 101) % 300);
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(right, 8 * 200);
}
