"""Writes the golden file of schedules: PyTorch's learning rates, step by step.

    python3 tests/golden/make_schedule_goldens.py tests/golden
"""

import pathlib
import sys

import torch
from torch.optim import lr_scheduler as lr

from make_torch_goldens import random, write

STEPS = 40


def rates(base, make, steps=STEPS):
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=base)
    scheduler = make(optimizer)
    found = []
    for _ in range(steps):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return found


def case(name, rate, options, make, steps=STEPS):
    return {"name": name, "rate": rate, "options": options, "rates": rates(rate, make, steps)}


def cycle(options, **torch_options):
    """The step after the last one is an error in PyTorch."""
    make = lambda optimizer: lr.OneCycleLR(optimizer, 0.5, total_steps=STEPS + 1, **torch_options)
    return case("oneCycle", 0.5, {"steps": STEPS + 1, **options}, make)


def plateau(options, metrics, **torch_options):
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.5)
    scheduler = lr.ReduceLROnPlateau(optimizer, **torch_options)
    found = []
    for metric in metrics:
        scheduler.step(metric)
        found.append(optimizer.param_groups[0]["lr"])
    return {"options": options, "metrics": metrics, "rates": found}


def schedules():
    polynomial = lambda power: lambda optimizer: lr.PolynomialLR(optimizer, total_iters=25, power=power)
    restarts = lambda *options: lambda optimizer: lr.CosineAnnealingWarmRestarts(optimizer, *options)
    linear = lambda start, end, steps: lambda optimizer: lr.LinearLR(optimizer, start, end, steps)
    warm_up = lambda steps, factor: lambda optimizer: lr.ChainedScheduler(
        [linear(1 / steps, 1.0, steps - 1)(optimizer), lr.ExponentialLR(optimizer, factor)]
    )
    return [
        case("exponential", 0.1, {"factor": 0.9}, lambda optimizer: lr.ExponentialLR(optimizer, 0.9)),
        case("exponential", 0.1, {"factor": 1.05}, lambda optimizer: lr.ExponentialLR(optimizer, 1.05)),
        case("polynomial", 0.1, {"steps": 25}, polynomial(1.0)),
        case("polynomial", 0.1, {"steps": 25, "power": 2.5}, polynomial(2.5)),
        case("polynomial", 0.1, {"steps": 25, "power": 0.5}, polynomial(0.5)),
        case("cosineWarmRestarts", 0.1, {"steps": 7}, restarts(7)),
        case("cosineWarmRestarts", 0.1, {"steps": 1}, restarts(1)),
        case("cosineWarmRestarts", 0.1, {"steps": 5, "factor": 2, "final": 0.01}, restarts(5, 2, 0.01)),
        case("cosineWarmRestarts", 0.1, {"steps": 1, "factor": 3}, restarts(1, 3)),
        cycle({}),
        cycle({"pctStart": 0.25, "divFactor": 10, "finalDivFactor": 100}, pct_start=0.25, div_factor=10, final_div_factor=100),
        cycle({"annealStrategy": "linear"}, anneal_strategy="linear"),
        cycle({"threePhase": True}, three_phase=True),
        cycle({"threePhase": True, "annealStrategy": "linear", "pctStart": 0.4}, three_phase=True, anneal_strategy="linear", pct_start=0.4),
        case("constant", 0.1, {}, lambda optimizer: lr.ConstantLR(optimizer, factor=1.0)),
        case("linear", 0.1, {"steps": 25}, linear(1.0, 0.0, 25)),
        case("linear", 0.1, {"steps": 30, "final": 0.02}, linear(1.0, 0.2, 30)),
        case("cosine", 0.1, {"steps": 39}, lambda optimizer: lr.CosineAnnealingLR(optimizer, 39)),
        case("cosine", 0.1, {"steps": 50, "final": 0.01}, lambda optimizer: lr.CosineAnnealingLR(optimizer, 50, 0.01)),
        case("stepDecay", 0.1, {"every": 15}, lambda optimizer: lr.StepLR(optimizer, 15)),
        case("stepDecay", 0.1, {"every": 7, "factor": 0.5}, lambda optimizer: lr.StepLR(optimizer, 7, 0.5)),
        case("multiStep", 0.1, {"milestones": [5, 30]}, lambda optimizer: lr.MultiStepLR(optimizer, [5, 30])),
        case("multiStep", 0.1, {"milestones": [9, 0, 12], "factor": 0.3}, lambda optimizer: lr.MultiStepLR(optimizer, [9, 0, 12], 0.3)),
        case("warmUp", 0.1, {"steps": 8, "factor": 0.95}, warm_up(8, 0.95)),
        case("warmUp", 0.1, {"steps": 2, "factor": 1.0}, warm_up(2, 1.0)),
    ]


def plateaus():
    falling = [round(value, 3) for value in (2 / torch.arange(1.0, 31.0) + torch.rand(30, generator=random)).tolist()]
    flat = [1.0, 0.99995, 0.99992, 0.9998, 0.5] + [0.5] * 15 + [0.4] * 10
    return [
        plateau({"patience": 1, "factor": 0.5}, falling, patience=1, factor=0.5),
        plateau({"patience": 0}, falling, patience=0),
        plateau({"patience": 2}, flat, patience=2),
        plateau(
            {"mode": "max", "patience": 1, "threshold": 0.1, "thresholdMode": "abs", "cooldown": 2},
            falling, mode="max", patience=1, threshold=0.1, threshold_mode="abs", cooldown=2,
        ),
        plateau(
            {"mode": "max", "patience": 1, "factor": 0.3, "minRate": 0.01},
            flat, mode="max", patience=1, factor=0.3, min_lr=0.01,
        ),
        plateau({"patience": 1, "factor": 0.5, "eps": 0.1}, flat, patience=1, factor=0.5, eps=0.1),
    ]


if __name__ == "__main__":
    content = {"schedules": schedules(), "plateaus": plateaus()}
    write(pathlib.Path(sys.argv[1]), "torch_schedules.json", content)
