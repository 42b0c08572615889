//===- CommandLine.h - Options of tools -------------------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_TOOLS_COMMANDLINE_H
#define LOWBIT_TOOLS_COMMANDLINE_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/CommandLine.h"

#include <optional>
#include <string>

namespace mlir::lowbit {

/// Parses the options that the program has registered. Prints, in one line, the
/// first thing that is wrong with them, and returns false, if anything is.
bool parseCommandLine(int argc, char **argv, llvm::StringRef overview);

/// Prints one line on the standard error, whatever the names in it.
void printLine(std::string line);

/// What is wrong with `--target=names`, if anything.
std::optional<std::string> checkTarget(llvm::StringRef names);

/// Prints which values the option called `name` has instead of `value`.
void printChoices(const llvm::cl::generic_parser_base &choices,
                  llvm::StringRef name, llvm::StringRef value);

/// Reads one of the values that `cl::values` lists, and says which they are
/// where it is none of them.
template <typename T> class ChoiceParser : public llvm::cl::parser<T> {
public:
  using llvm::cl::parser<T>::parser;

  /// True on error, as in the base.
  bool parse(llvm::cl::Option &option, llvm::StringRef name,
             llvm::StringRef text, T &value) {
    if (this->findOption(text) != this->getNumOptions())
      return llvm::cl::parser<T>::parse(option, name, text, value);
    printChoices(*this, name, text);
    return true;
  }
};

} // namespace mlir::lowbit

#endif // LOWBIT_TOOLS_COMMANDLINE_H
