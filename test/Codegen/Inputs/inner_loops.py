"""Counts what the inner loops of a kernel do for each 64-byte line of weights.

usage: inner_loops.py [INSTRUCTION] < assembly

Prints how many innermost loops have an instruction that begins so (by default, a
dot product of bytes), then for each, in order:

    <function>: <n> lines, <n> scalar, <n> stack, per line: <n> <what>, ...

Lines are 64 bytes of loads, alone or as operands. `scalar` are instructions on
general registers, `stack` operands relative to the stack pointer: spills and
reloads, `half` loads of half a register, and `store` moves from a vector register
to memory. All others are counted by name, per line, or all of them if none are
loaded; vpandd and vpandq are vpand, vfmadd of all orders of operands are vfmadd, and
four bytes in all lanes are a broadcast also as an operand.
"""

import re
import sys
from collections import Counter
from fractions import Fraction

LABEL = re.compile(r"^([.\w$]+):")
JUMP = re.compile(r"^(?:j\w+|b\.\w+|cbn?z\s+\w+,)\s+([.\w$]+)$")
STACK = re.compile(r"\(%rsp\b|\[(?:sp|x29)\b")
STORE = re.compile(r"^vmov.*\)$")
MEMORY = re.compile(r"\((?:%|,)|\[x")
VECTOR = re.compile(r"%[xyzt]mm|%k\d|\b[dqv]\d")
HALF = re.compile(r"ldu?r d\d")
REGISTER_BYTES = {"%zmm": 64, "%ymm": 32, "%xmm": 16, "q": 16}
BROADCASTS = {"ld1r", "vbroadcastss", "vpbroadcastd"}
LOADS = ("ldp", "ldr", "ldur", "vmov")
DOTS = ("sdot", "usdot", "usmmla", "vpdpbusd", "vpmaddubsw")
SAME = {
    "vfmadd132ps": "vfmadd",
    "vfmadd213ps": "vfmadd",
    "vfmadd231ps": "vfmadd",
    "vpandd": "vpand",
    "vpandq": "vpand",
}


def read_instructions(text):
    """Labels and instructions, without directives and comments."""
    for line in text.splitlines():
        line = line.split("#")[0].replace("{vex}", "").strip()
        if line and (LABEL.match(line) or not line.startswith(".")):
            yield line


def find_inner_loops(lines):
    """(function, instructions) of each loop that holds no other."""
    function, labels, loops = "", {}, []
    for i, line in enumerate(lines):
        if match := LABEL.match(line):
            labels[match[1]] = i
            if not line.startswith("."):
                function = match[1]
        elif (match := JUMP.match(line)) and match[1] in labels:
            loops.append((function, labels[match[1]], i))
    for function, begin, end in loops:
        if not any(begin <= b and e <= end and (b, e) != (begin, end) for _, b, e in loops):
            body = lines[begin : end + 1]
            yield function, [line for line in body if not LABEL.match(line)]


def count_bytes(name, operands):
    """The bytes that an instruction with a memory operand loads."""
    registers = re.findall(r"(%[xyz]mm|\bq)\d", operands)
    both = len(registers) if name == "ldp" else 1
    return both * REGISTER_BYTES[registers[0]] if registers else 0


def count(instruction):
    """What one instruction adds up to."""
    name, _, operands = re.sub(r"\s+", " ", instruction).partition(" ")
    counts = Counter()
    if STACK.search(operands):
        counts["stack"] += 1
    if name.startswith("prefetch"):
        counts["prefetch"] += 1
    elif not VECTOR.search(operands):
        counts["scalar"] += 1
    elif "{1to" in operands:
        counts["broadcast"] += 1
        counts[name] += 1
    elif name in BROADCASTS:
        counts["broadcast"] += 1
    elif STORE.search(instruction):
        counts["store"] += 1
    elif HALF.match(f"{name} {operands}"):
        counts["half"] += 1
    elif MEMORY.search(operands):
        counts["bytes"] += count_bytes(name, operands)
        if not name.startswith(LOADS):
            counts[name] += 1
    else:
        counts[name] += 1
    for name, same in SAME.items():
        counts[same] += counts.pop(name, 0)
    return +counts


def describe(function, instructions):
    counts = sum(map(count, instructions), Counter())
    lines = Fraction(counts.pop("bytes", 0), 64)
    head = f"{function}: {lines} lines, {counts.pop('scalar', 0)} scalar, "
    head += f"{counts.pop('stack', 0)} stack, per line: "
    return head + ", ".join(
        f"{number / lines if lines else number} {name}" for name, number in sorted(counts.items())
    )


def describe_loops(text, instructions=DOTS):
    """The printed lines for the assembly `text`."""
    return [
        describe(function, body)
        for function, body in find_inner_loops(list(read_instructions(text)))
        if any(line.startswith(instructions) for line in body)
    ]


if __name__ == "__main__":
    loops = describe_loops(sys.stdin.read(), *sys.argv[1:])
    print("\n".join([f"{len(loops)} inner loops", *loops]))
