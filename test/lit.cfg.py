"""How lit runs the tests of this folder.

A test asks for what its machine must have by `REQUIRES:`. The names:

- `x86-avx2`, `x86-avxvnni`, `x86-avx512vnni`, `x86-avx512popcnt`, `x86-amx`:
  the processor runs code for the target of that name;
- `python-numpy`: `%python` has numpy;
- `z3`: the solver is installed.
"""

import os
import platform
import shutil
import subprocess

import lit.formats

TARGET_FLAGS = {
    "x86-amx": {"amx_int8", "amx_tile", "avx512_vnni"},
    "x86-avx2": {"avx2", "fma"},
    "x86-avx512popcnt": {"avx512_vpopcntdq", "avx512bw", "avx512vl"},
    "x86-avx512vnni": {"avx512_vnni", "avx512bw", "avx512vl"},
    "x86-avxvnni": {"avx2", "avx_vnni"},
}


def cpu_flags():
    """The words of the first `flags` line of /proc/cpuinfo, or an empty set."""
    if platform.machine() != "x86_64":
        return set()
    with open("/proc/cpuinfo", encoding="utf-8") as cpuinfo:
        for line in cpuinfo:
            if line.startswith("flags"):
                return set(line.split(":", 1)[1].split())
    return set()


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

flags = cpu_flags()
for target, needed in TARGET_FLAGS.items():
    if needed <= flags:
        config.available_features.add(target)
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
