"""Writes the golden files of this folder: what PyTorch computes, in float64.

    python3 tests/golden/make_torch_goldens.py tests/golden

The files say which version made them. Numbers have nine digits; inputs have three, so that
they are the same in every format.
"""

import json
import pathlib
import sys

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
random = torch.Generator().manual_seed(20190515)


def draw(*shape, scale=1.0):
    values = torch.randn(shape, generator=random) * scale
    return (values * 1000).round() / 1000


def numbers(tensor):
    flat = tensor.detach().reshape(-1).tolist()
    return {"shape": list(tensor.shape), "data": [float(f"{value:.9g}") for value in flat]}


def case(name, function, inputs, **options):
    """One function with the gradients of its inputs for a random cotangent."""
    leaves = {
        key: value.clone().requires_grad_(value.is_floating_point())
        for key, value in inputs.items()
    }
    result = function(**leaves)
    cotangent = draw(*result.shape)
    result.backward(cotangent)
    return {
        "name": name,
        "options": options,
        "inputs": {key: numbers(value) for key, value in inputs.items()},
        "cotangent": numbers(cotangent),
        "output": numbers(result),
        "gradients": {
            key: numbers(leaf.grad) for key, leaf in leaves.items() if leaf.requires_grad
        },
    }


def conv_case(images, weight, **options):
    return case(
        "conv2d",
        lambda x, weight: F.conv2d(x, weight, **options),
        {"x": draw(*images), "weight": draw(*weight)},
        **options,
    )


def op_cases():
    x = draw(4, 5)
    ties = torch.tensor([[1.0, 3.0, 3.0, -1.0], [2.0, 2.0, 2.0, 2.0], [0.0, -1.0, 5.0, 5.0]])
    labels = torch.tensor([0, 4, 2, 2])
    large = torch.tensor([[1000.0, 1001.0, -1000.0], [-1e4, 0.0, 1e4]])
    other = torch.tensor([[1.0, 0.0, 4.0, -1.0], [2.0, 3.0, 1.0, 2.0], [0.0, -2.0, 6.0, 5.0]])
    images = draw(2, 3, 6, 7)
    return [
        case(
            "linear",
            lambda x, weight, bias: F.linear(x, weight, bias),
            {"x": x, "weight": draw(3, 5), "bias": draw(3)},
        ),
        case("relu", lambda x: F.relu(x), {"x": torch.tensor([-1.5, 0.0, 2.0, -0.0])}),
        case("leakyRelu", lambda x: F.leaky_relu(x, 0.1), {"x": torch.tensor([-1.5, 0.0, 2.0])}, slope=0.1),
        case("gelu", lambda x: F.gelu(x), {"x": x * 2}),
        case("sigmoid", lambda x: torch.sigmoid(x), {"x": x * 5}),
        case("tanh", lambda x: torch.tanh(x), {"x": x}),
        case("abs", lambda x: x.abs(), {"x": torch.tensor([-1.5, 0.0, 2.0])}),
        case("softmax", lambda x: F.softmax(x, 1), {"x": x}, axis=1),
        case("softmax", lambda x: F.softmax(x, 0), {"x": x}, axis=0),
        case("softmax", lambda x: F.softmax(x, 1), {"x": large}, axis=1),
        case("logSoftmax", lambda x: F.log_softmax(x, 1), {"x": large}, axis=1),
        case("logSumExp", lambda x: torch.logsumexp(x, (1,)), {"x": large}, axes=[1]),
        case("crossEntropy", lambda x, labels: F.cross_entropy(x, labels, reduction="none"), {"x": x, "labels": labels}),
        case("mse", lambda x, target: F.mse_loss(x, target), {"x": x, "target": draw(4, 5)}),
        case("max", lambda x: x.amax(1), {"x": ties}, axes=[1]),
        case("min", lambda x: x.amin((0, 1)), {"x": ties}, axes=[0, 1]),
        case("maximum", lambda x, y: torch.maximum(x, y), {"x": ties, "y": other}),
        case("minimum", lambda x, y: torch.minimum(x, y), {"x": ties, "y": other}),
        case(
            "pow",
            lambda x, y: torch.pow(x, y),
            {"x": torch.tensor([2.0, 0.5, 3.0, 0.0]), "y": torch.tensor([3.0, -1.5, 0.0, 2.0])},
        ),
        conv_case((2, 3, 5, 6), (4, 3, 3, 3), stride=1, padding=1),
        conv_case((2, 3, 7, 6), (4, 3, 3, 2), stride=2, padding=1),
        conv_case((1, 2, 7, 7), (3, 2, 3, 3), dilation=2),
        conv_case((2, 4, 5, 5), (6, 2, 3, 3), groups=2, padding="same"),
        case("maxPool2d", lambda x: F.max_pool2d(x, 2), {"x": images}, size=2),
        case("maxPool2d", lambda x: F.max_pool2d(x, 3, 2, 1), {"x": images}, size=3, stride=2, padding=1),
        case("maxPool2d", lambda x: F.max_pool2d(x, 2), {"x": torch.ones(1, 1, 2, 4)}, size=2),
        case("avgPool2d", lambda x: F.avg_pool2d(x, 3, 2, 1), {"x": images}, size=3, stride=2, padding=1),
    ]


def cross_entropy_cases():
    """Drawn after all others, so that their numbers stay."""
    x = draw(4, 5)
    labels = torch.tensor([0, 4, 2, 2])
    target = torch.softmax(draw(4, 5), 1).mul(1000).round() / 1000
    loss = lambda smoothing: lambda x, **targets: F.cross_entropy(
        x, *targets.values(), reduction="none", label_smoothing=smoothing
    )
    return [
        case("crossEntropy", loss(smoothing), {"x": x, name: values}, labelSmoothing=smoothing)
        for name, values in (("labels", labels), ("target", target))
        for smoothing in (0.0, 0.1, 1.0)
    ]


class NAdam(torch.optim.Optimizer):
    """As documented by PyTorch. Version 1.13 multiplies the second product by μₜ twice."""

    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, momentum_decay=4e-3):
        super().__init__(params, dict(lr=lr, betas=betas, eps=eps, weight_decay=weight_decay))
        self.steps, self.product, self.momentum_decay = 0, 1.0, momentum_decay

    @torch.no_grad()
    def step(self):
        self.steps += 1
        group = self.param_groups[0]
        beta1, beta2 = group["betas"]
        mu, mu_next = (
            beta1 * (1 - 0.5 * 0.96 ** (t * self.momentum_decay)) for t in (self.steps, self.steps + 1)
        )
        self.product *= mu
        for p in group["params"]:
            m = self.state[p].setdefault("m", torch.zeros_like(p))
            v = self.state[p].setdefault("v", torch.zeros_like(p))
            g = p.grad + group["weight_decay"] * p
            m.mul_(beta1).add_(g, alpha=1 - beta1)
            v.mul_(beta2).addcmul_(g, g, value=1 - beta2)
            root = (v / (1 - beta2**self.steps)).sqrt() + group["eps"]
            ahead = mu_next * m / (1 - self.product * mu_next)
            p -= group["lr"] * (ahead + (1 - mu) * g / (1 - self.product)) / root


class Lion(torch.optim.Optimizer):
    """Chen et al. 2023, Algorithm 2."""

    def __init__(self, params, lr, betas=(0.9, 0.99), weight_decay=0.0):
        super().__init__(params, dict(lr=lr, betas=betas, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for p in group["params"]:
                m = self.state[p].setdefault("m", torch.zeros_like(p))
                c = beta1 * m + (1 - beta1) * p.grad
                p -= group["lr"] * (c.sign() + group["weight_decay"] * p)
                m.mul_(beta2).add_(p.grad, alpha=1 - beta2)


class Lamb(torch.optim.Optimizer):
    """You et al. 2020, Algorithm 2, with φ(x) = x."""

    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-6, weight_decay=0.01):
        super().__init__(params, dict(lr=lr, betas=betas, eps=eps, weight_decay=weight_decay))
        self.steps = 0

    @torch.no_grad()
    def step(self):
        self.steps += 1
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for p in group["params"]:
                m = self.state[p].setdefault("m", torch.zeros_like(p))
                v = self.state[p].setdefault("v", torch.zeros_like(p))
                m.mul_(beta1).add_(p.grad, alpha=1 - beta1)
                v.mul_(beta2).addcmul_(p.grad, p.grad, value=1 - beta2)
                mean, square = m / (1 - beta1**self.steps), v / (1 - beta2**self.steps)
                r = mean / (square.sqrt() + group["eps"]) + group["weight_decay"] * p
                size, length = p.norm(), r.norm()
                ratio = size / length if size > 0 and length > 0 else 1.0
                p -= group["lr"] * ratio * r


class Muon(torch.optim.Optimizer):
    """As in PyTorch 2.9, but for the bfloat16 of its Newton–Schulz steps; SGD for what is no matrix."""

    def __init__(self, params, lr, momentum=0.95, nesterov=True, weight_decay=0.1, adjust="original"):
        super().__init__(params, {})
        self.lr, self.momentum, self.nesterov = lr, momentum, nesterov
        self.weight_decay, self.adjust = weight_decay, adjust

    @torch.no_grad()
    def step(self):
        for p in self.param_groups[0]["params"]:
            if p.dim() != 2:
                p -= 0.1 * p.grad
                continue
            buf = self.state[p].setdefault("b", torch.zeros_like(p))
            buf.lerp_(p.grad, 1 - self.momentum)
            x = p.grad.lerp(buf, self.momentum) if self.nesterov else buf.clone()
            rows, columns = p.shape
            if rows > columns:
                x = x.T
            x = x / x.norm().clamp(min=1e-7)
            for _ in range(5):
                gram = x @ x.T
                x = 3.4445 * x + (-4.775 * gram + 2.0315 * gram @ gram) @ x
            if rows > columns:
                x = x.T
            original = max(1, rows / columns) ** 0.5
            factor = original if self.adjust == "original" else 0.2 * max(rows, columns) ** 0.5
            p.mul_(1 - self.lr * self.weight_decay)
            p -= self.lr * factor * x


class ClippedSGD(torch.optim.SGD):
    """SGD that limits each element of the gradients first."""

    def step(self):
        torch.nn.utils.clip_grad_value_(self.param_groups[0]["params"], 0.02)
        super().step()


OPTIMIZERS = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.1),
    "sgdWeightDecay": lambda p: torch.optim.SGD(p, lr=0.1, weight_decay=0.05),
    "sgdMomentum": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9),
    "sgdDampened": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, dampening=0.5),
    "sgdNesterov": lambda p: torch.optim.SGD(
        p, lr=0.05, momentum=0.9, nesterov=True, weight_decay=0.01
    ),
    "adam": lambda p: torch.optim.Adam(p, lr=0.01),
    "adamWeightDecay": lambda p: torch.optim.Adam(
        p, lr=0.01, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.1
    ),
    "adamW": lambda p: torch.optim.AdamW(p, lr=0.01),
    "adamWDecay": lambda p: torch.optim.AdamW(p, lr=0.02, weight_decay=0.2),
    "adagrad": lambda p: torch.optim.Adagrad(p, lr=0.05),
    "adagradDecay": lambda p: torch.optim.Adagrad(
        p, lr=0.1, lr_decay=0.1, weight_decay=0.05, initial_accumulator_value=0.1, eps=1e-6
    ),
    "adamax": lambda p: torch.optim.Adamax(p, lr=0.02),
    "adamaxDecay": lambda p: torch.optim.Adamax(
        p, lr=0.02, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.1
    ),
    "nadam": lambda p: NAdam(p, lr=0.01),
    "nadamDecay": lambda p: NAdam(
        p, lr=0.01, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.1, momentum_decay=0.05
    ),
    "lion": lambda p: Lion(p, lr=0.01),
    "lionDecay": lambda p: Lion(p, lr=0.01, betas=(0.8, 0.95), weight_decay=0.3),
    "lamb": lambda p: Lamb(p, lr=0.02),
    "lambDecay": lambda p: Lamb(p, lr=0.02, betas=(0.8, 0.95), eps=1e-5, weight_decay=0.2),
    "muon": lambda p: Muon(p, lr=0.02),
    "muonPlain": lambda p: Muon(
        p, lr=0.02, momentum=0.8, nesterov=False, weight_decay=0.0, adjust="matchRmsAdamw"
    ),
    "rmsProp": lambda p: torch.optim.RMSprop(p, lr=0.01),
    "rmsPropDecay": lambda p: torch.optim.RMSprop(p, lr=0.02, alpha=0.9, eps=1e-4, weight_decay=0.1),
    "clipByValue": lambda p: ClippedSGD(p, lr=0.1),
}

STEPS = 30


def mlp(parameters, x):
    w1, b1, w2, b2 = parameters
    return F.linear(F.relu(F.linear(x, w1, b1)), w2, b2)


def trajectories():
    x = draw(16, 4)
    labels = torch.randint(0, 3, (16,), generator=random)
    start = [draw(8, 4, scale=0.5), draw(8, scale=0.1), draw(3, 8, scale=0.5), draw(3, scale=0.1)]
    runs = {}
    for name, make in OPTIMIZERS.items():
        parameters = [value.clone().requires_grad_() for value in start]
        optimizer = make(parameters)
        losses = []
        for _ in range(STEPS):
            loss = F.cross_entropy(mlp(parameters, x), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())
        runs[name] = {
            "losses": numbers(torch.stack(losses))["data"],
            "parameters": [numbers(value) for value in parameters],
        }
    return {
        "x": numbers(x),
        "labels": numbers(labels),
        "start": [numbers(value) for value in start],
        "runs": runs,
    }


def write(folder, name, content):
    text = json.dumps({"torch": torch.__version__, **content}, separators=(",", ":"))
    (folder / name).write_text(text + "\n")


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    cases, training = op_cases(), trajectories()
    write(folder, "torch_ops.json", {"cases": cases + cross_entropy_cases()})
    write(folder, "torch_optimizers.json", training)
