"""Writes torch_gradients.json: what PyTorch makes of gradients that are accumulated over
micro-batches, clipped, and applied by groups of parameters, in float64.

    python3 tests/golden/make_gradient_goldens.py tests/golden

Numbers have nine digits; inputs have three, so that they are the same in every format.
"""

import json
import pathlib
import sys

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
random = torch.Generator().manual_seed(20250311)

STEPS = 20
MICRO_BATCHES = 4


def draw(*shape, scale=1.0):
    values = torch.randn(shape, generator=random) * scale
    return (values * 1000).round() / 1000


def numbers(tensor):
    flat = tensor.detach().reshape(-1).tolist()
    return {"shape": list(tensor.shape), "data": [float(f"{value:.9g}") for value in flat]}


def model():
    """Names as in Gspace: 0 Linear, 1 BatchNorm1d, 2 ReLU, 3 Linear."""
    first, last = torch.nn.Linear(4, 8, bias=False), torch.nn.Linear(8, 3)
    return torch.nn.Sequential(first, torch.nn.BatchNorm1d(8), torch.nn.ReLU(), last)


def groups(net):
    """A slow first layer, decayed last weights, and everything else."""
    first, norm, last = net[0], net[1], net[3]
    return [
        {"params": list(first.parameters()), "lr": 0.01, "momentum": 0.5},
        {"params": [last.weight], "weight_decay": 0.1},
        {"params": [*norm.parameters(), last.bias]},
    ]


RUNS = {
    "mean": {
        "optimizer": lambda net: torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9),
        "mean": True,
    },
    "sum": {
        "optimizer": lambda net: torch.optim.SGD(net.parameters(), lr=0.02),
        "mean": False,
    },
    "adam": {
        "optimizer": lambda net: torch.optim.Adam(net.parameters(), lr=0.01),
        "mean": True,
    },
    "clipped": {
        "optimizer": lambda net: torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9),
        "mean": True,
        "clip": 0.3,
    },
    "groups": {
        "optimizer": lambda net: torch.optim.SGD(groups(net), lr=0.1, momentum=0.9),
        "mean": True,
    },
    "frozen": {
        "optimizer": lambda net: torch.optim.SGD(net[3].parameters(), lr=0.1, momentum=0.9),
        "mean": True,
        "frozen": True,
    },
}


def run(start, x, labels, optimizer, mean, clip=None, frozen=False):
    net = model()
    net.load_state_dict(start)
    for layer in (net[0], net[1]):
        layer.requires_grad_(not frozen)
    trainer = optimizer(net)
    losses = []
    for _ in range(STEPS):
        trainer.zero_grad()
        total = 0.0
        for part, targets in zip(x.chunk(MICRO_BATCHES), labels.chunk(MICRO_BATCHES)):
            loss = F.cross_entropy(net(part), targets)
            (loss / MICRO_BATCHES if mean else loss).backward()
            total += loss.item() / MICRO_BATCHES
        if clip is not None:
            torch.nn.utils.clip_grad_norm_(net.parameters(), clip)
        trainer.step()
        losses.append(total)
    state = {key: value for key, value in net.state_dict().items() if "num_batches" not in key}
    return {
        "losses": [float(f"{loss:.9g}") for loss in losses],
        "state": {key: numbers(value) for key, value in state.items()},
    }


if __name__ == "__main__":
    x = draw(16, 4)
    labels = torch.randint(0, 3, (16,), generator=random)
    start = model().state_dict()
    for key, value in start.items():
        if "num_batches" not in key and "running" not in key:
            start[key] = draw(*value.shape, scale=0.5)
    given = {key: numbers(value) for key, value in start.items() if "num_batches" not in key}
    content = {
        "torch": torch.__version__,
        "microBatches": MICRO_BATCHES,
        "x": numbers(x),
        "labels": numbers(labels),
        "start": given,
        "runs": {name: run(start, x, labels, **options) for name, options in RUNS.items()},
    }
    text = json.dumps(content, separators=(",", ":"))
    (pathlib.Path(sys.argv[1]) / "torch_gradients.json").write_text(text + "\n")
