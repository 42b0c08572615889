//===- CommandLine.cpp - Options of tools ---------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CommandLine.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir::lowbit;
using llvm::StringRef;

/// The options that --help shows.
static std::string listOptions() {
  llvm::SmallVector<std::string> names;
  for (const auto &entry : llvm::cl::getRegisteredOptions())
    if (entry.second->getOptionHiddenFlag() == llvm::cl::NotHidden)
      names.push_back(
          ((entry.first.size() == 1 ? "-" : "--") + entry.first).str());
  llvm::sort(names);
  return llvm::join(names, ", ");
}

bool mlir::lowbit::parseCommandLine(int argc, char **argv, StringRef overview) {
  std::string errors;
  llvm::raw_string_ostream stream(errors);
  if (llvm::cl::ParseCommandLineOptions(argc, argv, overview, &stream))
    return true;
  // "tool: Unknown command line argument '--x'.  Try: ...", then suggestions.
  // Options that cannot read their value print it themselves.
  StringRef line = StringRef(errors).split('\n').first.split(": ").second;
  line = line.split(".  Try").first;
  if (line.empty())
    return false;
  llvm::errs() << "error: " << llvm::toLower(line.front()) << line.drop_front();
  if (line.starts_with("Unknown"))
    llvm::errs() << ": expected one of " << listOptions();
  llvm::errs() << "\n";
  return false;
}
