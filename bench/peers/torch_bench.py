"""PyTorch as a contender of `deno task bench --torch PYTHON`: the protocol of protocol.ts.

One line of JSON in, one line out; numbers are made as in inputs.ts. Two threads.
"""

import json
import math
import sys
import time

import torch

THREADS = 2
CHECKED_STEPS = 5
LEARNING_RATE = 0.01
MASK = 0xFFFFFFFF



def hashes(count, stream):
    """MurmurHash3's finalizer; int64 wraps, and the low 32 bits are right all the same."""
    h = (torch.arange(count, dtype=torch.int64) + stream * 0x9E3779B9) & MASK
    h = ((h ^ (h >> 16)) * 0x85EBCA6B) & MASK
    h = ((h ^ (h >> 13)) * 0xC2B2AE35) & MASK
    return h ^ (h >> 16)


def values(shape, stream, scale=1.0):
    count = math.prod(shape)
    unit = (hashes(count, stream) & 0xFFFFFF).double() / 0x800000 - 1
    return (unit * scale).float().reshape(shape)


def probes(m, n):
    return [((i + 1) * 2654435761 & MASK) % (m * n) for i in range(64)]


def product(m, n, k):
    a, b = values((m, k), 1), values((k, n), 2)
    out = torch.empty(m, n)

    def run(times):
        for _ in range(times):
            torch.matmul(a, b, out=out)

    run(1)
    flat = out.flatten()
    return [flat[i].item() for i in probes(m, n)], run


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
    model = torch.nn.Sequential(*layers[:-1])
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

    return [step() for _ in range(CHECKED_STEPS)], run


def sample(run, target):
    runs = 1
    while True:
        start, cpu = time.perf_counter(), time.process_time()
        run(runs)
        elapsed = (time.perf_counter() - start) * 1000
        if elapsed >= 0.7 * target:
            cpu = (time.process_time() - cpu) * 1000
            return {"milliseconds": elapsed / runs, "cpuMilliseconds": cpu / runs, "runs": runs}
        runs = math.ceil(runs * min(16, max(1.3, target / elapsed)))


def main():
    torch.set_num_threads(THREADS)
    print(json.dumps({"ready": f"PyTorch {torch.__version__}, {THREADS} threads"}), flush=True)
    run = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["do"] == "prepare":
                subject = request["subject"]
                if subject["kind"] == "matmul":
                    check, run = product(subject["m"], subject["n"], subject["k"])
                else:
                    check, run = training(subject["widths"], subject["batch"])
                answer = {"check": check}
            else:
                answer = sample(run, request["milliseconds"])
        except Exception as error:
            answer = {"error": repr(error)}
        print(json.dumps(answer), flush=True)


main()
