import { assert, assertEquals } from "@std/assert";
import { concat, evaluate, gradientsOf, ones, type Tensor, zeros } from "../../autograd/mod.ts";
import type { Backend } from "../../graph/mod.ts";
import * as layers from "../../layers/mod.ts";

/** A layer, and the sizes of one sample that it takes. */
const cases: readonly (readonly [() => layers.Module, readonly number[]])[] = [
  [() => new layers.Linear(3, 2), [3]],
  [() => new layers.Linear(3, 2), [4, 3]],
  [() => new layers.Conv2d(2, 3, 3, { padding: 1, stride: 2 }), [2, 5, 4]],
  [() => new layers.Conv2d(4, 4, 1, { groups: 2 }), [4, 2, 2]],
  [() => new layers.ReLU(), [3]],
  [() => new layers.LeakyReLU(), [3]],
  [() => new layers.Tanh(), [3]],
  [() => new layers.Sigmoid(), [3]],
  [() => new layers.GELU(), [3]],
  [() => new layers.Flatten(), [2, 3, 4]],
  [() => new layers.Flatten(), [3]],
  [() => new layers.Dropout(0.5), [3]],
  [() => new layers.BatchNorm1d(3), [3]],
  [() => new layers.BatchNorm2d(3), [3, 2, 2]],
  [() => new layers.LayerNorm(3), [4, 3]],
  [() => new layers.GroupNorm(2, 4), [4]],
  [() => new layers.GroupNorm(2, 4), [4, 3, 2]],
  [() => new layers.MaxPool2d(2), [2, 4, 6]],
  [() => new layers.AvgPool2d(3, { stride: 2, padding: 1 }), [2, 4, 6]],
  [() => new layers.GlobalAvgPool2d(), [2, 4, 6]],
  [() => new layers.AdaptiveAvgPool2d(2), [2, 5, 7]],
  [() => new layers.Upsample(2), [2, 3, 3]],
  [() => new layers.Upsample(2, { mode: "bilinear" }), [2, 3, 3]],
  [() => new layers.SiLU(), [3]],
  [() => new layers.ELU(), [3]],
  [() => new layers.SELU(), [3]],
  [() => new layers.Softplus(), [3]],
  [() => new layers.Hardswish(), [3]],
  [() => new layers.Softmax(), [3]],
  [() => new layers.RMSNorm(3), [4, 3]],
  [() => new layers.InstanceNorm1d(3, { affine: true }), [3, 4]],
  [() => new layers.InstanceNorm2d(3), [3, 2, 4]],
  [() => new layers.ZeroPad2d(1), [2, 3, 3]],
  [() => new layers.ReflectionPad2d(1), [2, 3, 3]],
  [() => new layers.ReplicationPad2d(2), [2, 3, 3]],
  [() => new layers.PlainNet(8, { widths: [2, 3, 4], classes: 3 }), [3, 8, 8]],
  [() => new layers.ResNet(8, { widths: [2, 3, 4], classes: 3 }), [3, 8, 8]],
];

/** Every layer, loss and metric on a batch without samples. */
export function emptyBatchOnBackend(
  test: (name: string, run: (backend: Backend) => Promise<void>) => void,
): void {
  test("every layer takes a batch of 0 samples, forward and backward", async (backend) => {
    for (const [make, sample] of cases) {
      const layer = layers.initialize(make(), { seed: 1 });
      const what = `${layer.constructor.name} on [0, ${sample.join(", ")}]`;
      const output = layer.forward(zeros([0, ...sample]));
      const [, ...sizes] = layer.forward(zeros([2, ...sample])).shape;
      assertEquals(output.shape, [0, ...sizes], what);
      const parameters = layer.parameters();
      const slopes = gradientsOf(output.square().sum(), parameters);
      const [values, ...gradients] = await evaluate([output, ...slopes], { backend });
      assertEquals(values!.length, 0, what);
      gradients.forEach((data) => assert(data.every((x) => x === 0), `${what}: ${data}`));
      layer[Symbol.dispose]();
    }
  });

  test("losses of 0 samples are NaN as in PyTorch, and nothing of them is correct", async (backend) => {
    const [logits, labels] = [zeros([0, 3]), zeros([0], "i32")];
    const found: Tensor[] = [
      layers.crossEntropy(logits, labels),
      layers.crossEntropy(logits, labels, { labelSmoothing: 0.1 }),
      layers.crossEntropy(logits, zeros([0, 3])),
      layers.mse(logits, zeros([0, 3])),
      layers.huberLoss(logits, zeros([0, 3])),
      layers.binaryCrossEntropyWithLogits(logits, zeros([0, 3])),
      layers.nllLoss(logits, labels),
      layers.crossEntropy(logits, labels, { ignoreIndex: 2, weight: ones([3]) }),
      layers.crossEntropyPerSample(logits, labels),
      layers.countCorrect(logits, labels),
      concat([logits.flatten(1), ones([1, 3])]).sum(),
    ];
    const data = await evaluate(found, { backend });
    assertEquals(data.map((values) => [...values]), [...Array(8).fill([NaN]), [], [0], [3]]);
  });
}
