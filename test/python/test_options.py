"""Every option has a line of help, and a wrong value is answered by the right ones."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("LOWBIT_BUILD", ROOT / "build"))
MODEL = """
func.func @model(%x: tensor<2x8xf32>) -> tensor<2x4xf32> {
  %zero = arith.constant dense<0.0> : tensor<2x4xf32>
  %w = arith.constant dense<0.5> : tensor<8x4xf32>
  %y = linalg.matmul ins(%x, %w : tensor<2x8xf32>, tensor<8x4xf32>)
      outs(%zero : tensor<2x4xf32>) -> tensor<2x4xf32> loc("fc")
  return %y : tensor<2x4xf32>
}
"""
WRONG = "foo"
# Of each option with a closed set of values, where in its text one of them stands.
CHOICES = {
    "activations": ["{}", "int8:range={}", "uint8:granularity={}", "ternary:{}"],
    "emit": ["{}"],
    "layers": ["fc={}", "fc=int8/{}"],
    "moments": ["{}"],
    "observe": ["{}"],
    "rounding": ["{}"],
    "stage": ["{}"],
    "target": ["{}"],
    "ternary-layout": ["{}"],
    "weights": ["{}", "int4:{}", "int4:{}=1", "int4:granularity={}", "ternary:{}"],
}
# Those that one parser reads in all tools and passes.
SHARED = {"activations", "layers", "target", "ternary-layout", "weights"}
# Of the others, a wrong value and what is right.
OTHERS = {
    "batch": ("0", "at least 1"),
    "calibrate": ("nothing.npz", "No such file"),
    "calibration": ("nothing.npz", "expected a readable file"),
    "csv": ("", "expected a value of --csv"),
    "filter": ("[", "expected a regular expression"),
    "input": ("nothing.npy", "No such file"),
    "json": ("", "expected no value of --json|expected a value of --json"),
    "momentum": ("2", "a number in 0..1"),
    "multiplier-bits": ("0", "1 to 31"),
    "output": ("", "expected a value of --output"),
    "samples": ("0", "at least 1"),
    "seed": ("x", "a number"),
    "shape": ("x", "a shape such as 3x64"),
    "threads": ("0", "1 to 256"),
    "weights file": ("nothing.weights", "No such file"),
    "width": ("7", "8 to 32"),
}
# Files and folders of any name.
ANY_PATH = [("lowbit-bench", "json"), ("lowbit-bench", "keep")]
# How a message lists values.
LIST = r"expected (?:.*(?:one of |--target=|target of ))?(.*?)(?: as value of .*)?(?:, but got|$)"


def execute(*command):
    command = [BUILD / "bin" / command[0], *command[1:]]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=60)
    assert done.returncode in (0, 1), done.stderr
    return done


def fail(*command):
    """The one line of error."""
    done = execute(*command)
    assert (done.returncode, done.stdout) == (1, "")
    lines = done.stderr.splitlines()
    assert len(lines) == 1 and "error: " in lines[0], done.stderr
    return lines[0]


def parse_help(text, indent=""):
    """The options that LLVM describes, `--name` or `--name=`, with their texts."""
    pattern = rf"^{indent}(--?[\w-]+=?)(?:<[^>]*>| <[^>]*>)?\s+-(?: +(.*))?$"
    return dict(re.findall(pattern, text, re.MULTILINE))


def run_options():
    text = execute("lowbit-run", "--help").stdout
    found = re.findall(r"^  (--[\w-]+)(=?)(?:\S*)(?:\n)?  +(\S.*)$", text, re.MULTILINE)
    return {name + equal: line for name, equal, line in found}


def tool_options(tool):
    if tool == "lowbit-run":
        return run_options()
    options = parse_help(execute(tool, "--help").stdout, "  ")
    return {n: t for n, t in options.items() if n not in ("--help", "--help-list", "--version")}


def pass_options():
    """The options of each pass and pipeline of the project."""
    text = execute("lowbit-opt", "--help").stdout
    passes = re.findall(r"^      --(lowbit-[\w-]+) .*\n(?:        .*\n)*", text, re.MULTILINE)
    whole = re.finditer(r"^      --lowbit-[\w-]+ .*\n(?:        .*\n)*", text, re.MULTILINE)
    return {n: parse_help(m.group(), " {6,8}") for n, m in zip(passes, whole)}


TOOLS = ["lowbit-bench", "lowbit-compile", "lowbit-run"]
VALUES = [(t, o) for t in TOOLS for o in tool_options(t) if "=" in o]
FLAGS = [(t, o) for t in TOOLS for o in tool_options(t) if "=" not in o and o != "-o"]
PASSES = pass_options()
PASS_OPTIONS = [(p, o) for p, options in PASSES.items() for o in options if o != f"--{p}"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("options")
    model = folder / "model.mlir"
    model.write_text(MODEL)
    execute("lowbit-run", model, "--calibrate=normal", "-o", folder / "stats.npz")
    return folder


def value_name(tool, option):
    """How the tables above call the values of an option."""
    is_file = (tool, option) == ("lowbit-run", "--weights=")
    return "weights file" if is_file else option.strip("-=")


def expand(names):
    """`a, int1..int3` in full."""
    for name in names.split(", "):
        first, dots, last = name.partition("..")
        stem = first.rstrip("0123456789")
        if not dots:
            yield name
            continue
        for i in range(int(first[len(stem) :]), int(last[len(stem) :]) + 1):
            yield stem + str(i)


def check_choices(command, prefix, name, template):
    """A wrong value is answered by a list, and each value in that is right."""
    message = fail(*command, prefix + template.format(WRONG))
    names = re.search(LIST, message)
    assert names, message
    values = list(expand(names[1].replace(" or ", ", ").replace("[a,b]", "[0;1]")))
    assert len(values) >= 2
    if name in SHARED and not prefix.startswith(("--lowbit-quantize=", "--lowbit-emit-kernels=")):
        values = values[:1]
    for value in values:
        text = template.format(value.replace(";", ","))
        assert names[0] not in execute(*command, prefix + text).stderr, text


# Help


@pytest.mark.parametrize("tool", TOOLS)
def test_tools_have_help(tool):
    options = tool_options(tool)
    assert len(options) >= 6
    assert all(len(text.split()) >= 2 for text in options.values()), options


def test_passes_have_help():
    assert len(PASSES) >= 30 and len(PASS_OPTIONS) >= 30
    for options in PASSES.values():
        assert all(len(text.split()) >= 2 for text in options.values()), options


# Values


def test_every_option_is_here():
    named = {value_name(tool, option) for tool, option in VALUES + PASS_OPTIONS if "=" in option}
    assert named == CHOICES.keys() | OTHERS.keys() | {name for _, name in ANY_PATH}
    assert not CHOICES.keys() & OTHERS.keys()


@pytest.mark.parametrize(("tool", "option"), VALUES)
def test_tools(tool, option, folder):
    name = value_name(tool, option)
    command = {
        "lowbit-bench": [tool, "--list"],
        "lowbit-compile": [tool, folder / "model.mlir", "-o", folder / "model.so"],
        "lowbit-run": [tool, folder / "model.mlir"],
    }[tool]
    if name in CHOICES:
        for template in CHOICES[name]:
            check_choices(command, option, name, template)
    elif (tool, name) not in ANY_PATH:
        value, right = OTHERS[name]
        more = ["-o", folder / "s.npz"] if name == "calibrate" else []
        assert re.search(right, fail(*command, option + value, *more))


@pytest.mark.parametrize(("tool", "option"), FLAGS)
def test_flags_of_tools(tool, option, folder):
    model = [] if tool == "lowbit-bench" else [folder / "model.mlir"]
    done = execute(tool, *model, f"{option}={WRONG}")
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 1
    assert re.search("Try 0 or 1|expected no value of|one of .*inputs|a number", done.stderr)


@pytest.mark.parametrize(("name", "option"), PASS_OPTIONS)
def test_passes(name, option, folder):
    tool = ["lowbit-opt", folder / "model.mlir", "-o", "/dev/null"]
    key = option.strip("-=")
    if "=" not in option:
        done = execute(*tool, f"--{name}={key}={WRONG}")
        assert done.returncode == 1 and "Try 0 or 1" in done.stderr.splitlines()[0]
        return
    if key in OTHERS:
        value, right = OTHERS[key]
        weights = "weights=int4:gptq " if "--weights=" in PASSES[name] else ""
        assert re.search(right, fail(*tool, f"--{name}={weights}{key}={value}"))
        return
    others = f"calibration={folder}/stats.npz " if "--calibration=" in PASSES[name] else ""
    for template in CHOICES[key]:
        check_choices(tool, f"--{name}={others}{key}=", key, template)


# Items of encodings


@pytest.mark.parametrize(
    ("option", "encoding"),
    [("activations", e) for e in ("binary", "int8", "ternary", "uint8")]
    + [("weights", e) for e in ("binary", "codebook4", "int4", "ternary", "uint4")],
)
def test_items(option, encoding, folder):
    """Each item that a wrong one is answered by says what its value is."""
    command = ["lowbit-opt", folder / "model.mlir", "-o", "/dev/null"]
    prefix = f"--lowbit-quantize={option}={encoding}:"
    message = fail(*command, f"{prefix}{WRONG}=1")
    items = message.split("expected one of ")[1].split(", ")
    assert len(items) >= 3
    for item in items:
        message = fail(*command, f"{prefix}{item}={WRONG}")
        right = f"expected {item}(=| to be)|expected no value of|expected one of|to be one of"
        assert re.search(right, message), message
