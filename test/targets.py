"""The named targets, and which of them this machine runs.

lit, the Python tests and the differential tests all read this table.
"""

from __future__ import annotations

import functools
import platform

_AVX2 = {"avx2", "bmi2", "f16c", "fma"}
_AVX512VNNI = _AVX2 | {"avx512_vnni", "avx512bw", "avx512dq", "avx512vl"}

# The words of /proc/cpuinfo that a target needs, which speak of the processor and of
# the registers that the system saves. Other targets have none: they run under qemu.
FLAGS = {
    "generic": set(),
    "x86-avx2": _AVX2,
    "x86-avxvnni": _AVX2 | {"avx_vnni"},
    "x86-avx512vnni": _AVX512VNNI,
    "x86-avx512popcnt": _AVX512VNNI | {"avx512_vpopcntdq"},
    "x86-amx": _AVX512VNNI | {"avx512_vpopcntdq", "amx_bf16", "amx_int8", "amx_tile"},
}
ARM = ["arm-dotprod", "arm-i8mm"]
# What the tests put in place of the processor that they do without.
STAND_INS = {
    "x86-amx": "a signal handler that runs its tile instructions",
    "arm-dotprod": "qemu, if it is installed",
    "arm-i8mm": "qemu, if it is installed",
}


@functools.cache
def cpu_flags() -> frozenset[str]:
    """The words of the first `flags` line of /proc/cpuinfo."""
    if platform.machine() != "x86_64":
        return frozenset()
    with open("/proc/cpuinfo", encoding="utf-8") as cpuinfo:
        line = next((line for line in cpuinfo if line.startswith("flags")), "")
    return frozenset(line.partition(":")[2].split())


@functools.cache
def lacks(target: str) -> str:
    """What this machine lacks for a target, as text; empty if it runs."""
    if target in ARM:
        return "an AArch64 processor"
    return ", ".join(sorted(FLAGS.get(target, set()) - cpu_flags()))


def runnable() -> list[str]:
    """The targets that run here, `generic` first."""
    return [target for target in FLAGS if not lacks(target)]
