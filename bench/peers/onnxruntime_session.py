"""ONNX Runtime: `int8-dynamic`, and `nbits{2,4,8}-level{0,4}`: MatMulNBits.

Weights of `nbits` are in blocks of 32 with f32 scales; level 0 computes in floats,
level 4 quantizes the activations to 8 bits.
"""

import re

import numpy as np
from problem import MissingError, Prepared, Problem, check_parallel, draw_codes, multiply

BLOCK = 32


def pack_bits(codes: np.ndarray, bits: int) -> np.ndarray:
    """N x K unsigned codes as N x (K / block) x bytes, the first in the lowest bits."""
    per_byte = 8 // bits
    fields = codes.reshape(-1, per_byte).astype(np.uint8)
    shifts = (np.arange(per_byte) * bits).astype(np.uint8)
    packed = np.bitwise_or.reduce(fields << shifts, axis=1)
    return packed.reshape(codes.shape[0], -1, BLOCK // per_byte)


def build_dynamic(helper, problem: Problem, w: np.ndarray):
    """Nodes and initializers of 8-bit products of activations quantized at run time."""
    initializers = {"w": np.ascontiguousarray(w.T), "w_scale": np.array(1, np.float32)}
    nodes = [
        helper.make_node("DynamicQuantizeLinear", ["x"], ["q", "q_scale", "q_zero"]),
        helper.make_node("MatMulInteger", ["q", "w", "q_zero"], ["sum"]),
        helper.make_node("Cast", ["sum"], ["float"], to=1),
        helper.make_node("Mul", ["q_scale", "w_scale"], ["scale"]),
        helper.make_node("Mul", ["float", "scale"], ["y"]),
    ]
    return nodes, initializers


def build_nbits(helper, problem: Problem, w: np.ndarray, bits: int, level: int):
    """Nodes and initializers of MatMulNBits, whose codes have the zero point 2^(bits-1)."""
    initializers = {
        "w": pack_bits(w.astype(np.int16) + 2 ** (bits - 1), bits),
        "scales": np.ones(w.size // BLOCK, np.float32),
    }
    attributes = {"K": problem.k, "N": problem.n, "bits": bits, "block_size": BLOCK}
    node = helper.make_node(
        "MatMulNBits",
        ["x", "w", "scales"],
        ["y"],
        domain="com.microsoft",
        accuracy_level=level,
        **attributes,
    )
    return [node], initializers


class OnnxRuntime:
    def __init__(self) -> None:
        try:
            import onnx
            import onnxruntime
        except ImportError as error:
            raise MissingError(error.name or "onnxruntime") from error
        self._onnx, self._runtime = onnx, onnxruntime
        self.version = onnxruntime.__version__

    def _make_session(self, problem: Problem, nodes: list, initializers: dict):
        onnx, helper = self._onnx, self._onnx.helper
        tensors = [onnx.numpy_helper.from_array(a, name) for name, a in initializers.items()]
        x = helper.make_tensor_value_info("x", 1, [problem.m, problem.k])
        y = helper.make_tensor_value_info("y", 1, [problem.m, problem.n])
        graph = helper.make_graph(nodes, "layer", [x], [y], tensors)
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=9)
        options = self._runtime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        return self._runtime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )

    def prepare(self, problem: Problem) -> Prepared:
        if match := re.fullmatch(r"nbits([248])-level([04])", problem.variant):
            bits, level = int(match[1]), int(match[2])
            codes, w = draw_codes(problem, -(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
            nodes, initializers = build_nbits(self._onnx.helper, problem, w, bits, level)
        else:
            codes, w = draw_codes(problem, -128, 127)
            nodes, initializers = build_dynamic(self._onnx.helper, problem, w)
        session = self._make_session(problem, nodes, initializers)
        x = codes.astype(np.float32)
        y = np.zeros((problem.m, problem.n), np.float32)
        binding = session.io_binding()
        binding.bind_cpu_input("x", x)
        shape = [problem.m, problem.n]
        binding.bind_output("y", "cpu", 0, np.float32, shape, y.ctypes.data)

        def run() -> None:
            session.run_with_iobinding(binding)

        run()
        check_parallel(y, multiply(codes, w), 0.999)
        return Prepared(run, lambda: y)
