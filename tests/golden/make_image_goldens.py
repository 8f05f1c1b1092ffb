"""Golden values of image layers from PyTorch: run by hand, the results are checked in.

    python3 tests/golden/make_image_goldens.py tests/golden/images.safetensors

Made with PyTorch 1.13 on a CPU, in float64 where nothing else is said, stored as float32.
Names are case/part: `conv0/x`, `conv0/y`, `conv0/grad/weight`, …
"""
import json
import struct
import sys

import torch
from torch import nn
import torch.nn.functional as F

from torch_modules import ResidualNet, RMSNorm

torch.manual_seed(7)
tensors = {}


def put(name, value):
    tensors[name] = value.detach().to(torch.float32).contiguous().clone()


def draw(*shape):
    """Multiples of 1/64, so that float32 holds the inputs exactly."""
    return torch.randint(-128, 129, shape).double() / 64


def record(case, module, x, forward=None):
    """Output, and gradients of Σ output·g for a drawn g."""
    for name, value in module.state_dict().items():
        if value.dtype != torch.int64:
            put(f"{case}/state/{name}", value)
    x.requires_grad_(True)
    y = (forward or module)(x)
    g = draw(*y.shape)
    y.backward(g)
    put(f"{case}/x", x)
    put(f"{case}/y", y)
    put(f"{case}/g", g)
    put(f"{case}/grad/x", x.grad)
    for name, p in module.named_parameters():
        put(f"{case}/grad/{name}", p.grad)


def exact(module):
    with torch.no_grad():
        for p in module.parameters():
            p.copy_(draw(*p.shape) / 4)
    return module.double()


for i, options in enumerate([
    dict(stride=1, padding=1),
    dict(stride=2, padding=1),
    dict(stride=1, padding=2, dilation=2),
    dict(stride=1, padding=1, groups=2),
    dict(stride=2, padding=0, groups=4),
    dict(stride=1, padding="same"),
]):
    record(f"conv{i}", exact(nn.Conv2d(4, 8, 3, **options)), draw(2, 4, 7, 9))
record("conv6", exact(nn.Conv2d(3, 5, 1, stride=2, bias=False)), draw(2, 3, 6, 6))

bn = exact(nn.BatchNorm2d(3))
record("bn", bn, draw(4, 3, 5, 5) + 3)
put("bn/after/running_mean", bn.running_mean)
put("bn/after/running_var", bn.running_var)
bn.eval()
bn.zero_grad()
record("bnEval", bn, draw(2, 3, 4, 4))
record("bn1d", exact(nn.BatchNorm1d(5)), draw(8, 5))
record("layerNorm", exact(nn.LayerNorm(6)), draw(4, 6))
record("groupNorm", exact(nn.GroupNorm(2, 6)), draw(2, 6, 3, 3))
record("maxPool", nn.MaxPool2d(3, stride=2, padding=1), draw(2, 3, 7, 7).round())  # with ties
record("avgPool", nn.AvgPool2d(2), draw(2, 3, 6, 6))
record("adaptive", nn.AdaptiveAvgPool2d((3, 2)), draw(2, 3, 7, 5))
record("upsample", nn.Upsample(scale_factor=2), draw(1, 2, 3, 3))


for case, shortcut in [("plainNet", "none"), ("resNet", "B")]:
    net = ResidualNet([1, 1, 1], [4, 6, 8], 5, shortcut).double()
    with torch.no_grad():
        for p in net.parameters():
            p.copy_(p.float().double())
    for name, value in net.state_dict().items():
        if value.dtype != torch.int64:
            put(f"{case}/before/{name}", value)
    x = draw(8, 3, 8, 8)
    labels = torch.arange(8) % 5
    put(f"{case}/x", x)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.9, weight_decay=5e-4)
    losses = []
    for step in range(20):
        optimizer.zero_grad()
        loss = F.cross_entropy(net(x), labels)
        loss.backward()
        if step == 0:
            for name, p in net.named_parameters():
                put(f"{case}/grad/{name}", p.grad)
        optimizer.step()
        losses.append(loss.item())
    put(f"{case}/losses", torch.tensor(losses))
    for name, value in net.state_dict().items():
        if value.dtype != torch.int64:
            put(f"{case}/after/{name}", value)

# drawn after all others, so that their numbers stay
at_kinks = torch.tensor([[0.0, -3.0, 3.0, -20.0, 20.0, 0.5]]).double()
for name, module in [
    ("silu", nn.SiLU()),
    ("elu", nn.ELU()),
    ("elu2", nn.ELU(0.5)),
    ("selu", nn.SELU()),
    ("softplus", nn.Softplus()),
    ("softplus2", nn.Softplus(2.5, threshold=100)),
    ("hardswish", nn.Hardswish()),
    ("softmax", nn.Softmax(dim=1)),
]:
    record(name, module, torch.cat([draw(4, 6), 3 * draw(4, 6), at_kinks]))
record("softmax0", nn.Softmax(dim=0), draw(4, 3))
record("rmsNorm", exact(RMSNorm((6,), 2**-23)), draw(4, 6))
record("rmsNorm2", exact(RMSNorm((3, 2), 0.25)), draw(4, 3, 2))
record("rmsNorm3", RMSNorm((5,), 2**-23, affine=False), draw(2, 4, 5))
record("instanceNorm1d", nn.InstanceNorm1d(3), draw(2, 3, 7))
record("instanceNorm2d", exact(nn.InstanceNorm2d(3, affine=True)), draw(2, 3, 4, 5) + 3)
record("instanceNorm2d2", nn.InstanceNorm2d(2, eps=0.1), draw(3, 2, 3, 3))
for i, (factor, align, size) in enumerate(
    [(2, False, (3, 4)), (3, False, (1, 2)), (2, True, (3, 4)), (3, True, (5, 1)), (1, False, (2, 3)), (4, True, (2, 2))]
):
    record(f"bilinear{i}", nn.Upsample(scale_factor=factor, mode="bilinear", align_corners=align), draw(2, 3, *size))
record("zeroPad", nn.ZeroPad2d((1, 2, 0, 3)), draw(2, 3, 3, 4))
record("constantPad", nn.ConstantPad2d(2, -1.5), draw(2, 3, 1, 2))
record("reflectionPad", nn.ReflectionPad2d((3, 2, 1, 0)), draw(2, 3, 2, 4))
record("reflectionPad2", nn.ReflectionPad2d(2), draw(1, 2, 3, 3))
record("replicationPad", nn.ReplicationPad2d((3, 0, 1, 4)), draw(2, 3, 2, 1))
for i, (size, options) in enumerate([
    (3, dict()),
    ((2, 3), dict(stride=(2, 1), padding=(1, 0))),
    (4, dict(stride=2, padding=1)),
    (3, dict(stride=(3, 2), padding=1, output_padding=(2, 1), dilation=(1, 2))),
    (3, dict(stride=2, groups=2, bias=False)),
    (1, dict(stride=2, padding=0, output_padding=1)),
    (2, dict(dilation=3, padding=2, output_padding=2)),
    (3, dict(padding=2)),
]):
    record(f"convTranspose{i}", exact(nn.ConvTranspose2d(4, 6, size, **options)), draw(2, 4, 3, 5))
record("rectangular", exact(nn.Conv2d(3, 4, (1, 4), stride=(1, 2), padding=(0, 3))), draw(2, 3, 4, 5))
for i, options in enumerate([
    dict(), dict(stride=2, padding=2, dilation=3), dict(padding="same", groups=2), dict(bias=False, stride=3),
]):
    record(f"conv1d{i}", exact(nn.Conv1d(4, 6, 3, **options)), draw(2, 4, 9))
for i, options in enumerate([
    dict(), dict(stride=3, padding=1, output_padding=2, dilation=2), dict(groups=2, bias=False),
]):
    record(f"convTranspose1d{i}", exact(nn.ConvTranspose1d(4, 6, 4, **options)), draw(2, 4, 5))
for i, (size, options) in enumerate([
    (3, dict(padding=1)),
    ((2, 1, 3), dict(stride=(2, 1, 2), padding=(1, 0, 2), dilation=(2, 1, 1), groups=2)),
    (1, dict(bias=False)),
    ((4, 2, 2), dict(stride=3, padding=1)),
]):
    record(f"conv3d{i}", exact(nn.Conv3d(4, 6, size, **options)), draw(2, 4, 4, 3, 5))
record("maxPool1d", nn.MaxPool1d(3, stride=2, padding=1), draw(2, 3, 8).round())
record("avgPool1d", nn.AvgPool1d(3, padding=1), draw(2, 3, 8))
record("adaptive1d", nn.AdaptiveAvgPool1d(3), draw(2, 3, 7))
record("pixelShuffle", nn.PixelShuffle(3), draw(2, 18, 2, 3))
record("pixelUnshuffle", nn.PixelUnshuffle(2), draw(2, 3, 4, 6))
record("constantPad1d", nn.ConstantPad1d((2, 1), 0.5), draw(2, 3, 4))
record("reflectionPad1d", nn.ReflectionPad1d((3, 1)), draw(2, 3, 4))
record("replicationPad1d", nn.ReplicationPad1d(2), draw(2, 3, 1))

for case, layers, shape in [
    ("auto1d", [nn.Conv1d(3, 6, 3, padding=1), nn.ReLU(), nn.MaxPool1d(2),
                nn.ConvTranspose1d(6, 3, 4, stride=2, padding=1)], (4, 3, 8)),
    ("auto2d", [nn.Conv2d(2, 6, (3, 4), stride=2, padding=1), nn.ReLU(),
                nn.ConvTranspose2d(6, 8, (3, 4), stride=2, padding=1, output_padding=(1, 0)), nn.Tanh(),
                nn.Conv2d(8, 8, 1), nn.PixelUnshuffle(2), nn.PixelShuffle(4)], (3, 2, 8, 8)),
    ("auto3d", [nn.Conv3d(2, 4, 3, padding=1), nn.ReLU(), nn.Conv3d(4, 2, (1, 2, 3), padding=(0, 1, 1))],
     (2, 2, 3, 4, 5)),
]:
    net = exact(nn.Sequential(*layers))
    for name, value in net.state_dict().items():
        put(f"{case}/before/{name}", value)
    x = draw(*shape)
    target = draw(*net(x).shape)
    put(f"{case}/x", x)
    put(f"{case}/target", target)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    losses = []
    for step in range(20):
        optimizer.zero_grad()
        loss = F.mse_loss(net(x), target)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    put(f"{case}/losses", torch.tensor(losses))
    for name, value in net.state_dict().items():
        put(f"{case}/after/{name}", value)

header, data, offset = {}, b"", 0
for name in sorted(tensors):
    raw = tensors[name].numpy().tobytes()
    header[name] = {"dtype": "F32", "shape": list(tensors[name].shape),
                    "data_offsets": [offset, offset + len(raw)]}
    data += raw
    offset += len(raw)
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
with open(sys.argv[1], "wb") as file:
    file.write(struct.pack("<Q", len(text)) + text + data)
print(len(data), "bytes,", len(tensors), "tensors")
