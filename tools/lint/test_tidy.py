"""clang-tidy is run where something changed, and only there."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from tidy import check_tidy

GOOD = '#include "lowbit/A.h"\nint twice(int value) { return 2 * value; }\n'
BAD = GOOD + "bool unknown(const int *value) { return value == 0; }\n"
SLOW = GOOD.replace("twice", "Twice")


@pytest.fixture
def project(tmp_path):
    """A repository of one source file and one header, with its build folder."""
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    shutil.copy(Path(__file__).parents[2] / ".clang-tidy", tmp_path)
    source = tmp_path / "lib" / "A.cpp"
    header = tmp_path / "include" / "lowbit" / "A.h"
    for path, text in [(source, GOOD), (header, "int twice(int value);\n")]:
        path.parent.mkdir(parents=True)
        path.write_text(text)
    build = tmp_path / "build"
    build.mkdir()
    command = f"clang++ -I{tmp_path}/include -c {source}"
    entry = {"directory": str(build), "file": str(source), "command": command}
    (build / "compile_commands.json").write_text(json.dumps([entry]))
    return tmp_path


def check(project, slow=False):
    return check_tidy(str(project), str(project / "build"), slow)


def test_clean_file_is_checked_once(project):
    assert check(project) == ([], 1)
    assert check(project) == ([], 0)


def test_finding_is_reported_until_fixed(project):
    (project / "lib" / "A.cpp").write_text(BAD)
    for _ in range(2):
        [finding], checked = check(project)
        assert finding.startswith("lib/A.cpp:3: use nullptr")
        assert checked == 1
    (project / "lib" / "A.cpp").write_text(GOOD)
    assert check(project) == ([], 1)


def test_change_of_a_header_is_seen(project):
    assert check(project) == ([], 1)
    header = project / "include" / "lowbit" / "A.h"
    header.write_text(header.read_text() + "inline int *nothing() { return 0; }\n")
    [finding], checked = check(project)
    assert finding.startswith("include/lowbit/A.h:2: use nullptr")
    assert checked == 1


def test_change_of_the_settings_is_seen(project):
    assert check(project) == ([], 1)
    with open(project / ".clang-tidy", "a") as file:
        file.write("# changed\n")
    assert check(project) == ([], 1)


def test_slow_checks(project):
    (project / "lib" / "A.cpp").write_text(SLOW)
    assert check(project) == ([], 1)
    [finding], checked = check(project, slow=True)
    assert finding.startswith("lib/A.cpp:2: invalid case style for function 'Twice'")
    assert checked == 1


def test_file_that_does_not_compile(project):
    (project / "lib" / "A.cpp").write_text("int a = nothing;\n")
    findings, _ = check(project)
    assert findings == [
        "lib/A.cpp:1: use of undeclared identifier 'nothing' [clang-diagnostic-error]"
    ]
