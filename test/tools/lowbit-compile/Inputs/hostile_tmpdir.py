"""Runs a command with a folder for temporary files that needs escapes: PARENT COMMAND..."""

import os
import subprocess
import sys

folder = os.path.join(sys.argv[1], 'a "b" \\n \n $(exit 1) \u00e9')
os.mkdir(folder)
done = subprocess.run(sys.argv[2:], env={**os.environ, "TMPDIR": folder})
if left := os.listdir(folder):
    sys.exit(f"expected no file, but got {left}")
sys.exit(done.returncode)
