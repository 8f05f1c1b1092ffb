"""Writes torch_recurrent.json: recurrent layers of PyTorch, in float64.

    python3 tests/golden/make_recurrent_goldens.py tests/golden

Each case has the parameters, inputs, outputs, and the losses of 20 steps of SGD with momentum on
the mean square of output - target, and the parameters after them. Padded sequences are packed.
"""

import json
import pathlib
import sys

import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

torch.set_default_dtype(torch.float64)
random = torch.Generator().manual_seed(20261130)


def draw(*shape, scale=1.0):
    values = torch.randn(shape, generator=random) * scale
    return (values * 1000).round() / 1000


def numbers(tensor):
    flat = tensor.detach().reshape(-1).tolist()
    return {"shape": list(tensor.shape), "data": [float(f"{value:.9g}") for value in flat]}


def named(module):
    return {name: numbers(value) for name, value in module.named_parameters()}


def states_of(state):
    return list(state) if isinstance(state, tuple) else [state]


def run(module, x, state, lengths):
    if lengths is None:
        output, last = module(x, state)
        return output, states_of(last)
    first = module.batch_first
    packed = pack_padded_sequence(x, lengths, batch_first=first, enforce_sorted=False)
    output, last = module(packed, state)
    total = x.shape[1 if first else 0]
    return pad_packed_sequence(output, batch_first=first, total_length=total)[0], states_of(last)


def layer_case(kind, shape, state=False, lengths=None, **options):
    steps, batch, inputs, hidden = shape
    module = getattr(torch.nn, kind)(inputs, hidden, **options)
    for value in module.parameters():
        value.data = draw(*value.shape, scale=0.4)
    first = options.get("batch_first", False)
    x = draw(*((batch, steps) if first else (steps, batch)), inputs)
    directions = 2 if options.get("bidirectional", False) else 1
    rows = options.get("num_layers", 1) * directions
    count = 2 if kind == "LSTM" else 1
    initial = [draw(rows, batch, hidden) for _ in range(count)] if state else []
    given = None if not state else (tuple(initial) if kind == "LSTM" else initial[0])
    start = named(module)
    output, last = run(module, x, given, lengths)
    target = draw(*output.shape)
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1, momentum=0.9)
    losses = []
    for _ in range(20):
        found, ends = run(module, x, given, lengths)
        loss = ((found - target) ** 2).mean() + sum((end**2).mean() for end in ends)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return {
        "kind": kind,
        "sizes": [inputs, hidden],
        "options": options,
        "start": start,
        "x": numbers(x),
        "initial": [numbers(each) for each in initial],
        "lengths": lengths,
        "output": numbers(output),
        "last": [numbers(each) for each in last],
        "target": numbers(target),
        "losses": losses,
        "end": named(module),
    }


def cell_case(kind, batch, inputs, hidden, **options):
    module = getattr(torch.nn, kind)(inputs, hidden, **options)
    for value in module.parameters():
        value.data = draw(*value.shape, scale=0.4)
    x = draw(batch, inputs)
    count = 2 if kind == "LSTMCell" else 1
    initial = [draw(batch, hidden) for _ in range(count)]
    result = module(x, tuple(initial) if count == 2 else initial[0])
    return {
        "kind": kind,
        "sizes": [inputs, hidden],
        "options": options,
        "start": named(module),
        "x": numbers(x),
        "initial": [numbers(each) for each in initial],
        "last": [numbers(each) for each in states_of(result)],
    }


both = {"bidirectional": True}
layers = [
    layer_case("RNN", (5, 3, 2, 4)),
    layer_case("RNN", (4, 2, 3, 3), True, nonlinearity="relu", num_layers=2, bias=False),
    layer_case("RNN", (5, 3, 2, 4), False, [5, 2, 3], batch_first=True, **both),
    layer_case("LSTM", (6, 3, 2, 4)),
    layer_case("LSTM", (5, 2, 3, 4), True, num_layers=2, batch_first=True),
    layer_case("LSTM", (6, 3, 2, 5), True, [4, 6, 1], num_layers=2, **both),
    layer_case("LSTM", (1, 1, 1, 1), bias=False),
    layer_case("GRU", (6, 3, 2, 4)),
    layer_case("GRU", (5, 2, 3, 4), True, num_layers=2, bias=False),
    layer_case("GRU", (6, 4, 2, 3), True, [3, 6, 1, 5], num_layers=2, batch_first=True, **both),
]
cells = [
    cell_case("RNNCell", 3, 2, 4),
    cell_case("RNNCell", 1, 3, 3, nonlinearity="relu", bias=False),
    cell_case("LSTMCell", 3, 2, 4),
    cell_case("GRUCell", 3, 2, 4),
    cell_case("GRUCell", 2, 1, 5, bias=False),
]
made = {"version": torch.__version__, "layers": layers, "cells": cells}
path = pathlib.Path(sys.argv[1]) / "torch_recurrent.json"
path.write_text(json.dumps(made, separators=(",", ":")) + "\n")
