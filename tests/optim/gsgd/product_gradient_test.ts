import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { type Graph, interpret, type Limits, lower, mul, type Node } from "../../../graph/mod.ts";
import { gsgd } from "../../../optim/gsgd/mod.ts";
import {
  gradientAtInEdges,
  productOf,
  sumOverSamples,
} from "../../../optim/gsgd/step/product_gradient.ts";
import type { SkeletonTensor } from "../../../optim/gsgd/skeleton/skeleton.ts";
import { planSkeleton } from "../../../optim/gsgd/skeleton/plan_skeleton.ts";
import { mlp, network, type TrainingNetwork } from "./network.ts";

const limits: Limits = {
  slotsPerDispatch: 64,
  bytesPerSlot: 2 ** 27,
  longRow: 4096,
  parallelRows: 64,
};

/** Its weights lie [inputs, outputs]. */
const turned = network(4, (x, net) => {
  const hidden = x.matmul(net.parameter("A", [4, 6])).relu().matmul(net.parameter("B", [6, 3]));
  return hidden.relu().matmul(net.parameter("C", [3, 2]));
});

/** The weights of a network that hold edges of scale nodes, and their gradients. */
function weightsOf(each: TrainingNetwork): { tensor: SkeletonTensor; gradient: Node }[] {
  const { skeleton, step } = planSkeleton(each.graph);
  return skeleton.tensors.filter(({ kind }) => kind !== "bias").map((tensor) => ({
    tensor,
    gradient: [...step.trained.get(tensor.weight)!.gradients.values()][0]!,
  }));
}

/** Σ w·δ over the weights of each tail element that are not free, weight by weight. */
function sumsOverWeights(
  { tail, weight, outEdges }: SkeletonTensor,
  values: Map<Node, Float64Array>,
  gradient: Node,
) {
  const [rows, columns] = weight.type.shape as [number, number];
  const free = new Set(outEdges.flatMap((edge) => edge ? [edge.position.join()] : []));
  const sums = new Float64Array(tail.ids.length);
  for (let p = 0; p < rows; p++) {
    for (let q = 0; q < columns; q++) {
      if (free.has([p, q].join())) continue;
      const at = p * columns + q;
      const element = tail.shape[0]! > 1 ? p : q;
      sums[element] = sums[element]! + values.get(weight)![at]! * values.get(gradient)![at]!;
    }
  }
  return sums;
}

Deno.test("the sums over samples are those over weights, however the weights lie", () => {
  let compared = 0;
  for (const each of [mlp([4, 5, 3, 6, 2], { bias: true }), turned]) {
    for (const { tensor, gradient } of weightsOf(each)) {
      if (tensor.tail.ids.every((id) => id === 0)) continue; // no scale node is left
      const short = sumOverSamples(tensor, gradient)!;
      const values = interpret([short, tensor.weight, gradient], each.bindings);
      const expected = sumsOverWeights(tensor, values, gradient);
      assertEquals(values.get(short)!.length, expected.length);
      expected.forEach((sum, i) => assertAlmostEquals(values.get(short)![i]!, sum, 1e-12));
      compared += expected.length;
    }
  }
  assertEquals(compared, 5 + 3 + 6 + 6 + 3);
});

Deno.test("the gradient at in-edges is that of the weight there", () => {
  let compared = 0;
  for (const each of [mlp([4, 5, 3, 6, 2]), turned]) {
    for (const { tensor, gradient } of weightsOf(each)) {
      const short = gradientAtInEdges(tensor, gradient);
      assert(short !== gradient);
      const values = interpret([short, gradient], each.bindings);
      const columns = tensor.weight.type.shape[1]!;
      for (const edge of tensor.inEdges) {
        if (!edge) continue;
        const at = edge.position[0]! * columns + edge.position[1]!;
        assertAlmostEquals(values.get(short)![at]!, values.get(gradient)![at]!, 1e-12);
        compared++;
      }
    }
  }
  assertEquals(compared, 5 + 3 + 6 + 6 + 3);
});

Deno.test("a gradient that is no product is used as it is", () => {
  const [{ tensor, gradient } = { tensor: undefined, gradient: undefined }] = weightsOf(turned);
  const other = mul(gradient!, gradient!);
  assertEquals(productOf(other), undefined);
  assertEquals(sumOverSamples(tensor!, other), undefined);
  assertEquals(gradientAtInEdges(tensor!, other), other);
});

Deno.test("G-SGD's step has one dispatch more than SGD's where all hidden layers are as wide", () => {
  for (const widths of [[49, 128, 128, 10], [20, 64, 64, 64, 64, 5], [784, 512, 512, 10]]) {
    const { graph } = mlp(widths, { bias: true, batch: 64 });
    const count = (step: Graph) => lower(step, limits, "step").plan.dispatches.length;
    assertEquals(count(gsgd()(graph)), count(graph) + 1, widths.join());
  }
});

Deno.test("G-SGD's step keeps no values of the samples that SGD's does not", () => {
  const batch = 64;
  for (const bias of [true, false]) {
    const { graph } = mlp([49, 128, 96, 10], { bias, batch });
    const kept = (step: Graph) =>
      lower(step, limits, "step").plan.slots.filter(({ kind, type }) =>
        kind === "temporary" && type.shape[0] === batch
      ).length;
    assert(kept(graph) > 0);
    assertEquals(kept(gsgd()(graph)), kept(graph));
  }
});
