import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { gradientsOf, ones, Tensor, tensor, zeros } from "../../autograd/mod.ts";
import { DTypeError, GraphError, input, ShapeError } from "../../graph/mod.ts";
import * as layers from "../../layers/mod.ts";
import { HostRun } from "./host_run.ts";

const x = tensor([[-2, -0.5, 0, 1.5]]);

function near(actual: readonly number[], expected: readonly number[], tolerance = 1e-7): void {
  assertEquals(actual.length, expected.length);
  actual.forEach((value, i) => assertAlmostEquals(value, expected[i]!, tolerance));
}

Deno.test("activation layers compute their functions", () => {
  const run = new HostRun();
  const values = [-2, -0.5, 0, 1.5];
  near(run.get(new layers.ReLU().forward(x)), [0, 0, 0, 1.5]);
  near(run.get(new layers.LeakyReLU(0.1).forward(x)), [-0.2, -0.05, 0, 1.5]);
  near(run.get(new layers.Tanh().forward(x)), values.map(Math.tanh));
  near(run.get(new layers.Sigmoid().forward(x)), values.map((v) => 1 / (1 + Math.exp(-v))));
  // Φ(1.5) = 0.933192798731142 and Φ(2) = 0.977249868051821 from tables
  const gelu = run.get(new layers.GELU().forward(x));
  near([gelu[0]!, gelu[3]!], [-2 * (1 - 0.977249868051821), 1.5 * 0.933192798731142], 1e-6);
});

Deno.test("Flatten joins all axes but the first", () => {
  const image = new Tensor(input("x", { dtype: "f32", shape: [5, 2, 3, 4] }));
  assertEquals(new layers.Flatten().forward(image).shape, [5, 24]);
});

Deno.test("Dropout acts only in training, with other elements at each counter", () => {
  const model = layers.initialize(new layers.Sequential([new layers.Dropout(0.25)]), { seed: 1 });
  const counter = new Tensor(input("step", { dtype: "i32", shape: [] }));
  const big = ones([100, 100]);
  assertEquals(model.forward(big).node, big.node);
  const run = new HostRun();
  const dropped = model.forward(big, { training: true, counter, seed: 3 });
  run.set(counter, [0]);
  const first = run.get(dropped);
  assert(first.every((value) => value === 0 || Math.abs(value - 4 / 3) < 1e-6));
  const share = first.filter((value) => value === 0).length / 10_000;
  assertAlmostEquals(share, 0.25, 4 * Math.sqrt(0.25 * 0.75 / 10_000));
  assertEquals(run.get(dropped), first);
  run.set(counter, [1]);
  assert(run.get(dropped).some((value, i) => value !== first[i]));
  assertThrows(() => model.forward(big, { training: true }), GraphError, '"0 Dropout"');
  assertThrows(() => new layers.Dropout(1), RangeError, "current is 1");
});

Deno.test("crossEntropy() is −log softmax at the label, and its gradient softmax − one-hot", () => {
  const logits = tensor([[1, 2, 3], [1000, 0, -1000]]);
  const labels = tensor([0, 0], [2], "i32");
  const run = new HostRun();
  const loss = layers.crossEntropy(logits, labels);
  const sum = Math.exp(1) + Math.exp(2) + Math.exp(3);
  near(run.get(loss), [(Math.log(sum) - 1) / 2], 1e-12);
  const [g] = gradientsOf(loss, [logits]);
  near(run.get(g!), [
    (Math.exp(1) / sum - 1) / 2,
    Math.exp(2) / sum / 2,
    Math.exp(3) / sum / 2,
    0,
    0,
    0,
  ], 1e-12);
});

Deno.test("crossEntropy() refuses a label smoothing that is no share", () => {
  const [logits, labels] = [tensor([[1, 2]]), tensor([0], [1], "i32")];
  for (const labelSmoothing of [-0.1, 1.5, NaN]) {
    const says = `must be a number in [0, 1]: current is ${labelSmoothing}`;
    assertThrows(() => layers.crossEntropy(logits, labels, { labelSmoothing }), RangeError, says);
  }
});

Deno.test("mse() averages squares over all elements", () => {
  assertEquals(new HostRun().get(layers.mse(tensor([[1, 2]]), tensor([[0, 4]]))), [2.5]);
});

Deno.test("countCorrect() counts rows whose largest logit is at the label", () => {
  const logits = tensor([[0, 1, 0], [3, 1, 3], [0, 0, 1]]);
  const count = layers.countCorrect(logits, tensor([1, 0, 0], [3], "i32"));
  assertEquals(count.dtype, "i32");
  assertEquals(new HostRun().get(count), [2]); // the first of equals wins
  const one = tensor([1], [1], "i32"); // would broadcast
  assertThrows(() => layers.countCorrect(logits, one), ShapeError, "one label per row");
});

Deno.test("BatchNorm does not train where nothing keeps its running statistics", () => {
  const norm = layers.initialize(new layers.BatchNorm1d(2), { seed: 1 });
  const x = tensor([[1, 2], [3, 4]]);
  assertThrows(
    () => norm.forward(x, { training: true }),
    GraphError,
    "context.record must receive",
  );
});

Deno.test("a layer that gets a host array says that it wants a tensor", () => {
  const conv = layers.initialize(new layers.Conv2d(1, 1, 1), { seed: 1 });
  const linear = layers.initialize(new layers.Linear(2, 2), { seed: 1 });
  for (const layer of [conv, linear]) {
    const run = () => Reflect.apply(layer.forward, layer, [new Float32Array(2)]);
    assertThrows(run, TypeError, "to a Float32Array: it must be a Tensor");
  }
});

Deno.test("a layer that gets another type says which layer it is", () => {
  const x = tensor([[1, 2]], undefined, "i32");
  const model = new layers.Sequential([new layers.Linear(2, 2)]);
  layers.initialize(model, { seed: 1 });
  assertThrows(() => model.forward(x), DTypeError, '"0 Linear" to i32[1, 2]: it must be f32');
});

Deno.test("normalization, upsampling, and padding layers refuse inputs that do not fit", () => {
  const image = (h: number, w: number) => zeros([2, 3, h, w]);
  const bilinear = new layers.Upsample(2, { mode: "bilinear" });
  const refused: readonly [layers.Module, Tensor, string][] = [
    [new layers.RMSNorm([3, 4]), zeros([4]), "last axes must be [3, 4]"],
    [new layers.RMSNorm(3), zeros([3, 4]), "last axes must be [3]"],
    [new layers.InstanceNorm2d(3), zeros([2, 3, 4]), "4 axes, and 3 channels"],
    [new layers.InstanceNorm2d(4), image(2, 2), "4 axes, and 4 channels"],
    [new layers.InstanceNorm2d(3), image(1, 1), "more than one value per channel"],
    [new layers.InstanceNorm1d(3), zeros([2, 3]), "3 axes"],
    [bilinear, zeros([3, 4, 4]), "must be [n, c, h, w]"],
    [bilinear, image(0, 2), "at least one pixel"],
    [new layers.ZeroPad2d(1), zeros([3, 4, 4]), "must be [n, c, h, w]"],
    [new layers.ReflectionPad2d(3), image(4, 3), "padding of axis 3 must be at most 2"],
    [new layers.ReflectionPad2d([0, 0, 1, 0]), image(0, 3), "axis 2 must be at most 0"],
    [new layers.ReplicationPad2d(1), image(2, 0), "axis 3 must be at most 0"],
  ];
  for (const [layer, x, message] of refused) {
    layers.initialize(layer, { seed: 1 });
    assertThrows(() => layer.forward(x), ShapeError, message);
  }
  assertThrows(
    () => new layers.Upsample(2, { alignCorners: true }),
    RangeError,
    'alignCorners needs the mode "bilinear"',
  );
  const three: object = [1, 2, 3];
  assertThrows(
    () => Reflect.construct(layers.ReflectionPad2d, [three]),
    RangeError,
    "[left, right, top, bottom]",
  );
});
