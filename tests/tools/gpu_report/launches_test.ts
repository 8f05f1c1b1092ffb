import { assert, assertEquals } from "@std/assert";
import { conv3x3, product } from "../../../bench/op_cases.ts";
import { Tensor } from "../../../mod.ts";
import { conv2d } from "../../../graph/mod.ts";
import {
  gpuClasses,
  launchesOf,
  type LaunchFacts,
  limitsOf,
} from "../../../tools/gpu_report/launches.ts";
import { gpus } from "../../../tools/gpu_report/gpus.ts";
import { predictStep } from "../../../tools/gpu_report/model.ts";
import { opOf, steps } from "../../../tools/gpu_report/subjects.ts";

const limits = limitsOf("other");

function launchesOfOp(op: Parameters<typeof opOf>[0]): readonly LaunchFacts[] {
  return launchesOf(opOf(op).plan(limits), "other");
}

/** The products and convolutions of an op's launches. */
function heavyKernels(op: Parameters<typeof opOf>[0]) {
  return launchesOfOp(op).flatMap(({ kernels }) => kernels).filter(({ flops }) => flops > 0);
}

Deno.test("a large product is staged in workgroup memory, and a small one is not", () => {
  const kinds = (m: number, k: number, n: number, layout?: "NN" | "NT" | "TN") =>
    heavyKernels(product(m, k, n, layout)).map((kernel) => [kernel.class, kernel.name]);
  assertEquals(kinds(1024, 1024, 1024), [
    ["product in workgroup memory", "product 1024x1024x1024 NN"],
  ]);
  assertEquals(kinds(8, 8, 5, "NT"), [["product in registers", "product 8x8x5 NT"]]);
  assertEquals(kinds(8, 7, 5, "TN"), [["product in registers", "product 8x7x5 TN"]]);
  assertEquals(kinds(8, 7, 5, "NT"), [["product in registers, unaligned", "product 8x7x5 NT"]]);
});

Deno.test("the three products of a convolution are told apart, and so is a small one", () => {
  const large = { n: 128, inputs: 64, outputs: 64, size: 8 };
  const classes = (shape: Parameters<typeof conv3x3>[0]) =>
    heavyKernels(conv3x3(shape, "forward+backward")).map((kernel) => kernel.class).toSorted();
  assertEquals(classes(large), ["conv forward", "conv input gradient", "conv weight gradient"]);
  assertEquals(classes({ ...large, n: 2 }), [
    "conv forward, small",
    "conv input gradient, small",
    "conv weight gradient, small",
  ]);
});

Deno.test("a strided convolution is a class of its own, and its name says the stride", () => {
  const [kernel] = heavyKernels({
    kind: "op",
    name: "strided",
    inputs: { x: [128, 64, 32, 32], w: [128, 64, 3, 3] },
    flops: 0,
    build: ({ x, w }) => new Tensor(conv2d(x!.node, w!.node, { padding: 1, stride: 2 })),
  });
  assertEquals(kernel?.class, "conv forward, strided");
  assertEquals(kernel?.name, "conv forward 64>128 32x32 n128 3x3 stride 2x2");
});

Deno.test("operations are those of the benchmark, whatever is computed on the way", () => {
  for (
    const op of [
      product(33, 65, 17),
      product(512, 512, 512, "TN"),
      conv3x3({ n: 2, inputs: 3, outputs: 5, size: 9 }, "forward"),
      conv3x3({ n: 128, inputs: 16, outputs: 16, size: 32 }, "forward+backward"),
    ]
  ) {
    const flops = launchesOfOp(op).reduce((sum, launch) => sum + launch.flops, 0);
    assertEquals(flops, op.flops, op.name);
  }
});

Deno.test("invocations are workgroups times the size in the shader", () => {
  for (const launch of launchesOfOp(product(100, 100, 100))) {
    const size = Number(/@workgroup_size\((\d+)/.exec(launch.source)?.[1]);
    assertEquals(launch.invocations, launch.workgroups * size);
    const workgroups = launch.kernels.reduce((sum, kernel) => sum + kernel.workgroups, 0);
    assertEquals(launch.workgroups, workgroups);
  }
});

Deno.test("bytes are those that a launch reads and writes, and a slice does not count as a whole", () => {
  const bytes = (build: (x: Tensor) => Tensor, shape: readonly number[]) =>
    launchesOfOp({
      kind: "op",
      name: "test",
      inputs: { x: shape },
      flops: 0,
      build: ({ x }) => build(x!),
    }).reduce((sum, launch) => sum + launch.bytes, 0);
  assertEquals(bytes((x) => x.mul(2), [1000]), 8000);
  assertEquals(bytes((x) => x.add(x.mul(x)), [1000]), 8000);
  assertEquals(bytes((x) => x.slice([10, 0], [10, 3]).mul(2), [1000, 3]), 240);
  assertEquals(bytes((x) => x.sum(1), [30, 7]), 4 * (210 + 30));
});

Deno.test("the report covers every network of the benchmark with both optimizers", () => {
  const names = steps.map(({ name }) => name);
  assertEquals(names.length, 20);
  assert(names.includes("ResNet-110 b128 gsgd"));
  assert(names.includes("MLP 784-512-512-10 b32 sgd"));
});

Deno.test("every class of GPUs computes the same, in launches of at most 64 buffers", () => {
  const mlp = steps.find(({ name }) => name === "MLP 784-512-512-10 b128 gsgd");
  assert(mlp);
  assertEquals(gpuClasses, ["nvidia", "amd", "apple", "intel", "other"]);
  const flops = gpuClasses.map((adapterClass) => {
    const launches = launchesOf(mlp.plan(limitsOf(adapterClass)), adapterClass);
    for (const { source } of launches) {
      assert(source.split("@binding").length - 1 <= 64);
    }
    return launches.reduce((sum, launch) => sum + launch.flops, 0);
  });
  assertEquals(new Set(flops).size, 1);
});

Deno.test("G-SGD adds no launch to the perceptron's step, and at most 7% to its predicted time", () => {
  for (const gpu of gpus) {
    const [sgd, gsgd] = ["sgd", "gsgd"].map((optimizer) => {
      const step = steps.find(({ name }) => name === `MLP 784-512-512-10 b128 ${optimizer}`);
      return launchesOf(step!.plan(limitsOf(gpu.adapterClass)), gpu.adapterClass);
    });
    assert(gsgd!.length <= sgd!.length, gpu.name);
    const ratio = predictStep(gsgd!, gpu) / predictStep(sgd!, gpu);
    assert(ratio <= 1.07, `${gpu.name}: ${ratio}`);
  }
});
