"""Writes torch_attention.json: values and gradients of embeddings, attention, and transformer
layers, and 20 steps of training of a small language model, in float64.

    python3 tests/golden/make_attention_goldens.py tests/golden

Numbers have nine digits; inputs have three, so that they are the same in every format.
"""

import json
import math
import pathlib
import sys

import torch
import torch.nn.functional as F
from torch import nn

torch.set_default_dtype(torch.float64)
random = torch.Generator().manual_seed(20261130)

STEPS = 20
FEATURES, HEADS, HIDDEN = 8, 2, 12


def draw(*shape, scale=1.0):
    values = torch.randn(shape, generator=random) * scale
    return (values * 1000).round() / 1000


def numbers(tensor):
    if tensor.dtype != torch.float64:
        return {"shape": list(tensor.shape), "data": [int(v) for v in tensor.reshape(-1).tolist()]}
    flat = tensor.detach().reshape(-1).tolist()
    return {"shape": list(tensor.shape), "data": [float(f"{value:.9g}") for value in flat]}


def with_given_weights(module):
    """The module with weights of three digits."""
    state = {key: draw(*value.shape, scale=0.5) for key, value in module.state_dict().items()}
    module.load_state_dict(state)
    return module


def case(module, inputs, call):
    module = with_given_weights(module)
    floats = {key: x.requires_grad_() for key, x in inputs.items() if x.dtype == torch.float64}
    masks = [key for key in floats if "mask" in key.lower()]
    for key in masks:
        floats.pop(key).requires_grad_(False)
    output = call(module, **inputs)
    weights = draw(*output.shape)
    (output * weights).sum().backward()
    return {
        "state": {key: numbers(value) for key, value in module.state_dict().items()},
        "inputs": {key: numbers(x) for key, x in inputs.items()},
        "weights": numbers(weights),
        "output": numbers(output),
        "gradients": {
            **{key: numbers(p.grad) for key, p in module.named_parameters() if p.grad is not None},
            **{key: numbers(x.grad) for key, x in floats.items()},
        },
    }


def causal(size):
    return torch.triu(torch.ones(size, size, dtype=torch.bool), 1)


def padding(*lengths, size):
    return torch.tensor([[i >= length for i in range(size)] for length in lengths])


def attention():
    return nn.MultiheadAttention(FEATURES, HEADS, batch_first=True)


def layer_options(**options):
    return dict(dropout=0.0, batch_first=True, **options)


def encoder_layer(**options):
    return nn.TransformerEncoderLayer(FEATURES, HEADS, HIDDEN, **layer_options(**options))


def decoder_layer(**options):
    return nn.TransformerDecoderLayer(FEATURES, HEADS, HIDDEN, **layer_options(**options))


def decode(module, tgt, memory, memoryKeyPaddingMask):
    return module(tgt, memory, tgt_mask=causal(tgt.shape[1]), memory_key_padding_mask=memoryKeyPaddingMask)


def decoder_inputs():
    return {"tgt": draw(2, 4, FEATURES), "memory": draw(2, 6, FEATURES), "memoryKeyPaddingMask": padding(6, 3, size=6)}


def cases():
    x = lambda *sizes: draw(*sizes, FEATURES)
    return {
        "embedding": case(
            nn.Embedding(10, 4, padding_idx=2),
            {"x": torch.randint(0, 10, (3, 5), generator=random)},
            lambda module, x: module(x),
        ),
        "self": case(
            attention(),
            {"query": x(2, 5), "keyPaddingMask": padding(5, 2, size=5)},
            lambda module, query, keyPaddingMask: module(query, query, query, key_padding_mask=keyPaddingMask)[0],
        ),
        "weights": case(
            attention(),
            {"query": x(2, 5)},
            lambda module, query: module(query, query, query, attn_mask=causal(5))[1],
        ),
        "cross": case(
            attention(),
            {"query": x(2, 4), "key": x(2, 6), "attnMask": draw(4, 6) > 0.5},
            lambda module, query, key, attnMask: module(query, key, key, attn_mask=attnMask)[0],
        ),
        "separate": case(
            nn.MultiheadAttention(FEATURES, HEADS, bias=False, batch_first=True),
            {"query": x(3, 4), "key": x(3, 5), "value": x(3, 5), "attnMask": draw(3 * HEADS, 4, 5)},
            lambda module, query, key, value, attnMask: module(query, key, value, attn_mask=attnMask)[0],
        ),
        "encoder, norm last": case(
            encoder_layer(),
            {"src": x(2, 5), "srcKeyPaddingMask": padding(3, 5, size=5)},
            lambda module, src, srcKeyPaddingMask: module(src, src_key_padding_mask=srcKeyPaddingMask),
        ),
        "encoder, norm first": case(
            encoder_layer(norm_first=True, activation="gelu"),
            {"src": x(2, 5)},
            lambda module, src: module(src, src_mask=causal(5)),
        ),
        "decoder, norm last": case(decoder_layer(), decoder_inputs(), decode),
        "decoder, norm first": case(decoder_layer(norm_first=True), decoder_inputs(), decode),
        "decoder": case(
            nn.TransformerDecoder(decoder_layer(), 2, nn.LayerNorm(FEATURES)), decoder_inputs(), decode
        ),
    }


class LanguageModel(nn.Module):
    def __init__(self, tokens, positions):
        super().__init__()
        self.embedding = nn.Embedding(tokens, FEATURES)
        layer = encoder_layer(norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, nn.LayerNorm(FEATURES))
        self.head = nn.Linear(FEATURES, tokens)
        self.register_buffer("positions", positional_encoding(positions), persistent=False)

    def forward(self, x):
        size = x.shape[1]
        return self.head(self.encoder(self.embedding(x) + self.positions, mask=causal(size)))


def positional_encoding(positions):
    place = torch.arange(positions).unsqueeze(1)
    factor = torch.exp(torch.arange(0, FEATURES, 2) * (-math.log(10000.0) / FEATURES))
    encoding = torch.zeros(positions, FEATURES)
    encoding[:, 0::2] = torch.sin(place * factor)
    encoding[:, 1::2] = torch.cos(place * factor)
    return encoding


def training():
    tokens, positions = 11, 6
    x = torch.randint(0, tokens, (4, positions), generator=random)
    y = torch.randint(0, tokens, (4, positions), generator=random)
    model = with_given_weights(LanguageModel(tokens, positions))
    start = {key: numbers(value) for key, value in model.state_dict().items()}
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    losses = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x).reshape(-1, tokens), y.reshape(-1))
        loss.backward()
        optimizer.step()
        losses.append(float(f"{loss.item():.9g}"))
    state = {key: numbers(value) for key, value in model.state_dict().items()}
    return {"x": numbers(x), "y": numbers(y), "start": start, "losses": losses, "state": state}


if __name__ == "__main__":
    content = {"torch": torch.__version__, "cases": cases(), "training": training()}
    text = json.dumps(content, separators=(",", ":"))
    (pathlib.Path(sys.argv[1]) / "torch_attention.json").write_text(text + "\n")
