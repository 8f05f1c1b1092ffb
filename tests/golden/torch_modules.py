"""Modules that this library has and PyTorch's `nn` (1.13) has not, for the scripts of this folder."""

import torch
import torch.nn.functional as F
from torch import nn


class RMSNorm(nn.Module):
    """As in PyTorch 2.4 and later."""

    def __init__(self, shape, eps, affine=True):
        super().__init__()
        self.axes = tuple(range(-len(shape), 0))
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(shape)) if affine else None

    def forward(self, x):
        y = x * torch.rsqrt((x * x).mean(self.axes, keepdim=True) + self.eps)
        return y if self.weight is None else y * self.weight


class BasicBlock(nn.Module):
    """He et al. 2016, with shortcut "none", "A", or "B"."""

    def __init__(self, inputs, outputs, stride, shortcut):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.shortcut, self.stride, self.extra = shortcut, stride, outputs - inputs
        if shortcut == "B" and (stride != 1 or inputs != outputs):
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def around(self, x):
        if self.shortcut == "A":
            return F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.extra))
        return self.downsample(x) if hasattr(self, "downsample") else x

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y if self.shortcut == "none" else y + self.around(x))


class ResidualNet(nn.Module):
    """A 3×3 stem, stages of blocks, and a linear layer."""

    def __init__(self, blocks, widths, classes, shortcut):
        super().__init__()
        self.conv1 = nn.Conv2d(3, widths[0], 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(widths[0])
        before = widths[0]
        for stage, (count, width) in enumerate(zip(blocks, widths), 1):
            strides = [2 if stage > 1 else 1] + [1] * (count - 1)
            parts = [BasicBlock(before if i == 0 else width, width, stride, shortcut) for i, stride in enumerate(strides)]
            setattr(self, f"layer{stage}", nn.Sequential(*parts))
            before = width
        self.stages = len(blocks)
        self.fc = nn.Linear(before, classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        for stage in range(1, self.stages + 1):
            x = getattr(self, f"layer{stage}")(x)
        return self.fc(x.mean((2, 3)))


class VGG(nn.Module):
    """Convolutions of 3×3 with batch normalization and ReLU; "M" is max pooling."""

    def __init__(self, line, classes):
        super().__init__()
        parts, before = [], 3
        for width in line:
            if width == "M":
                parts.append(nn.MaxPool2d(2))
                continue
            parts += [nn.Conv2d(before, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
            before = width
        self.features = nn.Sequential(*parts)
        self.classifier = nn.Linear(before, classes)

    def forward(self, x):
        return self.classifier(self.features(x).mean((2, 3)))
