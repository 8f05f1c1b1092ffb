"""Writes the golden file of losses: what PyTorch computes, in float64.

    python3 tests/golden/make_loss_goldens.py tests/golden

Classes are along the last axis here and along axis 1 in PyTorch, so there is one axis of samples.
"""

import pathlib
import sys

import torch
import torch.nn.functional as F

from make_torch_goldens import case, draw, write

NAMES = {
    "reduction": "reduction",
    "label_smoothing": "labelSmoothing",
    "ignore_index": "ignoreIndex",
    "weight": "weight",
    "pos_weight": "posWeight",
    "delta": "delta",
    "beta": "beta",
    "margin": "margin",
    "log_target": "logTarget",
}


def loss_case(name, function, inputs, **options):
    tensors = {key: torch.tensor(value) if isinstance(value, list) else value for key, value in options.items()}
    return case(
        name,
        lambda **leaves: function(*leaves.values(), **tensors),
        inputs,
        **{NAMES[key]: value for key, value in options.items()},
    )


def reductions(name, function, inputs, extra=(), **options):
    return [
        loss_case(name, function, inputs, reduction=reduction, **options)
        for reduction in ("mean", "sum", "none", *extra)
    ]


def label_cases():
    x = draw(5, 4)
    labels = torch.tensor([0, 3, 1, 3, 2])
    some = torch.tensor([0, 3, 7, 3, 7])
    minus = torch.tensor([0, -1, 1, -1, 2])
    target = torch.softmax(draw(5, 4), 1).mul(1000).round() / 1000
    weight = [0.5, 2.0, 1.25, 0.75]
    log = torch.log_softmax(x, 1).mul(1000).round() / 1000
    both = {"x": x, "labels": labels}
    cases = []
    for smoothing in (0.0, 0.2, 1.0):
        options = dict(label_smoothing=smoothing)
        cases += reductions("crossEntropy", F.cross_entropy, both, weight=weight, **options)
        cases += reductions("crossEntropy", F.cross_entropy, {"x": x, "labels": some}, ignore_index=7, **options)
        cases += reductions(
            "crossEntropy", F.cross_entropy, {"x": x, "labels": minus}, ignore_index=-1, weight=weight, **options
        )
        cases += reductions(
            "crossEntropy", F.cross_entropy, {"x": x, "labels": some}, ignore_index=7, weight=weight, **options
        )
        cases += reductions("crossEntropy", F.cross_entropy, {"x": x, "target": target}, weight=weight, **options)
    cases += reductions("nllLoss", F.nll_loss, {"x": log, "labels": labels})
    cases += reductions("nllLoss", F.nll_loss, {"x": log, "labels": labels}, weight=weight)
    cases += reductions("nllLoss", F.nll_loss, {"x": log, "labels": some}, ignore_index=7, weight=weight)
    return cases


def elementwise_cases():
    # errors of 0 and of exactly delta are among them
    x = torch.tensor([[0.0, 0.5, -0.5, 2.0], [3.0, -4.0, 1.0, 30.0]])
    y = torch.tensor([[0.0, 0.0, 0.0, 2.5], [0.5, 0.25, 0.0, 0.5]])
    inputs = {"x": x, "target": y}
    logits = torch.tensor([[0.0, 1.5, -2.0, 100.0], [-100.0, 700.0, -700.0, 0.25]])
    shares = torch.tensor([[1.0, 0.0, 0.25, 1.0], [1.0, 0.0, 0.0, 0.5]])
    binary = {"x": logits, "target": shares}
    bce = F.binary_cross_entropy_with_logits
    name = "binaryCrossEntropyWithLogits"
    t = torch.tensor([[0.25, 0.5, 0.25], [0.75, 0.0, 0.25]])
    log = torch.log_softmax(draw(2, 3), 1).mul(1000).round() / 1000
    cases = reductions("mse", F.mse_loss, inputs) + reductions("l1Loss", F.l1_loss, inputs)
    for delta in (0.5, 1.0):
        cases += reductions("huberLoss", F.huber_loss, inputs, delta=delta)
    # with beta 0, PyTorch 1.13 takes ±1 as the derivative at 0, and later versions call l1_loss
    cases += reductions(
        "smoothL1Loss", lambda x, y, beta, reduction: F.l1_loss(x, y, reduction=reduction), inputs, beta=0.0
    )
    for beta in (0.5, 1.0):
        cases += reductions("smoothL1Loss", F.smooth_l1_loss, inputs, beta=beta)
    cases += reductions(name, bce, binary)
    cases += reductions(name, bce, binary, pos_weight=[2.0, 0.5, 3.0, 1.5])
    cases += reductions(name, bce, binary, weight=[2.0, 0.5, 3.0, 1.5], pos_weight=[2.0])
    cases += reductions("klDiv", F.kl_div, {"x": log, "target": torch.softmax(draw(2, 3), 1)}, ["batchmean"])
    cases += [
        case("klDiv", lambda x: F.kl_div(x, t, reduction="sum"), {"x": log}, reduction="sum", target=t.tolist())
    ]
    cases += reductions("klDiv", F.kl_div, {"x": log, "target": log.flip(0)}, ["batchmean"], log_target=True)
    return cases


def pair_cases():
    signs = torch.tensor([1, -1, 1, -1, -1])
    distances = torch.tensor([0.5, 0.25, 2.0, 3.0, -1.0])
    a, b = draw(5, 3), draw(5, 3)
    a[4] = b[4]
    cases = []
    for margin in (1.0, 0.3):
        cases += reductions("hingeEmbeddingLoss", F.hinge_embedding_loss, {"x": distances, "labels": signs}, margin=margin)
    for margin in (0.0, 0.25):
        cases += reductions(
            "cosineEmbeddingLoss", F.cosine_embedding_loss, {"a": a, "b": b, "labels": signs}, margin=margin
        )
    return cases


if __name__ == "__main__":
    cases = label_cases() + elementwise_cases() + pair_cases()
    write(pathlib.Path(sys.argv[1]), "torch_losses.json", {"cases": cases})
