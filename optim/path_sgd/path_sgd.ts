/**
 * Path-SGD [Neyshabur, Salakhutdinov and Srebro 2015, p = 2; gsgd.md §13] as a pass over a
 * finished training step: steepest descent in the geometry of
 *
 *     Σ_{paths p} Π_{e ∈ p} w_e²
 *
 * which does not change, like the network's function, when a hidden unit is rescaled.
 * @module
 */
import { pullBack } from "../../autograd/mod.ts";
import {
  callable,
  checkOptions,
  div,
  full,
  fullLike,
  gradient,
  type Graph,
  GraphError,
  greater,
  is,
  LABEL,
  labelOf,
  type Node,
  optional,
  type Pass,
  rewriteNodes,
  select,
} from "../../graph/mod.ts";
import { readTrainingStep } from "../gsgd/skeleton/training_step.ts";
import type { PathSgdReport } from "./report.ts";
import { squareNetwork } from "./squared_network.ts";

/** Options for `pathSgd`. */
export interface PathSgdOptions {
  /** Receives the report. */
  readonly onReport?: (report: PathSgdReport) => void;
}

/** How Path-SGD treats the parameters of a graph, and the pass that applies it. */
export interface PathSgdPlan {
  /** How each parameter is treated. */
  readonly report: PathSgdReport;
  /** κ of each weight, by the weight's node: f32 of its shape. */
  readonly kappa: ReadonlyMap<Node, Node>;
  /** Rewrites the graph that the plan was made for. */
  readonly apply: Pass;
}

/** Analyzes a training step and reports how Path-SGD treats each parameter. */
export function planPathSgd(graph: Graph): PathSgdPlan {
  const { losses, trained, others } = readTrainingStep(graph);
  const network = squareNetwork(losses, new Set(trained.keys()));
  const weights = [...network?.squares.keys() ?? []];

  // One forward and backward through the squared network: κ_e = ∂/∂(w_e²) Σ_p Π w².
  const slopes = network ? pullBack(network.total, full(1, []), [...network.squares.values()]) : [];
  const kappa = new Map(weights.map((weight, i) => {
    return [weight, LABEL.set(slopes[i]!, `kappa(${labelOf(weight)})`)] as const;
  }));
  const parameters = [...trained.keys(), ...others].map((weight) => ({
    name: labelOf(weight),
    shape: weight.type.shape,
    ...(!kappa.has(weight) && {
      reason: network?.excluded.get(weight) ?? { code: "not-optimized" as const },
    }),
  }));
  return { report: { parameters }, kappa, apply: (step) => divideGradients(step, kappa) };
}

/**
 * The pass: divides the gradient of each weight by
 *
 *     κ_e = Σ_{paths p ∋ e} Π_{e′ ∈ p, e′ ≠ e} w_e′²
 *
 * before the graph's own optimizer sees it. The paths are those of the network on an image of
 * ones, so κ respects the borders of convolutions and counts every way through max pooling.
 *
 * SGD, momentum, and weight decay, which is not divided, keep the invariance. Adam and
 * RMSprop lose it: their steps do not grow with the gradients. So does clipping, as the norm
 * of these gradients depends on the scales.
 *
 * @example Training is invariant to the rescaling of a hidden unit
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import * as gs from "@gspace/gspace";
 *
 * using backend = await gs.openBackend("cpu");
 *
 * // trains a network with one hidden unit, scaled by c, and gives its path value
 * async function train(c: number): Promise<number> {
 *   const parameter = (name: string, value: number) =>
 *     new gs.Parameter(name, { dtype: "f32", shape: [1, 1] }, () => Float32Array.of(value));
 *   using first = parameter("first", 1 * c);
 *   using last = parameter("last", 1 / c);
 *   using optimizer = new gs.Optimizer([first, last], gs.sgd({ learningRate: 0.1 }));
 *   using step = await gs.compile({}, () => {
 *     const output = gs.tensor([[2]]).matmul(first).relu().matmul(last);
 *     return { updates: optimizer.minimize(output.sub(1).square().mean()) };
 *   }, { backend, passes: [gs.pathSgd()] });
 *   for (let i = 0; i < 10; i++) step.run();
 *   return (await first.data())[0]! * (await last.data())[0]!;
 * }
 *
 * assertEquals(await train(1), await train(64));
 * ```
 */
export function pathSgd(options: PathSgdOptions = {}): Pass {
  checkOptions("apply pathSgd", options, { onReport: optional(callable) });
  const { onReport } = options;
  return (graph) => {
    const { report, kappa, apply } = planPathSgd(graph);
    onReport?.(report);
    if (kappa.size === 0) {
      throw new GraphError(
        "Cannot apply pathSgd: there must be a weight on a path of the network: current number of " +
          `trained parameters is ${report.parameters.length}, and κ is known for none of them`,
      );
    }
    return apply(graph);
  };
}

function divideGradients(graph: Graph, kappa: ReadonlyMap<Node, Node>): Graph {
  const losses = new Set<Node | undefined>([...readTrainingStep(graph).losses, undefined]);
  const rewritten = rewriteNodes(graph.updates.values(), (node, { inputs: [, weight, loss] }) => {
    const [slope, ...others] = node.inputs as [Node, Node, Node?];
    const divisor = is(node, gradient) && losses.has(loss) ? kappa.get(weight!) : undefined;
    if (!divisor) return undefined;
    return LABEL.set(gradient(divided(slope, divisor), ...others), labelOf(node));
  });
  const updates = [...graph.updates].map(([key, next]) => [key, rewritten.get(next)!] as const);
  return { ...graph, updates: new Map(updates) };
}

/** A weight that no path of other weights leads through has gradient 0 and stays. */
function divided(slope: Node, kappa: Node): Node {
  const zero = fullLike(kappa, 0);
  return select(greater(kappa, zero), div(slope, kappa), zero);
}
