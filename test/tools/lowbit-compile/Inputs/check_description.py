"""Compares the description of a digits model with what is known about it."""

import ctypes
import json
import re
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    description = json.load(file)
layers = {layer["name"]: layer for layer in description.pop("layers")}
weights_bytes, weights_hash = description.pop("weights_bytes"), description.pop("weights_hash")
assert description == {
    "abi_version": 2,
    "fallbacks": [],
    "inputs": [{"dtype": "f32", "name": "input0", "shape": [-1, 64]}],
    "name": "digits",
    "outputs": [{"dtype": "f32", "name": "output0", "shape": [-1, 10]}],
    "targets": [{"name": "generic", "cpu_features": []}],
}, description

assert set(layers) == {"fc1", "fc2", "fc3"}, layers
for name, (n, k) in {"fc1": (256, 64), "fc2": (128, 256), "fc3": (10, 128)}.items():
    assert (layers[name]["n"], layers[name]["k"]) == (n, k), layers[name]
assert layers["fc1"]["encoding"] == "ternary"
assert layers["fc1"]["payload_bytes"] == 256 * 64 * 2 // 8
assert layers["fc1"]["overhead_bytes"] >= 256 * 4  # a scale per channel
assert layers["fc2"]["encoding"].startswith("affine<4")
assert layers["fc2"]["payload_bytes"] == 128 * 256 // 2
assert layers["fc2"]["overhead_bytes"] >= 128 * 256 // 32 * 2  # a half per block
assert layers["fc3"]["encoding"] == "f32"
assert layers["fc3"]["payload_bytes"] == 10 * 128 * 4

total = sum(layer["payload_bytes"] + layer["overhead_bytes"] for layer in layers.values())
biases = (256 + 128 + 10) * 4
assert total <= weights_bytes <= total + biases + 8 * 64, (total, weights_bytes)

# The hash is that of the library's own table.
library = ctypes.CDLL(sys.argv[2])
words = (ctypes.c_uint64 * 14).in_dll(library, "digits_model")
assert re.fullmatch("[0-9A-F]{1,16}", weights_hash)
assert (words[8], words[9]) == (weights_bytes, int(weights_hash, 16)), list(words)
