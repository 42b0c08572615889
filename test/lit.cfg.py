"""How lit runs the tests of this folder.

A test asks for what its machine must have by `REQUIRES:`. The names:

- `x86-avx2`, `x86-avxvnni`, ...: the processor runs code for the target of that name
  (targets.py);
- `python-numpy`: `%python` has numpy;
- `z3`: the solver is installed.
"""

import os
import shutil
import subprocess
import sys

import lit.formats

sys.path.insert(0, os.path.dirname(__file__))
import targets


def has_module(name):
    """Whether the tests' Python can import the module `name`."""
    command = [config.python_executable, "-c", "import " + name]
    return subprocess.run(command, stderr=subprocess.DEVNULL).returncode == 0


config.name = "Lowbit"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs", "Unit", "python"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.lowbit_obj_root, "test")

config.available_features.update(targets.runnable())
if has_module("numpy"):
    config.available_features.add("python-numpy")
if shutil.which("z3"):
    config.available_features.add("z3")

bin_dir = os.path.join(config.lowbit_obj_root, "bin")
config.environment["PATH"] = os.pathsep.join([bin_dir, config.llvm_tools_dir, os.environ["PATH"]])
config.substitutions += [
    ("%lowbit_obj_root", config.lowbit_obj_root),
    ("%lowbit_src_root", config.lowbit_src_root),
    ("%python", config.python_executable),
]
