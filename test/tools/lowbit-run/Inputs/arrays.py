"""Writes right and wrong inputs of the digits models."""

import os
import sys

import numpy as np

os.chdir(sys.argv[1])
right = np.linspace(-1, 1, 2 * 64, dtype=np.float32).reshape(2, 64)
np.save("right.npy", right)
np.save("fortran.npy", np.asfortranarray(right))
np.save("empty.npy", right[:0])
np.save("f64.npy", right.astype(np.float64))
np.save("flat.npy", right[0])
np.save("i8.npy", right.astype(np.int8))
np.save("narrow.npy", right[:, :63])
