//===- CommandLine.cpp - Options of tools ---------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CommandLine.h"
#include "lowbit/Codegen/Target.h"
#include "llvm/ADT/StringExtras.h"
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
  std::string message = "error: ";
  message += llvm::toLower(line.front());
  message += line.drop_front();
  if (line.starts_with("Unknown"))
    message += ": expected one of " + listOptions();
  printLine(message);
  return false;
}

void mlir::lowbit::printLine(std::string line) {
  for (char &c : line)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      c = ' ';
  llvm::errs() << line << "\n";
}

std::optional<std::string> mlir::lowbit::checkTarget(StringRef names) {
  llvm::Expected<llvm::SmallVector<Target>> targets = lookupTargets(names);
  if (targets)
    return std::nullopt;
  return llvm::toString(targets.takeError());
}

void mlir::lowbit::printChoices(const llvm::cl::generic_parser_base &choices,
                                StringRef name, StringRef value) {
  llvm::SmallVector<StringRef> names;
  for (unsigned i = 0; i != choices.getNumOptions(); ++i)
    if (!choices.getOption(i).empty())
      names.push_back(choices.getOption(i));
  printLine("error: expected --" + name.str() + " to be one of " +
            llvm::join(names, ", ") + ", but got '" + value.str() + "'");
}
