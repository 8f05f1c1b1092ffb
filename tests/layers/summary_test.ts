import { assertEquals } from "@std/assert";
import {
  Conv1d,
  Conv3d,
  ConvTranspose2d,
  Flatten,
  initialize,
  layerSummaries,
  Linear,
  type Module,
  ReLU,
  ResNet,
  Sequential,
  summary,
  VGG,
} from "../../layers/mod.ts";

Deno.test("summary() lists layers, output shapes, parameters and FLOPs", () => {
  const model = new Sequential([new Linear(3, 4), new ReLU(), new Linear(4, 2)]);
  assertEquals(
    summary(initialize(model, { seed: 1 }), [3]).split("\n"),
    [
      "layer  kind    output  parameters  FLOPs",
      "────────────────────────────────────────",
      "0      Linear  [n, 4]          16     24",
      "1      ReLU    [n, 4]           0      0",
      "2      Linear  [n, 2]          10     16",
      "────────────────────────────────────────",
      "total                          26     40",
    ],
  );
});

function totals(model: Module, shape: readonly number[]): [number, number] {
  const rows = layerSummaries(initialize(model, { seed: 1 }), shape);
  const sum = (key: "parameters" | "flops") => rows.reduce((all, row) => all + row[key], 0);
  return [sum("parameters"), sum("flops")];
}

Deno.test("residual networks have the parameters and FLOPs that are published for them", () => {
  // He et al. 2016, Table 6: 0.27 M and 1.7 M; ResNet-34 with a 3×3 stem: 21.28 M, 1.16 G products
  assertEquals(totals(new ResNet(20), [3, 32, 32]), [269_722, 81_102_080]);
  assertEquals(totals(new ResNet(110), [3, 32, 32])[0], 1_727_962);
  assertEquals(totals(new ResNet(34), [3, 32, 32]), [21_282_122, 2_318_804_992]);
});

Deno.test("layers inside a model have its names, shapes and shares", () => {
  const model = initialize(new ResNet(8, { widths: [4, 8, 8], shortcut: "B" }), { seed: 1 });
  const rows = new Map(layerSummaries(model, [3, 8, 8]).map((row) => [row.name, row]));
  assertEquals([...rows.keys()].slice(0, 6), [
    "conv1",
    "bn1",
    "layer1.0.conv1",
    "layer1.0.bn1",
    "layer1.0.conv2",
    "layer1.0.bn2",
  ]);
  assertEquals(rows.get("layer2.0.downsample.0"), {
    name: "layer2.0.downsample.0",
    kind: "Conv2d",
    output: [8, 4, 4],
    parameters: 32,
    flops: 2 * 8 * 16 * 4,
  });
  assertEquals(rows.get("fc"), {
    name: "fc",
    kind: "Linear",
    output: [10],
    parameters: 90,
    flops: 160,
  });
});

Deno.test("what a sequence inside a model does is shown layer by layer", () => {
  const model = initialize(new VGG("4-M"), { seed: 1 });
  const rows = layerSummaries(model, [3, 8, 8]).map(({ name, kind, output }) =>
    `${name} ${kind} ${output}`
  );
  assertEquals(rows, [
    "features.0 Conv2d 4,8,8",
    "features.1 BatchNorm2d 4,8,8",
    "features.2 ReLU 4,8,8",
    "features.3 MaxPool2d 4,4,4",
    "classifier Linear 10",
  ]);
  const flat = initialize(new Sequential([new Flatten(), new Linear(12, 2)]), { seed: 1 });
  assertEquals(layerSummaries(flat, [3, 2, 2]).map(({ output }) => output), [[12], [2]]);
});

Deno.test("FLOPs of convolutions of all kinds are counted", () => {
  const flops = (layer: Module, shape: readonly number[]) =>
    layerSummaries(initialize(layer), shape).map((row) => row.flops);
  assertEquals(flops(new Conv1d(3, 4, 5), [3, 9]), [2 * 4 * 5 * 3 * 5]);
  assertEquals(flops(new Conv3d(3, 4, 2, { bias: false }), [3, 4, 4, 4]), [2 * 4 * 27 * 3 * 8]);
  // each pixel of the input is multiplied by the whole kernel, for each output channel
  assertEquals(flops(new ConvTranspose2d(3, 4, 2, { stride: 2 }), [3, 5, 5]), [2 * 25 * 3 * 4 * 4]);
  assertEquals(flops(new ConvTranspose2d(4, 4, 2, { groups: 2 }), [4, 5, 5]), [2 * 25 * 4 * 2 * 4]);
});
