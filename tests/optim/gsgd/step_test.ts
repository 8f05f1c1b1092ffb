import { assert, assertEquals } from "@std/assert";
import { type Node, print } from "../../../graph/mod.ts";
import { gsgd, gsgdStep } from "../../../optim/gsgd/step/gsgd.ts";
import { vectorize } from "../../../optim/gsgd/skeleton/node_vectors.ts";
import type { SkeletonEdge, SkeletonTensor } from "../../../optim/gsgd/skeleton/skeleton.ts";
import { planSkeleton, type SkeletonPlan } from "../../../optim/gsgd/skeleton/plan_skeleton.ts";
import { adamW, sgd } from "../../../optim/mod.ts";
import { EnumeratedNetwork } from "./enumerated_paths.ts";
import { mlp } from "./network.ts";
import { pathSpaceGradients } from "./path_space_mlp.ts";
import { stepOf } from "./step_parts.ts";
import { edgeValues, relativeDifference, TrainingRun, weightsByName } from "./training_run.ts";

const widths = [4, 5, 6, 6, 4, 3];
const net = new EnumeratedNetwork(widths, true);
const learningRate = 0.01;

Deno.test("g is the gradient by v of the network as a function of its path values", () => {
  // after its first step the velocity of momentum is g
  const network = mlp(widths, { bias: true, transform: sgd({ learningRate, momentum: 0.9 }) });
  const run = new TrainingRun(network, gsgd()(network.graph));
  const slopes = pathSpaceGradients(net, edgeValues(net, run.weights()), network);
  run.steps(1);
  const velocity = Object.fromEntries(
    Object.keys(slopes).map((name) => [name, run.value(`${name}.momentum`)]),
  );
  const apart = relativeDifference(velocity, slopes);
  assert(apart < 1e-12, String(apart));
});

Deno.test("path values move by −η·g, as they follow from the new weights", () => {
  const network = mlp(widths, { bias: true, transform: sgd({ learningRate }) });
  const run = new TrainingRun(network, gsgd()(network.graph));
  const start = edgeValues(net, run.weights());
  const { g } = net.pathGradients(start, edgeValues(net, run.gradients()));
  const before = net.pathValues(start);
  const after = net.pathValues(edgeValues(net, run.steps(1).weights()));
  const largest = Math.max(...before.map(Math.abs));
  before.forEach((v, p) =>
    assert(Math.abs(after[p]! - v + learningRate * g[p]!) < 1e-12 * largest)
  );
});

Deno.test("with skeleton weights of 1 the first layer's plain weights move as with SGD, to the bit", () => {
  const network = mlp(widths, { bias: true, transform: sgd({ learningRate }) });
  const start = edgeValues(net, new TrainingRun(network).weights());
  for (const e of [...net.free, ...net.trained]) start[e] = 1;
  const [path, plain] = [gsgd()(network.graph), network.graph].map((graph) =>
    edgeValues(net, new TrainingRun(network, graph, weightsByName(net, start)).steps(1).weights())
  );
  let others = 0;
  for (const e of net.plain) {
    const { layer, column } = net.edges[e]!;
    if (layer === 1 || column === null) assert(Object.is(path![e], plain![e]));
    else {
      const trained = net.number(1, column % widths[1]!, column % widths[1]! % widths[0]!);
      // one trained weight upstream where all units below have one in the first layer
      if (layer !== 2) continue;
      others++;
      assert(Math.abs(path![e]! - plain![e]! / path![trained]!) < 1e-7 * Math.abs(plain![e]!));
    }
  }
  assert(others > 0);
});

Deno.test("without gradient or rate, weights stay as they are, to the bit", () => {
  const network = mlp(widths, { bias: true, transform: sgd({ learningRate: 0 }) });
  const run = new TrainingRun(network, gsgd()(network.graph));
  const before = run.weights();
  assertEquals(run.steps(3).weights(), before);
});

Deno.test("a ratio clamp that is not reached changes nothing, to the bit", () => {
  const network = mlp(widths, { bias: true, transform: sgd({ learningRate: 1e-5 }) });
  const run = () => new TrainingRun(network, gsgd()(network.graph));
  const clamped = gsgd({ ratioClamp: [0.5, 2] })(network.graph);
  const after = run().steps(5).weights();
  assertEquals(new TrainingRun(network, clamped).steps(5).weights(), after);
  assert(relativeDifference(after, run().weights()) > 0);
});

Deno.test("a ratio clamp bounds v′/v of trained skeleton weights, and of nothing else", () => {
  const network = mlp(widths, { bias: true, transform: sgd({ learningRate: 0.1 }) });
  const start = edgeValues(net, new TrainingRun(network).weights());
  const after = (bounds?: readonly [number, number]) => {
    const pass = gsgd(bounds ? { ratioClamp: bounds } : {});
    const run = new TrainingRun(network, pass(network.graph)).steps(1);
    return net.pathValues(edgeValues(net, run.weights()));
  };
  const [before, free, clamped] = [net.pathValues(start), after(), after([0.5, 2])];
  let reached = 0;
  net.coordinates.forEach((e, p) => {
    const ratio = free[p]! / before[p]!;
    const bounded = net.trained.includes(e) ? Math.min(2, Math.max(0.5, ratio)) : ratio;
    if (bounded !== ratio) reached++;
    assert(Math.abs(clamped[p]! / before[p]! - bounded) < 1e-9 * Math.max(1, Math.abs(ratio)));
  });
  assert(reached > 0);
});

Deno.test("a step commutes with renaming hidden units together with their skeleton", () => {
  const network = mlp(widths, { bias: true, transform: sgd({ learningRate, momentum: 0.9 }) });
  const plan = planSkeleton(network.graph);
  const graph = gsgdStep(network.graph, renameUnits(plan));
  const start = new TrainingRun(network).weights();
  const a = new TrainingRun(network, gsgd()(network.graph)).steps(5).weights();
  const b = new TrainingRun(network, graph, permuted(start)).steps(5).weights();
  const apart = relativeDifference(b, permuted(a));
  assert(apart < 1e-12, String(apart));
});

Deno.test("the step that tests can take apart is the step of gsgd", () => {
  const { graph } = mlp(widths, { bias: true, transform: adamW({ learningRate }) });
  for (const options of [{}, { ratioClamp: [0.5, 2] as const, basisPathPenalty: 0.1 }]) {
    assertEquals(print(stepOf({}, options)(graph)), print(gsgd(options)(graph)));
  }
});

/** Unit k of layer l gets the place (k + l) mod width. */
function place(layer: number, unit: number): number {
  const isHidden = layer > 0 && layer < widths.length - 1;
  return isHidden ? (unit + layer) % widths[layer]! : unit;
}

function permuted(weights: Readonly<Record<string, Float64Array>>): Record<string, Float64Array> {
  return Object.fromEntries(
    Object.entries(weights).map(([name, data]) => {
      const layer = Number(name.slice(1, name.indexOf(".")));
      const below = name.endsWith("bias") ? 1 : widths[layer - 1]!;
      const moved = data.slice();
      data.forEach((x, i) => {
        const column = name.endsWith("bias") ? 0 : place(layer - 1, i % below);
        moved[place(layer, Math.floor(i / below)) * below + column] = x;
      });
      return [name, moved];
    }),
  );
}

/** The same skeleton after the units have got their new places. */
function renameUnits({ skeleton, ...rest }: SkeletonPlan): SkeletonPlan {
  const layerOf = (weight: Node) => Number((weight.attrs as { name: string }).name.slice(1, 2));
  const moveEdge = (edge: SkeletonEdge): SkeletonEdge => {
    const layer = layerOf(edge.weight);
    const [row, column] = edge.position as [number, number];
    return { ...edge, position: [place(layer, row), place(layer - 1, column)] };
  };
  const nodes = skeleton.nodes.map((node) => ({
    ...node,
    inEdge: moveEdge(node.inEdge),
    outEdge: moveEdge(node.outEdge),
  }));
  const moveList = <T>(list: readonly T[], layer: number): T[] => {
    const moved = [...list];
    if (list.length > 1) list.forEach((item, i) => moved[place(layer, i)] = item);
    return moved;
  };
  const tensors = skeleton.tensors.map((tensor): SkeletonTensor => {
    const layer = layerOf(tensor.weight);
    return {
      ...tensor,
      head: { ...tensor.head, ids: moveList(tensor.head.ids, layer) },
      tail: { ...tensor.tail, ids: moveList(tensor.tail.ids, layer - 1) },
      inEdges: moveList(tensor.inEdges, layer).map((edge) => edge && moveEdge(edge)),
      outEdges: moveList(tensor.outEdges, layer - 1).map((edge) => edge && moveEdge(edge)),
    };
  });
  return { ...rest, skeleton: vectorize({ nodes, tensors }) };
}
