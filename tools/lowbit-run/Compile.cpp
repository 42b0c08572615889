//===- Compile.cpp - Compiling a model before it is run -------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Compile.h"

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

using namespace mlir::lowbit;

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  if (!path.empty())
    std::filesystem::remove_all(path, ignored);
}

bool TemporaryFolder::create(std::string &error) {
  const char *parent = std::getenv("TMPDIR");
  std::string name = parent && *parent ? parent : "/tmp";
  name += "/lowbit-run.XXXXXX";
  if (!mkdtemp(name.data())) {
    error =
        name + ": expected a writable folder, but got: " + std::strerror(errno);
    return false;
  }
  path = name;
  return true;
}

static volatile sig_atomic_t compiler = 0;
static volatile sig_atomic_t caught = 0;

static void passOn(int signal) {
  caught = signal;
  if (compiler > 0)
    kill(compiler, signal);
}

namespace {

/// Passes signals on to the compiler, so that this program lives to remove the
/// temporary folder.
class PassedSignals {
public:
  PassedSignals() {
    struct sigaction action = {};
    action.sa_handler = passOn;
    for (unsigned i = 0; i != 3; ++i)
      sigaction(signals[i], &action, &saved[i]);
  }
  ~PassedSignals() {
    for (unsigned i = 0; i != 3; ++i)
      sigaction(signals[i], &saved[i], nullptr);
  }

private:
  static constexpr int signals[] = {SIGHUP, SIGINT, SIGTERM};
  struct sigaction saved[3];
};

} // namespace

/// The exit code of `arguments`, whose output goes to this program's errors; -1
/// with `reason` set if a signal ended it or it could not be started.
static int execute(std::vector<std::string> &arguments, std::string &reason) {
  std::vector<char *> argv;
  for (std::string &argument : arguments)
    argv.push_back(argument.data());
  argv.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  PassedSignals passed;
  pid_t child = 0;
  int code =
      posix_spawn(&child, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (code != 0) {
    reason = std::strerror(code);
    return -1;
  }
  compiler = child;
  if (caught)
    kill(child, caught); // it came before the child's number was known
  int status = 0;
  while (waitpid(child, &status, 0) == -1 && errno == EINTR)
    ;
  compiler = 0;
  if (WIFEXITED(status))
    return WEXITSTATUS(status);
  reason = strsignal(WTERMSIG(status));
  return -1;
}

int mlir::lowbit::compileModel(const std::string &model,
                               const std::vector<std::string> &options,
                               const std::string &sharedObject,
                               std::string &error) {
  std::error_code code;
  std::filesystem::path self =
      std::filesystem::read_symlink("/proc/self/exe", code);
  std::string tool = (self.parent_path() / "lowbit-compile").string();

  std::vector<std::string> arguments = {tool, "--emit=so", "-o", sharedObject};
  arguments.insert(arguments.end(), options.begin(), options.end());
  // A name that begins with a dash is still a file.
  arguments.push_back(model[0] == '-' ? "./" + model : model);

  std::string reason;
  int exitCode = execute(arguments, reason);
  if (caught)
    return 128 + caught;
  if (exitCode == -1) {
    error = tool + ": expected it to compile the model, but got: " + reason;
    return 3;
  }
  return exitCode == 0 || exitCode == 1 ? exitCode : 3;
}
