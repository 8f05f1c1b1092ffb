"""PyTorch as a contender of `deno task bench --torch PYTHON`: the protocol of protocol.ts.

Reads and writes one line of JSON at a time. Generates the same numbers as inputs.ts. Two threads.
"""

import json
import math
import sys
import time

import torch

THREADS = 2
CHECKED_STEPS = 5
CHECKED_PLAIN_NET_STEPS = 2
LEARNING_RATE = 0.01
MASK = 0xFFFFFFFF

def hashes(count, stream):
    """MurmurHash3's finalizer. int64 wraps around, but the low 32 bits are correct."""
    h = (torch.arange(count, dtype=torch.int64) + stream * 0x9E3779B9) & MASK
    h = ((h ^ (h >> 16)) * 0x85EBCA6B) & MASK
    h = ((h ^ (h >> 13)) * 0xC2B2AE35) & MASK
    return h ^ (h >> 16)


def values(shape, stream, scale=1.0):
    count = math.prod(shape)
    unit = (hashes(count, stream) & 0xFFFFFF).double() / 0x800000 - 1
    return (unit * scale).float().reshape(shape)


def probed(result):
    flat = result.detach().flatten()
    return [flat[((i + 1) * 2654435761 & MASK) % len(flat)].item() for i in range(64)]


def product(m, n, k):
    a, b = values((m, k), 1), values((k, n), 2)
    out = torch.empty(m, n)

    def run(times):
        for _ in range(times):
            torch.matmul(a, b, out=out)

    run(1)
    return probed(out), run


def convolution(n, inputs, outputs, size, backward):
    x = values((n, inputs, size, size), 1).requires_grad_(backward)
    w = values((outputs, inputs, 3, 3), 2).requires_grad_(backward)
    g = values((n, outputs, size, size), 3)

    def once():
        y = torch.nn.functional.conv2d(x, w, padding=1)
        if not backward:
            return [y]
        loss = (y * g).sum()
        return [loss, *torch.autograd.grad(loss, (x, w))]

    def run(times):
        for _ in range(times):
            once()

    check = []
    for result in once():
        check += probed(result) if result.dim() else [result.item()]
    return check, run


class PlainNet(torch.nn.Module):
    """A network for CIFAR, with the same layers and numbers as conv_inputs.ts.

    Shortcuts are those of type A: every other pixel, and zeros for the new channels.
    """

    def __init__(self, depth, shortcuts):
        super().__init__()
        self.shortcuts = shortcuts
        layers, channels = [], 3
        for stage, outputs in enumerate((16, 32, 64)):
            for i in range((depth - 2) // 3 + (stage == 0)):
                stride = 2 if stage > 0 and i == 0 else 1
                conv = torch.nn.Conv2d(channels, outputs, 3, stride, padding=1, bias=False)
                with torch.no_grad():
                    scale = math.sqrt(6 / (9 * channels))
                    conv.weight.copy_(values(conv.weight.shape, 10 + len(layers) // 3, scale))
                layers += [conv, torch.nn.BatchNorm2d(outputs), torch.nn.ReLU()]
                channels = outputs
        self.features = torch.nn.Sequential(*layers)
        self.fc = torch.nn.Linear(channels, 10)
        with torch.no_grad():
            self.fc.weight.copy_(values((10, channels), 8, math.sqrt(6 / channels)))
            self.fc.bias.copy_(values((10,), 9, 0.1))

    def forward(self, x):
        if not self.shortcuts:
            return self.fc(self.features(x).mean((2, 3)))
        x = self.features[:3](x)
        for first in range(3, len(self.features), 6):
            block = self.features[first : first + 6]
            y, more = block[:5](x), block[0].out_channels - x.shape[1]
            if more:
                x = torch.nn.functional.pad(
                    x[:, :, ::2, ::2], (0, 0, 0, 0, more // 2, more - more // 2)
                )
            x = block[5](y + x)
        return self.fc(x.mean((2, 3)))


def training(widths, batch):
    x = values((batch, widths[0]), 1)
    y = hashes(batch, 2) % widths[-1]
    layers = []
    for i, (inputs, outputs) in enumerate(zip(widths, widths[1:])):
        layer = torch.nn.Linear(inputs, outputs)
        with torch.no_grad():
            layer.weight.copy_(values((outputs, inputs), 10 + 2 * i, math.sqrt(6 / inputs)))
            layer.bias.copy_(values((outputs,), 11 + 2 * i, 0.1))
        layers += [layer, torch.nn.ReLU()]
    return trained(torch.nn.Sequential(*layers[:-1]), x, y, CHECKED_STEPS)


def plain_net(depth, batch, shortcuts):
    x = values((batch, 3, 32, 32), 1)
    y = hashes(batch, 2) % 10
    return trained(PlainNet(depth, shortcuts), x, y, CHECKED_PLAIN_NET_STEPS)


class RecurrentNet(torch.nn.Module):
    """An LSTM with the same numbers as recurrent_inputs.ts."""

    def __init__(self, size, layers):
        super().__init__()
        self.lstm = torch.nn.LSTM(size, size, layers, batch_first=True)
        self.fc = torch.nn.Linear(size, 10)
        scale = 1 / math.sqrt(size)
        with torch.no_grad():
            for i, value in enumerate(self.lstm.parameters()):
                value.copy_(values(value.shape, 10 + i, scale))
            self.fc.weight.copy_(values((10, size), 8, scale))
            self.fc.bias.copy_(values((10,), 9, scale))

    def forward(self, x):
        return self.fc(self.lstm(x)[1][0][-1])


def recurrent(steps, batch, size, layers):
    x = values((batch, steps, size), 1)
    y = hashes(batch, 2) % 10
    return trained(RecurrentNet(size, layers), x, y, CHECKED_STEPS)


class CharTransformer(torch.nn.Module):
    """The same layers and numbers as transformer.ts."""

    def __init__(self, characters, width, heads, layers, positions):
        super().__init__()
        self.tokens = torch.nn.Embedding(characters, width)
        self.positions = torch.nn.Embedding(positions, width)
        layer = torch.nn.TransformerEncoderLayer(
            width, heads, 4 * width, 0.0, "gelu", batch_first=True, norm_first=True
        )
        self.encoder = torch.nn.TransformerEncoder(layer, layers, torch.nn.LayerNorm(width))
        self.head = torch.nn.Linear(width, characters)
        mask = torch.ones(positions, positions, dtype=torch.bool).triu(1)
        self.register_buffer("mask", mask)
        with torch.no_grad():
            for i, (name, weight) in enumerate(sorted(self.named_parameters())):
                if weight.dim() > 1:
                    weight.copy_(values(weight.shape, 10 + i, math.sqrt(3 / weight.shape[1])))
                else:
                    weight.fill_(1 if name.endswith("weight") else 0)

    def forward(self, x):
        x = self.tokens(x) + self.positions(torch.arange(x.shape[1]))
        return self.head(self.encoder(x, self.mask)).transpose(1, 2)


def transformer(characters, width, heads, layers, positions, batch):
    x = (hashes(batch * positions, 1) % characters).reshape(batch, positions)
    y = (hashes(batch * positions, 2) % characters).reshape(batch, positions)
    model = CharTransformer(characters, width, heads, layers, positions)
    return trained(model, x, y, CHECKED_STEPS)


def trained(model, x, y, checked_steps):
    optimizer = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE)

    def step():
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    def run(times):
        for _ in range(times):
            step()

    return [step() for _ in range(checked_steps)], run


def sample(run, target):
    run(1)  # idle threads may have slept or exited while others were timed
    runs = 1
    while True:
        start, cpu = time.perf_counter(), time.process_time()
        run(runs)
        elapsed = (time.perf_counter() - start) * 1000
        if elapsed >= 0.7 * target:
            cpu = (time.process_time() - cpu) * 1000
            return {"milliseconds": elapsed / runs, "cpuMilliseconds": cpu / runs, "runs": runs}
        runs = math.ceil(runs * min(16, max(1.3, target / elapsed)))


KINDS = {
    "matmul": product,
    "conv": convolution,
    "training": training,
    "plainNet": plain_net,
    "recurrent": recurrent,
    "transformer": transformer,
}


def main():
    torch.set_num_threads(THREADS)
    print(json.dumps({"ready": f"PyTorch {torch.__version__}, {THREADS} threads"}), flush=True)
    run = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["do"] == "prepare":
                subject = request["subject"]
                check, run = KINDS[subject.pop("kind")](**subject)
                answer = {"check": check}
            else:
                answer = sample(run, request["milliseconds"])
        except Exception as error:
            answer = {"error": repr(error)}
        print(json.dumps(answer), flush=True)


main()
