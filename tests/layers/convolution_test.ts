import { assertEquals, assertThrows } from "@std/assert";
import { conv1d, conv3d, convTranspose2d, ones, tensor, zeros } from "../../autograd/mod.ts";
import { ShapeError } from "../../graph/mod.ts";
import {
  AvgPool1d,
  Conv1d,
  Conv2d,
  Conv3d,
  ConvTranspose2d,
  initialize,
  MaxPool1d,
  PixelShuffle,
  PixelUnshuffle,
  ReflectionPad1d,
} from "../../layers/mod.ts";
import { HostRun } from "./host_run.ts";

Deno.test("a transposed convolution puts a copy of the kernel at each pixel", () => {
  const kernel = tensor([[[[1, 2], [3, 4]]]]);
  const run = new HostRun();
  const apart = convTranspose2d(tensor([[[[1, 10]]]]), kernel, { stride: 2 });
  assertEquals([apart.shape, run.get(apart)], [[1, 1, 2, 4], [1, 2, 10, 20, 3, 4, 30, 40]]);
  const overlapping = convTranspose2d(tensor([[[[1, 10]]]]), kernel);
  assertEquals(run.get(overlapping), [1, 12, 20, 3, 34, 40]);
  const longer = convTranspose2d(ones([1, 1, 1, 1]), kernel, { stride: 3, outputPadding: 2 });
  assertEquals(run.get(longer), [1, 2, 0, 0, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
});

Deno.test("convolutions name their parameters, shapes, and initial values as PyTorch does", () => {
  const shapes = (layer: Conv1d | Conv2d | Conv3d | ConvTranspose2d) =>
    [...initialize(layer, { seed: 1 }).namedParameters()].map(([name, { shape }]) => [name, shape]);
  assertEquals(shapes(new Conv1d(4, 6, 3, { groups: 2 })), [["weight", [6, 2, 3]], ["bias", [6]]]);
  assertEquals(shapes(new Conv2d(4, 6, [3, 5])), [["weight", [6, 4, 3, 5]], ["bias", [6]]]);
  assertEquals(shapes(new Conv3d(1, 2, [1, 2, 3], { bias: false })), [["weight", [2, 1, 1, 2, 3]]]);
  const transposed = new ConvTranspose2d(4, 6, 3, { groups: 2 });
  assertEquals(shapes(transposed), [["weight", [4, 3, 3, 3]], ["bias", [6]]]);
  // PyTorch counts the second axis of the weight as inputs: uniform in ±1/√27
  const bound = Math.max(...transposed.weight.hostValue()!.map(Math.abs));
  assertEquals([bound <= 1 / Math.sqrt(27), bound > 0.9 / Math.sqrt(27)], [true, true]);
});

Deno.test("PixelUnshuffle is the inverse of PixelShuffle", () => {
  const x = tensor(Array.from({ length: 2 * 18 * 6 }, (_, i) => i), [2, 18, 2, 3]);
  const run = new HostRun();
  const back = new PixelUnshuffle(3).forward(new PixelShuffle(3).forward(x));
  assertEquals([back.shape, run.get(back)], [x.shape, run.get(x)]);
});

Deno.test("convolutions refuse shapes and options by name", () => {
  const image = zeros([1, 4, 5, 5]);
  const weight = zeros([4, 2, 3, 3]);
  assertThrows(
    () => convTranspose2d(image, zeros([3, 2, 3, 3])),
    ShapeError,
    "[3, 2, 3, 3]: they must",
  );
  assertThrows(() => convTranspose2d(image, weight, { groups: 3 }), ShapeError, "groups is 3");
  assertThrows(
    () => convTranspose2d(image, weight, { stride: 2, outputPadding: 2 }),
    RangeError,
    "outputPadding must be less than stride or dilation, at most 1: current is 2",
  );
  assertThrows(
    () => convTranspose2d(zeros([1, 4, 1, 1]), weight, { padding: 2 }),
    ShapeError,
    "current size is -1×-1",
  );
  assertThrows(() => convTranspose2d(image.cast("i32"), weight), TypeError, "both must be f32");
  assertThrows(() => conv1d(image, zeros([2, 4, 3])), ShapeError, "must be [n, c, length]");
  assertThrows(() => conv3d(image, weight), ShapeError, "must be [n, c, d, h, w]");
  const volume = zeros([1, 1, 2, 3, 3]);
  assertThrows(
    () => conv3d(volume, zeros([1, 1, 4, 1, 1])),
    ShapeError,
    "depth of the weight is 4",
  );
  assertThrows(() => new Conv1d(4, 6, 3, { groups: 4 }), RangeError, "make a Conv1d layer: groups");
  assertThrows(() => new Conv2d(4, 6, [3, 0]), RangeError, "kernelSize must be");
  assertThrows(() => new Conv1d(4, 6, [3] as never), RangeError, "kernelSize must be");
  assertThrows(
    () => initialize(new Conv1d(4, 6, 3)).forward(image),
    ShapeError,
    "(Conv1d) to f32[1, 4, 5, 5]: it must be f32[n, 4, length]",
  );
  assertThrows(() => new PixelShuffle(3).forward(image), ShapeError, "a multiple of 9 channels");
  assertThrows(() => new PixelUnshuffle(2).forward(image), ShapeError, "multiples of 2");
  for (const layer of [new MaxPool1d(2), new AvgPool1d(2), new ReflectionPad1d(1)]) {
    assertThrows(() => layer.forward(image), ShapeError, "it must be [n, c, length]");
  }
  assertThrows(
    () => new ReflectionPad1d([1, -1]),
    RangeError,
    "make a ReflectionPad1d layer: padding",
  );
});

Deno.test("convolutions of empty batches are empty", () => {
  const layers = [new Conv1d(2, 3, 2), new Conv2d(2, 3, 2), new Conv3d(2, 3, 2)];
  for (const [i, layer] of layers.entries()) {
    const spatial = new Array(i + 1).fill(4);
    assertEquals(initialize(layer).forward(zeros([0, 2, ...spatial])).shape, [
      0,
      3,
      ...spatial.map(() => 3),
    ]);
  }
  const up = initialize(new ConvTranspose2d(2, 3, 2, { stride: 2 }));
  assertEquals(up.forward(zeros([0, 2, 4, 4])).shape, [0, 3, 8, 8]);
});
