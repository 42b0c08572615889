"""Run low-bit neural networks on NumPy arrays.

For example::

    import lowbit
    model = lowbit.load("digits.so")
    logits = model(images)
"""

from .model import Error, Model, TensorType, load

__all__ = ["Error", "Model", "TensorType", "load"]
