"""Runs a command that must fail: fails.py EXIT_CODE COMMAND...

Prints the one line of its standard error. An output on the standard output, another
exit code, or no line or more lines are failures. EXIT_CODE may be followed by a colon
and the number of lines, or `any`.
"""

import subprocess
import sys

expected, command = sys.argv[1], sys.argv[2:]
code, _, count = expected.partition(":")
done = subprocess.run(command, capture_output=True)
lines = done.stderr.decode("utf-8", "backslashreplace").splitlines()
print("\n".join(lines))
if done.returncode != int(code):
    sys.exit(f"expected exit code {code}, but got {done.returncode}")
if count != "any" and len(lines) != int(count or 1):
    sys.exit(f"expected {count or 1} lines, but got {len(lines)}")
if done.stdout:
    sys.exit(f"expected no output, but got {done.stdout[:200]}")
