//===- VariantTest.cpp - Tests of the choice of a variant -----------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit-c/Model.h"

#include "gtest/gtest.h"

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

namespace {

/// What the reference of the self-test computes.
constexpr int32_t right = 7;

void store(void **args, int32_t value) {
  *static_cast<int32_t **>(args[0])[1] = value;
}

/// The output is a scalar: the workspace bytes are all that is planned.
void plan(void **args) { static_cast<int64_t **>(args[0])[1][0] = 0; }

std::atomic<int> runs{0};

void computeRight(void **args) {
  ++runs;
  store(args, right);
}
void computeWrong(void **args) { store(args, right + 1); }
std::atomic<bool> isWaiting{false}, mayGoOn{false};
void computeLate(void **args) {
  isWaiting = true;
  while (!mayGoOn)
    std::this_thread::yield();
  computeRight(args);
}
void fault(void **) { __builtin_trap(); }
void faultInPlan(void **) { __builtin_trap(); }

/// Three variants, of which each test spoils some.
struct VariantTest : testing::Test {
  VariantTest() {
    runs = 0;
    unsetenv("LOWBIT_TARGET");
    for (lowbit_model *each : {&model, &test, &reference}) {
      each->abi_version = LOWBIT_ABI_VERSION;
      each->num_outputs = 1;
      each->outputs = &output;
    }
    model.num_variants = 3;
    model.variants = variants;
    model.self_test = &test;
    model.reference = &reference;
    model.choice = &choice;
    test.num_variants = 3;
    test.variants = tests;
    reference.num_variants = 1;
    reference.variants = &meaning;
  }
  ~VariantTest() override { unsetenv("LOWBIT_TARGET"); }

  /// The target of the variant that runs; empty if none does.
  std::string choose() {
    const lowbit_variant *variant = nullptr;
    lowbit_status status = lowbit_model_check(&model, &variant);
    EXPECT_EQ(status == LOWBIT_OK, variant != nullptr);
    if (!variant)
      EXPECT_EQ(status, LOWBIT_ERROR_TARGET);
    return variant ? variant->target : "";
  }

  /// Why none runs.
  std::string explain() {
    char text[256];
    EXPECT_EQ(lowbit_model_explain(&model, text, sizeof(text)),
              LOWBIT_ERROR_TARGET);
    return text;
  }

  lowbit_tensor_type output = {"y", LOWBIT_I32, 0, {}};
  lowbit_variant variants[3] = {{"best", "", plan, computeRight},
                                {"good", "", plan, computeRight},
                                {"plain", "", plan, computeRight}};
  lowbit_variant tests[3] = {{"best", "", plan, computeRight},
                             {"good", "", plan, computeRight},
                             {"plain", "", plan, computeRight}};
  lowbit_variant meaning = {"generic", "", plan, computeRight};
  int32_t choice = 0;
  lowbit_model model = {}, test = {}, reference = {};
};

} // namespace

TEST_F(VariantTest, first) { EXPECT_EQ(choose(), "best"); }

TEST_F(VariantTest, missingFeature) {
  variants[0].cpu_features = "nosuchfeature";
  EXPECT_EQ(choose(), "good");
}

TEST_F(VariantTest, wrongResult) {
  tests[0].run = computeWrong;
  EXPECT_EQ(choose(), "good");
}

TEST_F(VariantTest, illegalInstruction) {
  tests[0].run = fault;
  tests[1].plan = faultInPlan;
  EXPECT_EQ(choose(), "plain");
}

TEST_F(VariantTest, handlerOfTheProgramStays) {
  struct sigaction before = {}, after = {};
  before.sa_handler = [](int) {};
  ASSERT_EQ(sigaction(SIGILL, &before, nullptr), 0);
  tests[0].run = fault;
  EXPECT_EQ(choose(), "good");
  ASSERT_EQ(sigaction(SIGILL, nullptr, &after), 0);
  EXPECT_EQ(after.sa_handler, before.sa_handler);
  signal(SIGILL, SIG_DFL);
}

TEST_F(VariantTest, none) {
  variants[0].cpu_features = variants[1].cpu_features = "nosuchfeature";
  tests[2].run = computeWrong;
  EXPECT_EQ(choose(), "");
  EXPECT_EQ(choose(), "");
}

TEST_F(VariantTest, wrongReferencePassesNothing) {
  meaning.run = computeWrong;
  EXPECT_EQ(choose(), "");
}

TEST_F(VariantTest, withoutSelfTest) {
  model.self_test = nullptr;
  EXPECT_EQ(choose(), "best");
}

TEST_F(VariantTest, targetOfTheEnvironment) {
  setenv("LOWBIT_TARGET", "plain", 1);
  EXPECT_EQ(choose(), "plain");
}

TEST_F(VariantTest, noTargetOfTheEnvironment) {
  setenv("LOWBIT_TARGET", "", 1);
  EXPECT_EQ(choose(), "best");
}

TEST_F(VariantTest, unknownTargetOfTheEnvironment) {
  setenv("LOWBIT_TARGET", "bes", 1);
  EXPECT_EQ(choose(), "");
}

TEST_F(VariantTest, targetOfTheEnvironmentThatDoesNotRun) {
  setenv("LOWBIT_TARGET", "good", 1);
  tests[1].run = fault;
  EXPECT_EQ(choose(), "");
}

TEST_F(VariantTest, choiceStays) {
  EXPECT_EQ(choose(), "best");
  variants[0].cpu_features = "nosuchfeature";
  setenv("LOWBIT_TARGET", "plain", 1);
  EXPECT_EQ(choose(), "best");
}

TEST_F(VariantTest, planAndRunChoose) {
  int32_t y = 0;
  lowbit_tensor result = {&y, sizeof(y), LOWBIT_I32, 0, {}};
  lowbit_context context = {};
  uint64_t bytes = 1;
  tests[0].run = fault;
  variants[0].plan = variants[0].run = fault;
  EXPECT_EQ(lowbit_model_plan(&model, nullptr, &result, &bytes), LOWBIT_OK);
  EXPECT_EQ(bytes, 0u);
  EXPECT_EQ(lowbit_model_run(&model, &context, nullptr, &result), LOWBIT_OK);
  EXPECT_EQ(y, right);
}

TEST_F(VariantTest, explainMissingFeatures) {
  variants[0].cpu_features = "nofeature,nosuchfeature";
  variants[1].cpu_features = "nosuchfeature";
  tests[2].run = fault;
  EXPECT_EQ(explain(),
            "expected a CPU with 'nofeature', 'nosuchfeature' (target 'best') "
            "or with 'nosuchfeature' (target 'good') or with a self-test that "
            "passes (target 'plain'), but got one without");
}

TEST_F(VariantTest, explainTargetOfTheEnvironment) {
  setenv("LOWBIT_TARGET", "good", 1);
  variants[1].cpu_features = "nosuchfeature";
  EXPECT_EQ(
      explain(),
      "expected a CPU with 'nosuchfeature' (target 'good'), as "
      "LOWBIT_TARGET says, but got one without; the model has best, good, "
      "plain");
}

TEST_F(VariantTest, explainUnknownTargetOfTheEnvironment) {
  setenv("LOWBIT_TARGET", "bes", 1);
  EXPECT_EQ(explain(), "expected LOWBIT_TARGET to be one of best, good, plain, "
                       "but got 'bes'");
}

TEST_F(VariantTest, explainWhatIsNotAboutTargets) {
  char text[128];
  EXPECT_EQ(lowbit_model_explain(&model, text, sizeof(text)), LOWBIT_OK);
  EXPECT_STREQ(text, "ok");
  model.abi_version = 1;
  EXPECT_EQ(lowbit_model_explain(&model, text, sizeof(text)),
            LOWBIT_ERROR_VERSION);
  EXPECT_EQ(text, "expected a model of interface version " +
                      std::to_string(LOWBIT_ABI_VERSION) +
                      ", but got one of version 1");
}

TEST_F(VariantTest, explainInLittleSpace) {
  setenv("LOWBIT_TARGET", "bes", 1);
  const std::string whole = explain();
  for (size_t bytes = 1; bytes <= whole.size() + 1; ++bytes) {
    std::string buffer(whole.size() + 1, '#'), expected = buffer;
    expected.replace(0, bytes, whole.c_str(), bytes);
    expected[bytes - 1] = '\0';
    EXPECT_EQ(lowbit_model_explain(&model, buffer.data(), bytes),
              LOWBIT_ERROR_TARGET);
    EXPECT_EQ(buffer, expected);
  }
  EXPECT_EQ(lowbit_model_explain(&model, nullptr, 9), LOWBIT_ERROR_TARGET);
  char untouched = '#';
  EXPECT_EQ(lowbit_model_explain(&model, &untouched, 0), LOWBIT_ERROR_TARGET);
  EXPECT_EQ(untouched, '#');
}

/// One test of each variant, whoever asks first.
TEST_F(VariantTest, manyThreads) {
  tests[0].run = fault;
  std::vector<std::string> chosen(8);
  std::vector<std::thread> threads;
  threads.reserve(chosen.size());
  for (std::string &name : chosen)
    threads.emplace_back([&] { name = choose(); });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(chosen, std::vector<std::string>(8, "good"));
  EXPECT_EQ(runs, 3); // the reference twice
}

/// The thread that runs the test, and puts back the handler, is not there.
TEST_F(VariantTest, forkedDuringSelfTest) {
  struct sigaction before = {}, after = {};
  before.sa_handler = [](int) {};
  ASSERT_EQ(sigaction(SIGILL, &before, nullptr), 0);
  tests[0].run = computeLate;
  std::thread thread([&] { EXPECT_EQ(choose(), "best"); });
  while (!isWaiting)
    std::this_thread::yield();
  pid_t child = fork();
  if (child == 0) {
    alarm(10);
    tests[0].run = fault;
    bool isRight = choose() == "good";
    sigaction(SIGILL, nullptr, &after);
    _exit(isRight && after.sa_handler == before.sa_handler ? 0 : 1);
  }
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  mayGoOn = true;
  thread.join();
  signal(SIGILL, SIG_DFL);
}

TEST_F(VariantTest, noVariants) {
  model.num_variants = 0;
  EXPECT_EQ(lowbit_model_check(&model, nullptr), LOWBIT_ERROR_ARGUMENT);
}
