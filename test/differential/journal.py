"""What a long run has done, in a file, so that it can go on."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path


def fingerprint(paths: Iterable[Path]) -> str:
    """A hash of files: what was done with others does not count."""
    total = hashlib.sha256()
    for path in paths:
        total.update(path.read_bytes())
    return total.hexdigest()


class Journal:
    """JSON lines: the key of the run, then one job each, with its counts and failures."""

    def __init__(self, path: Path, key: dict, restart: bool):
        self.path = path
        self.done: dict[str, tuple[Counter, list[str]]] = {}
        lines = [] if restart or not path.is_file() else path.read_text("utf-8").splitlines()
        if lines and self._read(lines[0]) == key:
            for line in lines[1:]:
                if entry := self._read(line):
                    self.done[entry["job"]] = (Counter(entry["counts"]), entry["failures"])
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(key) + "\n", "utf-8")

    @staticmethod
    def _read(line: str) -> dict | None:
        """None for a line that was cut off."""
        try:
            return json.loads(line)
        except ValueError:
            return None

    def add(self, job: str, counts: Counter, failures: list[str]) -> None:
        """Appends a finished job."""
        entry = {"job": job, "counts": counts, "failures": failures}
        with open(self.path, "a", encoding="utf-8") as file:
            file.write("\n" if self._is_cut() else "")
            file.write(json.dumps(entry) + "\n")

    def _is_cut(self) -> bool:
        with open(self.path, "rb") as file:
            return not file.read().endswith(b"\n")
