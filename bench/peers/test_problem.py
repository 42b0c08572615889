import numpy as np
import problem
import pytest
from onnxruntime_session import BLOCK, pack_bits
from problem import Problem, WrongResultError

PROBLEM = Problem("", 3, 4, 64)


def test_codes_are_of_the_range_and_the_same_again():
    x, w = problem.draw_codes(PROBLEM, -2, 1)
    assert (x.shape, w.shape) == ((3, 64), (4, 64))
    assert set(np.unique(w)) == {-2, -1, 0, 1}
    assert np.array_equal(x, problem.draw_codes(PROBLEM, -2, 1)[0])


def test_exact():
    x, w = problem.draw_codes(PROBLEM, -128, 127)
    y = x.astype(np.int32) @ w.astype(np.int32).T
    problem.check_exact(y, problem.multiply(x, w))
    y[-1, -1] += 1
    with pytest.raises(WrongResultError):
        problem.check_exact(y, problem.multiply(x, w))


@pytest.mark.parametrize("factor", [1.1, -1, 0])
def test_parallel(factor):
    x, w = problem.draw_codes(PROBLEM, -128, 127)
    expected = problem.multiply(x, w)
    y = x.astype(np.float32) @ w.astype(np.float32).T
    problem.check_parallel(y, expected, 0.999)
    with pytest.raises(WrongResultError), np.errstate(invalid="ignore"):
        problem.check_parallel(y * factor, expected, 0.999)


@pytest.mark.parametrize("bits", [2, 4, 8])
def test_first_code_lies_in_the_lowest_bits(bits):
    codes = np.zeros((2, 2 * BLOCK), np.int16)
    codes[1, BLOCK + 1] = 2**bits - 1
    packed = pack_bits(codes, bits)
    assert packed.shape == (2, 2, BLOCK * bits // 8)
    (place,) = np.argwhere(packed)
    assert tuple(place) == (1, 1, 1 if bits == 8 else 0)
    assert packed[tuple(place)] == (255 if bits == 8 else (2**bits - 1) << bits)
