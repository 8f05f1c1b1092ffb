import { assertEquals, assertThrows } from "@std/assert";
import { evaluate, gradientsOf, ones, type Tensor, tensor, zeros } from "../../autograd/mod.ts";
import { openCpu } from "../../cpu/mod.ts";
import { DTypeError, ShapeError } from "../../graph/mod.ts";
import * as layers from "../../layers/mod.ts";
import { HostRun } from "./host_run.ts";

const logits = tensor([[1, 2, 0], [0, 1, 5]]);
const labelsOf = (...labels: number[]) => tensor(labels, [labels.length], "i32");
const run = new HostRun();

Deno.test("losses of tensors of different shapes are refused, not broadcast", () => {
  const [a, b] = [zeros([3]), zeros([3, 1])];
  const losses = [
    layers.mse,
    layers.l1Loss,
    layers.huberLoss,
    layers.smoothL1Loss,
    layers.binaryCrossEntropyWithLogits,
    layers.klDiv,
    layers.hingeEmbeddingLoss,
  ];
  for (const loss of losses) {
    assertThrows(() => loss(a, b), ShapeError, "", loss.name);
    assertThrows(() => loss(b, a), ShapeError, "", loss.name);
  }
  assertThrows(
    () => layers.cosineEmbeddingLoss(zeros([2, 3]), zeros([2, 3]), zeros([2, 1])),
    ShapeError,
    "one target for each pair",
  );
  const posWeight = ones([2, 3]);
  assertThrows(() => layers.binaryCrossEntropyWithLogits(a, a, { posWeight }), ShapeError);
  assertThrows(
    () => layers.klDiv(zeros([]), zeros([]), { reduction: "batchmean" }),
    ShapeError,
    "needs an axis of samples",
  );
});

Deno.test("an ignored label changes neither the loss nor the gradient of the others", () => {
  for (const labelSmoothing of [0, 0.3]) {
    for (const weight of [undefined, tensor([1, 2, 3])]) {
      const options = { labelSmoothing, ...(weight && { weight }) };
      const some = layers.crossEntropy(logits, labelsOf(2, 200), { ...options, ignoreIndex: 200 });
      const first = logits.slice([0, 0], [1, 3]);
      const one = layers.crossEntropy(first, labelsOf(2), { ...options, ignoreIndex: 200 });
      assertEquals(run.get(some), run.get(one));
      const [slope] = gradientsOf(some, [logits]);
      assertEquals(run.get(slope!).slice(3), [0, 0, 0]);
    }
  }
});

Deno.test("a label that is neither a class nor ignored makes the loss NaN", () => {
  const weight = tensor([0, 0, 0]);
  for (const bad of [-1, -2, 3]) {
    for (const labelSmoothing of [0, 0.3, 1]) {
      const options = { labelSmoothing, ignoreIndex: 9 };
      const loss = layers.crossEntropy(logits, labelsOf(0, bad), options);
      assertEquals(run.get(loss), [NaN], `${bad}, ${labelSmoothing}`);
      const weighted = layers.crossEntropy(logits, labelsOf(0, bad), { ...options, weight });
      assertEquals(run.get(weighted), [NaN]);
    }
    assertEquals(run.get(layers.nllLoss(logits, labelsOf(0, bad), { ignoreIndex: 9 })), [NaN]);
  }
});

Deno.test("the average is NaN if all samples are ignored, and the sum is 0, on every device", async () => {
  const labels = labelsOf(5, 5);
  const options = { ignoreIndex: 5 };
  const losses = [
    layers.crossEntropy(logits, labels, options),
    layers.crossEntropy(logits, labels, { ...options, reduction: "sum" }),
    layers.nllLoss(logits, labels, { ...options, weight: tensor([1, 2, 3]) }),
  ];
  using backend = openCpu({ threads: 1 });
  const values = await evaluate(losses, { backend });
  assertEquals(values.map(([value]) => value), [NaN, 0, NaN]);
});

Deno.test("losses refuse targets and weights of another kind", () => {
  const target = ones([2, 3]);
  assertThrows(() => layers.crossEntropy(logits, target, { ignoreIndex: 1 }), DTypeError, "i32");
  assertThrows(() => layers.nllLoss(logits, target), DTypeError, "i32");
  for (const weight of [ones([2]), ones([3, 1]), labelsOf(1, 2, 3)]) {
    assertThrows(
      () => layers.crossEntropy(logits, labelsOf(0, 1), { weight }),
      ShapeError,
      "one element for each class",
    );
    assertThrows(() => layers.nllLoss(logits, labelsOf(0, 1), { weight }), ShapeError);
  }
  const reduction: object = { reduction: "avg" };
  assertThrows(() => layers.mse(logits, logits, reduction), RangeError, 'one of "mean", "sum"');
});

Deno.test("losses of large errors and logits are finite, and so are their gradients", () => {
  const large = tensor([1e30, -1e30, 0]);
  const losses = {
    huberLoss: layers.huberLoss(large, zeros([3])),
    smoothL1Loss: layers.smoothL1Loss(large, zeros([3])),
    binaryCrossEntropyWithLogits: layers.binaryCrossEntropyWithLogits(large, tensor([0, 1, 0])),
  };
  for (const [name, loss] of Object.entries(losses)) {
    const [slope] = gradientsOf(loss, [large]);
    assertEquals([...run.get(loss), ...run.get(slope!)].every(Number.isFinite), true, name);
  }
});

Deno.test("embedding losses of a target that is neither 1 nor -1 are NaN", () => {
  const bad = tensor([1, 0]);
  assertEquals(run.get(layers.hingeEmbeddingLoss(zeros([2]), bad)), [NaN]);
  assertEquals(run.get(layers.cosineEmbeddingLoss(ones([2, 2]), ones([2, 2]), bad)), [NaN]);
});

Deno.test("Huber losses and softplus are curved at 0 as beside it", () => {
  const x = tensor([0, 0.25]);
  const second = (of: (x: Tensor) => Tensor) => {
    const [slope] = gradientsOf(of(x).sum(), [x]);
    return run.get(gradientsOf(slope!.sum(), [x])[0]!);
  };
  assertEquals(second((x) => layers.huberLoss(x, zeros([2]), { reduction: "sum" })), [1, 1]);
  assertEquals(
    second((x) => layers.smoothL1Loss(x, zeros([2]), { beta: 0.5, reduction: "sum" })),
    [2, 2],
  );
  assertEquals(second(layers.softplus)[0], 0.25);
});
