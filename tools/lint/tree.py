"""The files that the lint reads, and what it reports."""

import os
import subprocess
from typing import NamedTuple

CPP = (".c", ".cpp", ".h")
TABLEGEN = (".td",)
SCRIPTS = (".py", ".sh")
TESTS = (".mlir", ".test")


class Finding(NamedTuple):
    """One thing that is wrong, printed as `path:line: message`."""

    path: str
    line: int
    message: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.message}"


def list_files(root: str) -> set[str]:
    """The files that git knows or would add; without git, all but hidden and built ones."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others"]
    done = subprocess.run([*command, "--exclude-standard"], cwd=root, capture_output=True)
    if done.returncode == 0:
        return {os.fsdecode(name) for name in done.stdout.split(b"\0") if name}
    names = set()
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith((".", "build"))]
        names.update(os.path.relpath(os.path.join(folder, name), root) for name in files)
    return names


class Tree:
    """The files of a folder that git knows or would add, read once."""

    def __init__(self, root: str):
        self.root = root
        self.paths: list[str] = sorted(
            name for name in list_files(root) if os.path.isfile(os.path.join(root, name))
        )
        self._lines: dict[str, list[str]] = {}

    def select(self, *suffixes: str) -> list[str]:
        """The paths that end in one of `suffixes`."""
        return [path for path in self.paths if path.endswith(suffixes)]

    def lines(self, path: str) -> list[str]:
        """The lines of `path` without their ends."""
        if path not in self._lines:
            full = os.path.join(self.root, path)
            with open(full, encoding="utf-8", errors="replace") as file:
                self._lines[path] = file.read().splitlines()
        return self._lines[path]
