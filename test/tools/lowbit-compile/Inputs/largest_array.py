"""Fails if LLVM IR holds constants of arrays or vectors of more than 512 elements."""

import re
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    text = file.read()
constants = [line for line in text.splitlines() if re.match(r"@\S+ = .*\bconstant\b", line)]
if not constants:
    sys.exit("expected constants, such as the model's table, but got none")
for line in constants:
    for size in re.findall(r"\[(\d+) x ", line):
        if int(size) > 512:
            sys.exit(f"expected no large constant, but got {line[:200]}")
longest = max(len(line) for line in text.splitlines())
if longest > 5000:
    sys.exit(f"expected short lines, but got one of {longest} characters")
