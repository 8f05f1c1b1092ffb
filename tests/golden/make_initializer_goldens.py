"""Writes the golden file of initializers: what PyTorch makes of given random numbers, in float64.

    python3 tests/golden/make_initializer_goldens.py tests/golden

The steps are those of PyTorch's `orthogonal_` and `trunc_normal_`, from draws that are in the file.
"""

import pathlib
import sys

import torch

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
    }
    write(pathlib.Path(sys.argv[1]), "torch_initializers.json", content)
