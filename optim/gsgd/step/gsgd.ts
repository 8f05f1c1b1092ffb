/**
 * G-SGD [Meng 2019, Algorithm 1] as a pass over a finished training step.
 * @module
 */
import { type Graph, LABEL, labelOf, type Node, type Pass } from "../../../graph/mod.ts";
import { describe, requireNoneOutside, requireScaleNodes } from "../report/describe.ts";
import type { GsgdReport } from "../report/report.ts";
import { planSkeleton, type SkeletonPlan } from "../skeleton/plan_skeleton.ts";
import type { Skeleton, SkeletonTensor } from "../skeleton/skeleton.ts";
import { type LossOf, readPlannedStep } from "../skeleton/training_step.ts";
import { penalized } from "./basis_path_penalty.ts";
import { checkGsgdOptions, type GsgdOptions } from "./gsgd_options.ts";
import { pathGradient, pathSums, rescaledGradients } from "./inverse_chain_rule.ts";
import { PathOptimizer } from "./path_optimizer.ts";
import { plainPathValue, type RouteProducts, routeProducts } from "./path_values.ts";
import { gradientAtInEdges } from "./product_gradient.ts";
import { clampRatios } from "./ratio_clamp.ts";
import { counterUpdates } from "./telemetry.ts";
import { allocate, nextProducts } from "./weight_allocation.ts";

/** How G-SGD treats the parameters of a graph, and the pass that applies it. */
export interface GsgdPlan {
  /** How each parameter is treated. */
  readonly report: GsgdReport;
  /** The scale nodes and skeleton weights. */
  readonly skeleton: Skeleton;
  /**
   * Rewrites the graph that the plan was made for, or another step of the same parameters, such as
   * one that applies gradients which it receives. Throws a {@linkcode GraphError} if there is no
   * scale node, or if the graph does not train the plan's weights: plain SGD must not train under
   * the name of G-SGD.
   */
  readonly apply: Pass;
}

/**
 * Analyzes a training step and reports how G-SGD treats each parameter.
 *
 * @throws {GraphError} with `strict`, if a weight would keep its plain update
 * @throws {TypeError} if there is no such option
 * @throws {RangeError} if there is no such choice, `basisPathPenalty` is negative, or `ratioClamp`
 *   is not two positive numbers in order
 */
export function planGsgd(graph: Graph, options: GsgdOptions = {}): GsgdPlan {
  checkGsgdOptions(options);
  const plan = planSkeleton(graph, options);
  const report = describe(plan);
  if (options.strict) requireNoneOutside(report);
  return {
    report,
    skeleton: plan.skeleton,
    apply: (graph) => {
      requireScaleNodes("apply gsgd", report);
      return gsgdStep(graph, { ...plan, step: readPlannedStep(graph, plan.skeleton) }, options);
    },
  };
}

/** Algorithm 1 of the paper [gsgd.md §0]: replaces the updates of the weights in a plan. */
export function gsgdStep(graph: Graph, plan: SkeletonPlan, options: GsgdOptions = {}): Graph {
  const { skeleton } = plan;
  const { basisPathPenalty = 0, ratioClamp, telemetry } = options;

  // The inverse chain rule: gradients δ = ∂L/∂w become g = ∂L/∂v [Meng 2019, Eq. 3].
  const routes = routeProducts(skeleton);
  const slopes = pathSlopes(plan, routes, basisPathPenalty);

  // The graph's own optimizer acts on path values: v′ = v + update(v, g).
  const inputs = new Map(skeleton.tensors.map((tensor) => {
    return [tensor.weight, {
      gradients: slopes(tensor),
      value: () => plainPathValue(tensor, routes),
    }];
  }));
  const optimizer = new PathOptimizer(graph, plan.step, inputs);
  const updateAtInEdges = (tensor: SkeletonTensor) =>
    optimizer.updateWith(tensor.weight, slopes(tensor, gradientAtInEdges));
  const clamp = clampRatios(skeleton, routes, updateAtInEdges, ratioClamp);

  // Weight allocation, first layer first: the weights with these path values [Meng 2019, Eq. 6].
  const next = nextProducts(skeleton, routes, (tensor) => clamp(tensor, updateAtInEdges(tensor)));
  const weights = new Map(skeleton.tensors.map((tensor) => {
    const update = clamp(tensor, optimizer.update(tensor.weight));
    const allocated = allocate(tensor, update, routes, next);
    return [tensor.weight, LABEL.set(allocated, labelOf(tensor.weight))];
  }));

  const rewritten = optimizer.rewriteGraph(weights);
  const step = { skeleton, routes, next, updates: updateAtInEdges, ratioClamp };
  const counters = counterUpdates(telemetry, step);
  return { ...rewritten, updates: new Map([...rewritten.updates, ...counters]) };
}

/** For each weight g = ∂L/∂v by loss; `read` chooses what to take for δ. */
function pathSlopes(plan: SkeletonPlan, routes: RouteProducts, basisPathPenalty: number) {
  const losses = rescaledGradients(plan).map((each) => {
    return { ...each, sums: pathSums(each.part, each.gradients) };
  });
  return (
    tensor: SkeletonTensor,
    read: typeof gradientAtInEdges = (_, gradient) => gradient,
  ): ReadonlyMap<LossOf, Node> => {
    const own = losses.filter(({ part }) => part.tensors.includes(tensor));
    return new Map(own.map(({ loss, gradients, sums }, i) => {
      const gradient = read(tensor, gradients(tensor));
      const slope = pathGradient(plan.skeleton, tensor, gradient, routes, sums);
      return [loss, penalized(slope, tensor, routes, i === 0 ? basisPathPenalty : 0)];
    }));
  };
}

/**
 * The pass: runs the graph's own optimizer (SGD, momentum, Adam, …) on the values of basis
 * paths instead of weights, for every weight that touches a scale node.
 *
 * The pass throws a {@linkcode GraphError} if there is no scale node, and with `strict` if any
 * weight would keep its plain update. Without it, `onReport` receives the list.
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
 *   }, { backend, passes: [gs.gsgd()] });
 *   for (let i = 0; i < 10; i++) step.run();
 *   return (await first.data())[0]! * (await last.data())[0]!;
 * }
 *
 * assertEquals(await train(1), await train(64));
 * ```
 */
export function gsgd(options: GsgdOptions = {}): Pass {
  checkGsgdOptions(options);
  return (graph) => {
    const { apply, report } = planGsgd(graph, options);
    options.onReport?.(report);
    return apply(graph);
  };
}
