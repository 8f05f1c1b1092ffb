"""Writes small ONNX files by PyTorch's exporter, and PyTorch's outputs and training losses for them.

Run with PyTorch 1.13: python3 tests/golden/make_onnx_goldens.py
"""

import base64
import json
import pathlib

import torch
import torch.nn as nn
import torch.nn.functional as F

FOLDER = pathlib.Path(__file__).parent / "onnx"
RATE = 0.05
STEPS = 5


class BasicBlock(nn.Module):
    """Named as in torchvision."""

    def __init__(self, inside, outside, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inside, outside, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outside)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(outside, outside, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outside)
        self.downsample = None
        if stride != 1 or inside != outside:
            self.downsample = nn.Sequential(
                nn.Conv2d(inside, outside, 1, stride, bias=False), nn.BatchNorm2d(outside)
            )

    def forward(self, x):
        shortcut = x if self.downsample is None else self.downsample(x)
        y = self.relu(self.bn1(self.conv1(x)))
        return self.relu(self.bn2(self.conv2(y)) + shortcut)


class ResNet(nn.Module):
    """ResNet-18 of torchvision with narrow layers."""

    def __init__(self, blocks=2, widths=(4, 4, 6, 8), classes=5):
        super().__init__()
        self.conv1 = nn.Conv2d(3, widths[0], 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(widths[0])
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        inside = widths[0]
        for i, width in enumerate(widths):
            stride = 1 if i == 0 else 2
            later = [BasicBlock(width, width, 1) for _ in range(blocks - 1)]
            stage = nn.Sequential(BasicBlock(inside, width, stride), *later)
            setattr(self, f"layer{i + 1}", stage)
            inside = width
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(inside, classes)

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(torch.flatten(self.avgpool(x), 1))


class InvertedResidual(nn.Module):
    """Named as in torchvision's MobileNetV2."""

    def __init__(self, inside, outside, stride, expand):
        super().__init__()
        hidden = inside * expand
        self.use_res_connect = stride == 1 and inside == outside
        self.conv = nn.Sequential(
            nn.Sequential(nn.Conv2d(inside, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6()),
            nn.Sequential(
                nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False),
                nn.BatchNorm2d(hidden),
                nn.ReLU6(),
            ),
            nn.Conv2d(hidden, outside, 1, bias=False),
            nn.BatchNorm2d(outside),
        )

    def forward(self, x):
        return x + self.conv(x) if self.use_res_connect else self.conv(x)


class MobileNet(nn.Module):
    def __init__(self, classes=5):
        super().__init__()
        self.features = nn.Sequential(
            nn.Sequential(nn.Conv2d(3, 6, 3, 2, 1, bias=False), nn.BatchNorm2d(6), nn.Hardswish()),
            InvertedResidual(6, 6, 1, 2),
            InvertedResidual(6, 8, 2, 3),
        )
        self.squeeze = nn.Conv2d(8, 8, 1)
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(8, classes))

    def forward(self, x):
        x = self.features(x)
        gate = F.hardsigmoid(self.squeeze(F.adaptive_avg_pool2d(x, 1)))
        x = F.adaptive_avg_pool2d(x * gate, 1).reshape(x.shape[0], -1)
        return self.classifier(x)


class Yolo(nn.Module):
    """Parts of a YOLO detector: SiLU, pooling pyramid, upsampling, concatenation, a decoded head."""

    def __init__(self, anchors=3, classes=2):
        super().__init__()
        self.anchors, self.fields = anchors, classes + 5
        self.stem = nn.Sequential(nn.Conv2d(3, 6, 3, 2, 1), nn.BatchNorm2d(6), nn.SiLU())
        self.down = nn.Sequential(nn.Conv2d(6, 8, 3, 2, 1), nn.BatchNorm2d(8), nn.SiLU())
        self.pool = nn.MaxPool2d(5, 1, 2)
        self.mix = nn.Conv2d(32, 6, 1)
        self.up = nn.Upsample(scale_factor=2, mode="nearest")
        self.head = nn.Conv2d(12, anchors * self.fields, 1)
        self.register_buffer("anchor_grid", torch.tensor([[1.0, 2], [2, 1], [3, 3]]).view(1, 3, 1, 1, 2))

    def forward(self, x):
        a = self.stem(x)
        b = self.down(a)
        pools = [b]
        for _ in range(3):
            pools.append(self.pool(pools[-1]))
        b = self.up(F.leaky_relu(self.mix(torch.cat(pools, 1)), 0.1))
        y = self.head(torch.cat((a, b), 1))
        n, _, h, w = y.shape
        y = y.view(n, self.anchors, self.fields, h, w).permute(0, 1, 3, 4, 2).contiguous().sigmoid()
        rows, columns = torch.meshgrid(torch.arange(h), torch.arange(w), indexing="ij")
        grid = torch.stack((columns, rows), 2).view(1, 1, h, w, 2).float()
        xy, size, rest = y.split((2, 2, self.fields - 4), 4)
        xy = (xy * 2 - 0.5 + grid) * 8
        size = (size * 2) ** 2 * self.anchor_grid
        return torch.cat((xy, size, rest), 4).view(n, -1, self.fields)


class SelfAttention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads, self.size = heads, width // heads
        self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))
        self.dense = nn.Linear(width, width)

    def split(self, x):
        return x.view(x.size()[:-1] + (self.heads, self.size)).permute(0, 2, 1, 3)

    def forward(self, x, mask):
        q, k, v = self.split(self.query(x)), self.split(self.key(x)), self.split(self.value(x))
        scores = torch.matmul(q, k.transpose(-1, -2)) / self.size**0.5 + mask
        y = torch.matmul(F.softmax(scores, -1), v).permute(0, 2, 1, 3).contiguous()
        return self.dense(y.view(y.size()[:-2] + (self.heads * self.size,)))


class BertLayer(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.attention = SelfAttention(width, heads)
        self.norm1, self.norm2 = nn.LayerNorm(width, 1e-12), nn.LayerNorm(width, 1e-12)
        self.intermediate, self.output = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)

    def forward(self, x, mask):
        x = self.norm1(x + self.attention(x, mask))
        return self.norm2(x + self.output(F.gelu(self.intermediate(x))))


class Bert(nn.Module):
    """Embeddings, masks, and layers as in Hugging Face's BERT."""

    def __init__(self, layers=2, words=20, width=8, heads=2, classes=3):
        super().__init__()
        self.word_embeddings = nn.Embedding(words, width)
        self.position_embeddings = nn.Embedding(16, width)
        self.token_type_embeddings = nn.Embedding(2, width)
        self.norm = nn.LayerNorm(width, 1e-12)
        self.layers = nn.ModuleList([BertLayer(width, heads) for _ in range(layers)])
        self.pooler, self.classifier = nn.Linear(width, width), nn.Linear(width, classes)
        self.register_buffer("position_ids", torch.arange(16).expand((1, -1)))

    def forward(self, input_ids, attention_mask, token_type_ids):
        positions = self.position_ids[:, : input_ids.size(1)]
        x = self.word_embeddings(input_ids) + self.token_type_embeddings(token_type_ids)
        x = self.norm(x + self.position_embeddings(positions))
        mask = (1.0 - attention_mask[:, None, None, :].to(x.dtype)) * torch.finfo(x.dtype).min
        for layer in self.layers:
            x = layer(x, mask)
        return self.classifier(torch.tanh(self.pooler(x[:, 0]))), x


class Conv1D(nn.Module):
    """The linear layer of GPT-2."""

    def __init__(self, inside, outside):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(inside, outside) * 0.2)
        self.bias = nn.Parameter(torch.randn(outside) * 0.1)

    def forward(self, x):
        size = x.size()[:-1] + (self.bias.shape[0],)
        return torch.addmm(self.bias, x.view(-1, x.size(-1)), self.weight).view(size)


class GptBlock(nn.Module):
    def __init__(self, width, heads, length):
        super().__init__()
        self.heads = heads
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.c_attn, self.c_proj = Conv1D(width, 3 * width), Conv1D(width, width)
        self.c_fc, self.mlp_proj = Conv1D(width, 4 * width), Conv1D(4 * width, width)
        mask = torch.tril(torch.ones((length, length), dtype=torch.uint8))
        self.register_buffer("bias", mask.view(1, 1, length, length).bool())
        self.register_buffer("masked_bias", torch.tensor(-1e4))

    def attend(self, x):
        q, k, v = self.c_attn(x).split(x.size(-1), 2)
        new = x.size()[:-1] + (self.heads, x.size(-1) // self.heads)
        q, k, v = (part.view(new).permute(0, 2, 1, 3) for part in (q, k, v))
        scores = torch.matmul(q, k.transpose(-1, -2)) / (v.size(-1) ** 0.5)
        n = k.size(-2)
        scores = torch.where(self.bias[:, :, :n, :n], scores, self.masked_bias.to(scores.dtype))
        y = torch.matmul(F.softmax(scores, -1), v).permute(0, 2, 1, 3).contiguous()
        return self.c_proj(y.view(y.size()[:-2] + (x.size(-1),)))

    def forward(self, x):
        x = x + self.attend(self.ln_1(x))
        y = self.c_fc(self.ln_2(x))
        y = 0.5 * y * (1.0 + torch.tanh((2 / torch.pi) ** 0.5 * (y + 0.044715 * torch.pow(y, 3.0))))
        return x + self.mlp_proj(y)


class Gpt2(nn.Module):
    def __init__(self, layers=2, words=20, width=8, heads=2, length=12):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(words, width), nn.Embedding(length, width)
        self.h = nn.ModuleList([GptBlock(width, heads, length) for _ in range(layers)])
        self.ln_f = nn.LayerNorm(width)

    def forward(self, input_ids):
        positions = torch.arange(0, input_ids.size(1), dtype=torch.long, device=input_ids.device)
        x = self.wte(input_ids) + self.wpe(positions.unsqueeze(0))
        for block in self.h:
            x = block(x)
        return torch.matmul(self.ln_f(x), self.wte.weight.t())


class Recurrent(nn.Module):
    """An LSTM in both directions, and a GRU."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(20, 4)
        self.lstm = nn.LSTM(4, 3, 2, batch_first=True, bidirectional=True)
        self.gru = nn.GRU(6, 4, batch_first=True)
        self.head = nn.Linear(4, 3)

    def forward(self, ids):
        y, (hidden, _) = self.lstm(self.embedding(ids))
        y, _ = self.gru(y)
        return self.head(y), hidden


class Stepwise(nn.Module):
    """A loop over time and a branch, which a script keeps: Loop and If."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(20, 4)
        self.input, self.state = nn.Linear(4, 3), nn.Linear(3, 3, bias=False)

    def forward(self, ids):
        x = self.embedding(ids)
        h = torch.zeros(x.size(0), 3)
        for t in range(x.size(1)):
            h = torch.tanh(self.input(x[:, t]) + self.state(h))
        if bool(h.sum() > -0.8):
            h = h * 2
        else:
            h = h - 1
        return h


def unsettle(model):
    """Values as after some training. Equal tensors would become one in the file."""
    with torch.no_grad():
        for name, value in model.state_dict().items():
            if name.endswith("running_mean"):
                value.normal_(0, 0.1)
            elif name.endswith("running_var"):
                value.uniform_(0.5, 1.5)
            elif value.is_floating_point() and value.dim() == 1:
                value.normal_(0, 0.1) if "bias" in name else value.uniform_(0.5, 1.5)


def listed(tensor, dtype):
    """The elements in base64: inputs as bytes, outputs as float32."""
    data = tensor.flatten().to(dtype).numpy().tobytes()
    return {"shape": list(tensor.shape), "data": base64.b64encode(data).decode()}


def codes(value):
    """Inputs are whole numbers, or thirty-seconds from -4 on."""
    return listed(value if value.dtype == torch.long else value * 32 + 128, torch.uint8)


def first(value):
    return value[0] if isinstance(value, tuple) else value


def losses(model, inputs):
    """Training losses: half the mean of squares of the first output, by SGD."""
    model.train()
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE)
    result = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = first(model(*inputs)).square().mean() / 2
        loss.backward()
        optimizer.step()
        result.append(loss.item())
    return result


def case(name, model, names, inputs, other, opset, preserve, dynamic):
    unsettle(model)
    model.eval()
    outputs = ["output", "hidden"][: len(model(*inputs)) if isinstance(model(*inputs), tuple) else 1]
    mode = torch.onnx.TrainingMode.PRESERVE if preserve else torch.onnx.TrainingMode.EVAL
    torch.onnx.export(
        model, inputs, FOLDER / f"{name}.onnx", opset_version=opset, input_names=names,
        output_names=outputs, training=mode, do_constant_folding=not preserve,
        dynamic_axes={key: dynamic for key in names},
    )
    runs = []
    for given in (inputs, other):
        with torch.no_grad():
            result = model(*given)
        result = result if isinstance(result, tuple) else (result,)
        runs.append({
            "inputs": {key: codes(value) for key, value in zip(names, given)},
            "outputs": {key: listed(value, torch.float32) for key, value in zip(outputs, result)},
        })
    return {
        "name": name, "opset": opset, "runs": runs, "rate": RATE,
        # folding constants fuses batch normalization and unties weights
        "losses": losses(model, other) if preserve else [],
    }


def main():
    FOLDER.mkdir(exist_ok=True)
    torch.manual_seed(1)
    images = lambda n, size: ((torch.randn(n, 3, size, size) * 32).round().clamp(-128, 127) / 32,)
    ids = lambda n, t: torch.randint(0, 20, (n, t))
    bert = lambda n, t: (ids(n, t), (torch.arange(t) < t - torch.arange(n)[:, None]).long(), ids(n, t) % 2)
    batch, text = {0: "batch"}, {0: "batch", 1: "time"}
    words = ["input_ids", "attention_mask", "token_type_ids"]
    cases = [
        case("resnet", ResNet(), ["input"], images(1, 33), images(4, 33), 13, True, batch),
        case("resnet_fused", ResNet(blocks=1), ["input"], images(1, 24), images(2, 24), 11, False, batch),
        case("mobilenet", MobileNet(), ["input"], images(2, 16), images(3, 16), 14, True, batch),
        case("yolo", Yolo(), ["images"], images(1, 8), images(2, 8), 12, True, batch),
        case("yolo_16", Yolo(), ["images"], images(1, 8), images(2, 8), 16, False, batch),
        case("bert", Bert(), words, bert(1, 5), bert(3, 7), 14, False, text),
        case("bert_17", Bert(layers=1), words, bert(1, 5), bert(2, 6), 17, True, text),
        case("recurrent", Recurrent(), ["ids"], (ids(1, 4),), (ids(3, 6),), 13, True, text),
        case("gpt2", Gpt2(layers=1), ["input_ids"], (ids(1, 4),), (ids(2, 9),), 11, False, text),
        case("gpt2_13", Gpt2(layers=1), ["input_ids"], (ids(1, 4),), (ids(2, 9),), 13, True, text),
        case("stepwise", torch.jit.script(Stepwise()), ["ids"], (ids(1, 4),), (ids(5, 7),), 13, True, text),
    ]
    (FOLDER.parent / "torch_onnx.json").write_text(json.dumps({"torch": torch.__version__, "cases": cases}) + "\n")


main()
