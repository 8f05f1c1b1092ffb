"""Writes the golden file of metrics: what PyTorch computes of all batches together, in float64.

    python3 tests/golden/make_metric_goldens.py tests/golden

PyTorch has no metrics. The formulas are those of scikit-learn and torchmetrics.
"""

import pathlib
import sys

import torch

from make_torch_goldens import draw, numbers, random, write

CLASSES = 5
BATCHES = 3
BATCH = 17


def classification():
    x = draw(BATCHES, BATCH, CLASSES)
    # the last class is never a label, and seldom predicted
    labels = torch.randint(0, CLASSES - 1, (BATCHES, BATCH), generator=random)
    labels[1, 3:6] = -1
    kept = labels.reshape(-1) >= 0
    flat, y = x.reshape(-1, CLASSES)[kept], labels.reshape(-1)[kept]
    predicted = flat.argmax(1)
    counts = torch.bincount(y * CLASSES + predicted, minlength=CLASSES**2).reshape(CLASSES, CLASSES)
    hits = counts.diag().double()
    predictions, samples = counts.sum(0).double(), counts.sum(1).double()
    share = lambda part, whole: torch.where(whole > 0, part / whole.clamp(min=1), torch.zeros(()))
    scores = {
        "precision": share(hits, predictions),
        "recall": share(hits, samples),
        "f1": share(2 * hits, predictions + samples),
    }
    occurs = predictions + samples > 0
    tops = {
        str(k): (flat.topk(k, 1).indices == y[:, None]).any(1).double().mean().item()
        for k in range(1, CLASSES + 1)
    }
    return {
        "x": numbers(x),
        "labels": numbers(labels),
        "counts": counts.tolist(),
        "accuracy": (hits.sum() / samples.sum()).item(),
        "none": {name: value.tolist() for name, value in scores.items()},
        "macro": {name: value[occurs].mean().item() for name, value in scores.items()},
        "weighted": {name: ((value * samples).sum() / samples.sum()).item() for name, value in scores.items()},
        "topK": tops,
    }


def area():
    labels = torch.randint(0, 2, (BATCHES, BATCH), generator=random)
    labels[0, 2] = -1
    # in the middle of bins of 1/64, with ties
    scores = ((torch.rand(BATCHES, BATCH, generator=random) + 0.4 * labels) / 1.4 * 64).floor().clamp(0, 63) / 64 + 1 / 128
    ones, zeros = scores[labels == 1], scores[labels == 0]
    wins = (ones[:, None] > zeros).double() + (ones[:, None] == zeros).double() / 2
    return {"scores": numbers(scores), "labels": numbers(labels), "area": wins.mean().item()}


def regression():
    target = draw(BATCHES, BATCH) + 1000 + 5 * torch.arange(BATCHES)[:, None]
    prediction = target + draw(BATCHES, BATCH)
    error = prediction - target
    return {
        "prediction": numbers(prediction),
        "target": numbers(target),
        "mse": (error**2).mean().item(),
        "rmse": (error**2).mean().sqrt().item(),
        "mae": error.abs().mean().item(),
        "r2": (1 - (error**2).sum() / ((target - target.mean()) ** 2).sum()).item(),
    }


if __name__ == "__main__":
    content = {"classification": classification(), "area": area(), "regression": regression()}
    write(pathlib.Path(sys.argv[1]), "torch_metrics.json", content)
