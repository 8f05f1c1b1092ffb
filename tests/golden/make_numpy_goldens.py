"""Writes numpy_functions.json: what NumPy computes, in float64.

    python3 tests/golden/make_numpy_goldens.py tests/golden
"""

import json
import pathlib
import sys

import numpy as np

random = np.random.default_rng(20190515)


def draw(*shape):
    return np.round(random.normal(size=shape), 3)


def numbers(array):
    array = np.asarray(array)
    data = [float(f"{float(value):.9g}") for value in array.reshape(-1)]
    return {"shape": list(array.shape), "data": data}


def case(name, result, *inputs):
    return {"name": name, "inputs": [numbers(x) for x in inputs], "output": numbers(result)}


def cases():
    x, y, v, w = draw(3, 4), draw(4, 2), draw(5), draw(4)
    ties = np.array([[2.0, 1, 2, 0], [1, 1, 0, 3]])
    near = np.array([1e-6, -1e-6, 1e-3, -0.5, 2.5])
    points = np.array([[0.0, 1], [1, 0], [-1, 0], [0, -1], [3, -4], [-3, -4], [-0.0, -1]])
    images, kernel = draw(2, 3, 4), draw(4, 3, 2)
    return [
        case("cumsum", np.cumsum(x, 1), x),
        case("cumprod", np.cumprod(x, 0), x),
        case("sort", np.sort(x, 1), x),
        case("takeAlongAxis", np.take_along_axis(x, np.array([[0, 3], [2, 2], [1, 0]]), 1), x),
        case("argsort", np.argsort(ties, 1, kind="stable"), ties),
        case("var", np.var(x, 1, ddof=1), x),
        case("std", np.std(x, ddof=1), x),
        case("norm", np.linalg.norm(x), x),
        case("norm of order 3", np.linalg.norm(v, 3), v),
        case("roll", np.roll(x, (1, -2), (0, 1)), x),
        case("roll without axes", np.roll(x, 5), x),
        case("flip", np.flip(x, 1), x),
        case("tile", np.tile(x, (2, 1, 2)), x),
        case("repeatInterleave", np.repeat(x, 3, 1), x),
        case("tril", np.tril(x, -1), x),
        case("triu", np.triu(x, 1), x),
        case("diag of a vector", np.diag(v, -1), v),
        case("diag of a matrix", np.diag(x, 1), x),
        case("tri", np.tri(3, 5, 1)),
        case("eye", np.eye(3, 5, -1)),
        case("linspace", np.linspace(-1, 2, 7)),
        case("arange", np.arange(7, -2, -2)),
        case("outer", np.outer(v, w), v, w),
        case("matmul of a vector", np.matmul(w, y), w, y),
        case("einsum", np.einsum("ij,jk->ki", x, y), x, y),
        case("einsum with batches", np.einsum("...ij,jik->...k", images, kernel), images, kernel),
        case("tensordot", np.tensordot(images, kernel, ([2, 1], [0, 1])), images, kernel),
        case("log1p", np.log1p(near), near),
        case("expm1", np.expm1(near), near),
        case("arctan2", np.arctan2(points[:, 0], points[:, 1]), points),
        case("round", np.round(np.array([0.5, 1.5, 2.5, -0.5, -1.5, 0.4])), np.array([0.5, 1.5, 2.5, -0.5, -1.5, 0.4])),
        case("meshgrid", np.stack(np.meshgrid(v, w)), v, w),
    ]


folder = pathlib.Path(sys.argv[1])
document = {"numpy": np.__version__, "cases": cases()}
(folder / "numpy_functions.json").write_text(json.dumps(document) + "\n")
