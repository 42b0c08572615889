"""Prints a chain of float layers with residual sums, of about the given ops.

usage: chain.py <ops>
"""

import sys

ROWS = "affine_map<(m, n, k) -> (m, k)>"
COLUMNS = "affine_map<(m, n, k) -> (n, k)>"
OUT = "affine_map<(m, n, k) -> (m, n)>"
HEAD = """\
func.func @main(%x0: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %m = tensor.dim %x0, %c0 : tensor<?x4xf32>
  %empty = tensor.empty(%m) : tensor<?x4xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<?x4xf32>) -> tensor<?x4xf32>
"""
# {i}.25 makes every layer's weights its own.
LAYER = (
    """\
  %w{i} = arith.constant dense<[[1.0, 2.0, 0.0, -1.0], [0.5, {i}.25, 1.0, -3.0],
      [1.0, 1.0, 1.0, 1.0], [-1.0, 0.0, 0.0, 2.0]]> : tensor<4x4xf32>
"""
    + f"  %y{{i}} = linalg.matmul indexing_maps = [{ROWS}, {COLUMNS}, {OUT}]\n"
    + """\
      ins(%x{i}, %w{i} : tensor<?x4xf32>, tensor<4x4xf32>)
      outs(%init : tensor<?x4xf32>) -> tensor<?x4xf32> loc("layer{i}")
  %x{j} = linalg.add ins(%x{i}, %y{i} : tensor<?x4xf32>, tensor<?x4xf32>)
      outs(%empty : tensor<?x4xf32>) -> tensor<?x4xf32>
"""
)


def main():
    layers = (int(sys.argv[1]) - 7) // 3
    print(HEAD, end="")
    for i in range(layers):
        print(LAYER.format(i=i, j=i + 1), end="")
    print(f"  return %x{layers} : tensor<?x4xf32>\n}}")


if __name__ == "__main__":
    main()
