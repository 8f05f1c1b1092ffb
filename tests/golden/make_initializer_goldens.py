"""Writes the golden file of initializers: what PyTorch makes of given random numbers, in float64.

    python3 tests/golden/make_initializer_goldens.py tests/golden

The steps are those of PyTorch's `orthogonal_` and `trunc_normal_`, from draws that are in the file.
"""

import pathlib
import sys
from unittest import mock

import torch
from torch.nn import init

from make_torch_goldens import draw, numbers, random, write


def orthogonal(rows, columns, gain):
    normal = draw(rows, columns)
    # nn.init.orthogonal_, step by step
    flat = normal.clone()
    if rows < columns:
        flat.t_()
    q, r = torch.linalg.qr(flat)
    q *= torch.diag(r, 0).sign()
    if rows < columns:
        q.t_()
    return {"gain": gain, "drawn": numbers(normal), "weight": numbers(q * gain)}


def truncated(mean, std, low, high):
    uniform = (torch.rand(200, generator=random) * 2**24).floor() / 2**24
    uniform[0] = 0.0
    uniform[1] = 1 - 2.0**-24
    cdf = lambda x: (1 + torch.erf(torch.tensor(x / 2**0.5))) / 2
    l, u = cdf((low - mean) / std), cdf((high - mean) / std)
    # nn.init.trunc_normal_, step by step
    shares = 2 * (l + (u - l) * uniform) - 1
    values = (torch.erfinv(shares) * std * 2**0.5 + mean).clamp(min=low, max=high)
    return {
        "options": {"mean": mean, "std": std, "min": low, "max": high},
        "drawn": {"shape": [200], "data": uniform.tolist()},
        "weight": numbers(values),
    }


def filled(name, options, fill, *shape):
    """A weight that PyTorch's own function fills, with `normal_` and `uniform_` of the drawn numbers."""
    is_uniform = name.endswith("Uniform")
    drawn = (torch.rand(shape, generator=random) * 2**24).floor() / 2**24 if is_uniform else draw(*shape)
    between = lambda weight, low, high: weight.copy_(low + (high - low) * drawn)
    around = lambda weight, mean, std: weight.copy_(mean + std * drawn)
    weight = torch.empty(shape)
    with mock.patch.object(torch.Tensor, "uniform_", between), mock.patch.object(torch.Tensor, "normal_", around):
        fill(weight)
    return {"name": name, "options": options, "drawn": numbers(drawn), "weight": numbers(weight)}


def all_filled():
    """Drawn after all others, so that their numbers stay."""
    shapes = [(4, 3), (2, 3, 2, 3)]
    return [
        filled(name, options, fill, *shape)
        for shape in shapes
        for name, options, fill in [
            ("zerosInit", {}, init.zeros_),
            ("onesInit", {}, init.ones_),
            ("fanInUniform", {}, lambda w: init.kaiming_uniform_(w, a=5**0.5)),
            ("heNormal", {}, lambda w: init.kaiming_normal_(w, nonlinearity="relu")),
            ("xavierUniform", {}, init.xavier_uniform_),
            ("xavierUniform", {"gain": 5 / 3}, lambda w: init.xavier_uniform_(w, gain=5 / 3)),
            ("xavierNormal", {}, init.xavier_normal_),
            ("xavierNormal", {"gain": 0.5}, lambda w: init.xavier_normal_(w, gain=0.5)),
            ("normalInit", {}, init.normal_),
            ("normalInit", {"mean": 1.5, "std": 0.02}, lambda w: init.normal_(w, 1.5, 0.02)),
        ]
    ]


if __name__ == "__main__":
    content = {
        "orthogonal": [
            orthogonal(4, 4, 1.0),
            orthogonal(3, 7, 1.0),
            orthogonal(6, 2, 2**0.5),
            orthogonal(1, 5, 1.0),
            orthogonal(5, 1, 0.5),
        ],
        "truncated": [
            truncated(0.0, 1.0, -2.0, 2.0),
            truncated(0.0, 0.02, -2.0, 2.0),
            truncated(1.0, 0.5, 0.75, 3.0),
            truncated(0.0, 1.0, 2.0, 3.0),
        ],
        "filled": all_filled(),
    }
    write(pathlib.Path(sys.argv[1]), "torch_initializers.json", content)
