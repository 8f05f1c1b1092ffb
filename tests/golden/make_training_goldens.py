"""Writes the golden file of training: 20 steps of PyTorch through each layer and loss, in float64.

    python3 tests/golden/make_training_goldens.py tests/golden

Keys are the names that this library exports. Trained are the parameters and all inputs of real
numbers, by SGD with momentum. Layers come as close as possible to a drawn target.
"""

import pathlib
import sys

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from torch_modules import BasicBlock, ResidualNet, RMSNorm, VGG
from make_torch_goldens import draw, numbers, write

STEPS = 20


def train(make, inputs, forward=None, loss=None, rate=0.1):
    """`forward(module, **inputs)` gives the result, and `loss` of it is minimized."""
    module = make() if make else nn.Identity()
    for name, value in module.state_dict().items():
        if "running_" not in name and value.is_floating_point():
            value.copy_(draw(*value.shape, scale=0.4))
    state = {name: value.clone() for name, value in module.state_dict().items()}
    leaves = {key: value.clone().requires_grad_(value.is_floating_point()) for key, value in inputs.items()}
    run = forward or (lambda module, x: module(x))
    output = run(module, **leaves).detach().clone()
    target = draw(*output.shape)
    loss = loss or (lambda y: F.mse_loss(y, target))
    for name, value in state.items():  # the first run counted as a step of batch normalization
        module.state_dict()[name].copy_(value)
    trained = [leaf for leaf in leaves.values() if leaf.requires_grad] + list(module.parameters())
    optimizer = torch.optim.SGD(trained, lr=rate, momentum=0.9)
    losses = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        value = loss(run(module, **leaves))
        value.backward()
        optimizer.step()
        losses.append(value.detach())
    real = lambda tensors: {name: numbers(value) for name, value in tensors.items() if value.is_floating_point()}
    return {
        "inputs": {name: {**numbers(value), "dtype": dtypes[value.dtype]} for name, value in inputs.items()},
        "start": real(state),
        "output": numbers(output),
        "target": numbers(target),
        "losses": numbers(torch.stack(losses))["data"],
        "end": real({**leaves, **module.state_dict()}),
    }


dtypes = {torch.float64: "f32", torch.int64: "i32", torch.bool: "bool"}


def of(make, *shape, **options):
    return train(make, {"x": draw(*shape)}, **options)


def function(apply, *shape):
    return train(None, {"x": draw(*shape)}, lambda _, x: apply(x))


def loss(apply, x, *others):
    inputs = {"x": x, **dict(zip("yzw", others))}
    return train(None, inputs, lambda _, x, **others: apply(x, *others.values()), lambda y: y)


def recurrent(make, **options):
    """The outputs and the last state side by side; the second sequence is shorter."""

    def forward(module, x):
        packed = pack_padded_sequence(x, [5, 3], batch_first=True)
        output, state = module(packed)
        h = state[0] if isinstance(state, tuple) else state
        return torch.cat([pad_packed_sequence(output, batch_first=True)[0].reshape(2, -1), h.transpose(0, 1).reshape(2, -1)], 1)

    return of(lambda: make(3, 4, num_layers=2, bidirectional=True, batch_first=True, **options), 2, 5, 3, forward=forward)


def cell(make, has_memory=False):
    inputs = {name: draw(2, 3 if name == "x" else 4) for name in ("x", "h", *(["c"] if has_memory else []))}

    def forward(module, x, h, c=None):
        return torch.cat(module(x, (h, c)), 1) if has_memory else module(x, h)

    return train(lambda: make(3, 4), inputs, forward)


CAUSAL = torch.ones(4, 4).triu(1).bool()
PADDED = torch.tensor([[False, False, True], [False, False, False]])
BLOCK = dict(dim_feedforward=6, dropout=0.0, batch_first=True)


def attention():
    inputs = {"query": draw(2, 4, 8), "key": draw(2, 3, 8), "value": draw(2, 3, 8)}
    make = lambda: nn.MultiheadAttention(8, 2, batch_first=True)
    return train(make, inputs, lambda module, **x: module(**x, key_padding_mask=PADDED)[0])


def scaled_dot_product():
    def apply(_, query, key, value):
        scores = query @ key.transpose(-1, -2) / query.shape[-1] ** 0.5
        return scores.masked_fill(CAUSAL, -torch.inf).softmax(-1) @ value

    return train(None, {"query": draw(2, 4, 3), "key": draw(2, 4, 3), "value": draw(2, 4, 5)}, apply)


def transformers():
    encode = lambda module, src: module(src, CAUSAL)
    decode = lambda module, tgt, memory: module(tgt, memory, tgt_mask=CAUSAL, memory_key_padding_mask=PADDED)
    encoder = lambda: nn.TransformerEncoderLayer(8, 2, **BLOCK, norm_first=True, activation="gelu")
    decoder = lambda: nn.TransformerDecoderLayer(8, 2, **BLOCK)
    both = lambda: {"tgt": draw(2, 4, 8), "memory": draw(2, 3, 8)}
    return {
        "TransformerEncoderLayer": train(encoder, {"src": draw(2, 4, 8)}, encode),
        "TransformerEncoder": train(lambda: nn.TransformerEncoder(encoder(), 2, nn.LayerNorm(8)), {"src": draw(2, 4, 8)}, encode),
        "TransformerDecoderLayer": train(decoder, both(), decode),
        "TransformerDecoder": train(lambda: nn.TransformerDecoder(decoder(), 2, nn.LayerNorm(8)), both(), decode),
    }


def activations():
    makers = {
        "ReLU": nn.ReLU(), "LeakyReLU": nn.LeakyReLU(0.2), "Sigmoid": nn.Sigmoid(), "Tanh": nn.Tanh(),
        "GELU": nn.GELU(), "ELU": nn.ELU(0.7), "Hardswish": nn.Hardswish(), "SELU": nn.SELU(), "SiLU": nn.SiLU(),
        "Softmax": nn.Softmax(1), "Softplus": nn.Softplus(2.0),
    }
    functions = {
        "elu": lambda x: F.elu(x, 0.7), "hardswish": F.hardswish, "selu": F.selu, "silu": F.silu,
        "softplus": lambda x: F.softplus(x, 2.0),
    }
    return {
        **{name: of(lambda: module, 3, 4) for name, module in makers.items()},
        **{name: function(apply, 3, 4) for name, apply in functions.items()},
    }


def layers():
    return {
        "Linear": of(lambda: nn.Linear(4, 3), 2, 4),
        "Flatten": of(lambda: nn.Flatten(), 2, 3, 2),
        "Sequential": of(lambda: nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 2)), 3, 4),
        "Lambda": function(lambda x: x.square(), 3, 4),
        "Embedding": train(lambda: nn.Embedding(6, 3), {"x": torch.tensor([[1, 5, 1], [0, 1, 4]])}),
        "Conv1d": of(lambda: nn.Conv1d(4, 6, 3, stride=2, padding=1, groups=2), 2, 4, 7),
        "Conv2d": of(lambda: nn.Conv2d(2, 3, (3, 2), stride=(1, 2), padding=1, dilation=(2, 1)), 2, 2, 5, 4),
        "Conv3d": of(lambda: nn.Conv3d(2, 3, 2, padding=1, stride=(1, 2, 1)), 1, 2, 2, 3, 2),
        "ConvTranspose1d": of(lambda: nn.ConvTranspose1d(4, 2, 4, stride=3, padding=1, output_padding=1), 2, 4, 3),
        "ConvTranspose2d": of(
            lambda: nn.ConvTranspose2d(2, 4, 3, stride=(2, 1), padding=1, output_padding=(1, 0), groups=2), 2, 2, 3, 2
        ),
        "BatchNorm1d": of(lambda: nn.BatchNorm1d(3), 4, 3, 2),
        "BatchNorm2d": of(lambda: nn.BatchNorm2d(3), 3, 3, 2, 2),
        "GroupNorm": of(lambda: nn.GroupNorm(2, 4), 2, 4, 3),
        "LayerNorm": of(lambda: nn.LayerNorm(5), 3, 5),
        "RMSNorm": of(lambda: RMSNorm((5,), 2**-23), 3, 5),
        "InstanceNorm1d": of(lambda: nn.InstanceNorm1d(3, affine=True), 2, 3, 4),
        "InstanceNorm2d": of(lambda: nn.InstanceNorm2d(3, affine=True), 2, 3, 2, 3),
        "MaxPool1d": of(lambda: nn.MaxPool1d(3, stride=2, padding=1), 2, 2, 7),
        "AvgPool1d": of(lambda: nn.AvgPool1d(3, stride=2, padding=1), 2, 2, 7),
        "AdaptiveAvgPool1d": of(lambda: nn.AdaptiveAvgPool1d(3), 2, 2, 7),
        "MaxPool2d": of(lambda: nn.MaxPool2d((3, 2), stride=2, padding=1), 1, 2, 5, 6),
        "AvgPool2d": of(lambda: nn.AvgPool2d(3, stride=2, padding=1), 1, 2, 5, 6),
        "AdaptiveAvgPool2d": of(lambda: nn.AdaptiveAvgPool2d((2, 3)), 1, 2, 5, 4),
        "GlobalAvgPool2d": function(lambda x: x.mean((2, 3)), 2, 3, 4, 3),
        "PixelShuffle": of(lambda: nn.PixelShuffle(2), 2, 8, 2, 1),
        "PixelUnshuffle": of(lambda: nn.PixelUnshuffle(2), 2, 2, 4, 2),
        "Upsample": of(lambda: nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False), 1, 2, 3, 2),
        "ZeroPad1d": of(lambda: nn.ConstantPad1d((2, 1), 0.0), 2, 2, 3),
        "ConstantPad1d": of(lambda: nn.ConstantPad1d((2, 1), 0.5), 2, 2, 3),
        "ReflectionPad1d": of(lambda: nn.ReflectionPad1d((2, 1)), 2, 2, 3),
        "ReplicationPad1d": of(lambda: nn.ReplicationPad1d((2, 1)), 2, 2, 3),
        "ZeroPad2d": of(lambda: nn.ZeroPad2d((1, 2, 0, 1)), 1, 2, 3, 3),
        "ConstantPad2d": of(lambda: nn.ConstantPad2d((1, 2, 0, 1), -1.5), 1, 2, 3, 3),
        "ReflectionPad2d": of(lambda: nn.ReflectionPad2d((1, 2, 0, 1)), 1, 2, 3, 3),
        "ReplicationPad2d": of(lambda: nn.ReplicationPad2d((1, 2, 0, 1)), 1, 2, 3, 3),
        "RNN": recurrent(nn.RNN, nonlinearity="tanh"),
        "LSTM": recurrent(nn.LSTM),
        "GRU": recurrent(nn.GRU),
        "RNNCell": cell(nn.RNNCell),
        "LSTMCell": cell(nn.LSTMCell, True),
        "GRUCell": cell(nn.GRUCell),
        "scaledDotProductAttention": scaled_dot_product(),
        "MultiheadAttention": attention(),
        "BasicBlock": of(lambda: BasicBlock(2, 3, 2, "A"), 3, 2, 4, 4, rate=0.02),
        "ResNet": of(lambda: ResidualNet([1, 1, 1], [2, 3, 4], 5, "A"), 4, 3, 8, 8, rate=0.01),
        "PlainNet": of(lambda: ResidualNet([1, 1, 1], [2, 3, 4], 5, "none"), 4, 3, 8, 8, rate=0.01),
        "VGG": of(lambda: VGG([3, "M", 4], 5), 4, 3, 4, 4, rate=0.02),
    }


def losses():
    labels = torch.tensor([0, 3, 1, 3, 2])
    signs = torch.tensor([1, -1, 1, -1, -1])
    shares = (torch.softmax(draw(5, 4), 1) * 1000).round() / 1000
    x, y = (lambda: draw(5, 4)), draw(5, 4)
    return {
        "crossEntropy": loss(lambda x, y: F.cross_entropy(x, y, label_smoothing=0.1), x(), labels),
        "crossEntropyPerSample": loss(lambda x, y: F.cross_entropy(x, y, reduction="none").sum(), x(), labels),
        "nllLoss": loss(lambda x, y: F.nll_loss(x.log_softmax(1), y), x(), labels),
        "binaryCrossEntropyWithLogits": loss(F.binary_cross_entropy_with_logits, x(), shares),
        "klDiv": loss(lambda x, y: F.kl_div(x.log_softmax(1), y.softmax(1), reduction="batchmean"), x(), y),
        "mse": loss(F.mse_loss, x(), y),
        "l1Loss": loss(F.l1_loss, x(), y),
        "huberLoss": loss(lambda x, y: F.huber_loss(x, y, delta=0.5), x(), y),
        "smoothL1Loss": loss(lambda x, y: F.smooth_l1_loss(x, y, beta=0.5), x(), y),
        "hingeEmbeddingLoss": loss(lambda x, y: F.hinge_embedding_loss(x, y, margin=0.8), draw(5), signs),
        "cosineEmbeddingLoss": loss(
            lambda x, y, z: F.cosine_embedding_loss(x, z, y, margin=0.2), x(), signs, draw(5, 4)
        ),
    }


if __name__ == "__main__":
    runs = {**activations(), **layers(), **transformers(), **losses()}
    write(pathlib.Path(sys.argv[1]), "torch_training.json", {"runs": runs})
