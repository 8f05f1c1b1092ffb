/**
 * G-SGD [Meng 2019, Algorithm 1] as a pass over a finished training step.
 * @module
 */
import { add, type Graph, LABEL, labelOf, type Node, type Pass } from "../../graph/mod.ts";
import { penaltyGradient } from "./basis_path_penalty.ts";
import { checkGsgdOptions } from "./check_options.ts";
import { pathGradient, pathSums } from "./inverse_chain_rule.ts";
import { OptimizerInG } from "./optimizer_in_g.ts";
import { plainPathValue, routeProducts } from "./path_values.ts";
import type { GsgdReport } from "./report.ts";
import { requireScaleNodes } from "./require_scale_nodes.ts";
import { gradientAtInEdges } from "./product_gradient.ts";
import { ratioUpdates } from "./ratio_telemetry.ts";
import { rescaledGradients } from "./rescaled_gradients.ts";
import type { Skeleton, SkeletonTensor } from "./skeleton.ts";
import { planSkeleton, SKELETON, type SkeletonOptions, tagSkeleton } from "./tag_skeleton.ts";
import { type Telemetry, telemetryUpdates } from "./telemetry.ts";
import {
  allocate,
  clampedUpdates,
  type NextProducts,
  nextProducts,
  type RatioClamp,
  withTrained,
} from "./weight_allocation.ts";

/** What G-SGD can be told. */
export interface GsgdOptions extends SkeletonOptions {
  /**
   * Bounds of the ratio v′/v of trained skeleton weights, positive and in order; none unless
   * told [gsgd.md §9.1].
   */
  readonly ratioClamp?: RatioClamp;
  /**
   * λ of basis-path regularisation, which draws path values of plain weights to 0 and those
   * of skeleton weights to ±1 [gsgd.md §13]; 0 unless told. Weights outside do not see it.
   */
  readonly basisPathPenalty?: number;
  /** Variables that count what is numerically dangerous; see `gsgdTelemetry`. */
  readonly telemetry?: Telemetry;
  /** Is told what becomes of each parameter. */
  readonly onReport?: (report: GsgdReport) => void;
}

/** The steps of G-SGD, so that a test can put a wrong one in a right one's place. */
export interface GsgdSteps {
  readonly routeProducts: typeof routeProducts;
  readonly pathSums: typeof pathSums;
  readonly pathGradient: typeof pathGradient;
  readonly nextProducts: typeof nextProducts;
  readonly allocate: typeof allocate;
}

/** The steps as the paper has them. */
export const gsgdSteps: GsgdSteps = {
  routeProducts,
  pathSums,
  pathGradient,
  nextProducts,
  allocate,
};

/** What G-SGD is going to do with a graph, and the pass that does it. */
export interface GsgdPlan {
  /** What becomes of each parameter. */
  readonly report: GsgdReport;
  /** The scale nodes and skeleton weights. */
  readonly skeleton: Skeleton;
  /** Rewrites the graph that was looked at. */
  readonly apply: Pass;
}

/**
 * Looks at a training step and says what G-SGD does with each parameter.
 *
 * @throws {GraphError} with `strict`, if a weight would keep its plain update
 * @throws {TypeError} if there is no such option
 * @throws {RangeError} if there is no such choice, `basisPathPenalty` is negative, or `ratioClamp` is not two positive
 *   numbers in order
 */
export function planGsgd(graph: Graph, options: GsgdOptions = {}): GsgdPlan {
  checkGsgdOptions(options);
  const plan = planSkeleton(graph, options);
  return {
    report: plan.report,
    skeleton: plan.skeleton,
    apply: (step) => applySkeleton(tagSkeleton(step, plan), options),
  };
}

/**
 * The pass: runs the graph's own optimizer (SGD, momentum, Adam, …) on the values of basis
 * paths instead of weights, for every weight that touches a scale node.
 *
 * The pass throws a {@linkcode GraphError} if there is no scale node, and with `strict` if any
 * weight would keep its plain update; without it `onReport` tells which do.
 *
 * @example Training does not see that a hidden unit is rescaled
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
    requireScaleNodes("apply gsgd", report);
    return apply(graph);
  };
}

/** Replaces the updates of weights that `tagSkeleton` tagged; it reads nothing but the tags. */
export function applySkeleton(
  graph: Graph,
  { ratioClamp, telemetry, basisPathPenalty = 0 }: GsgdOptions = {},
  steps: GsgdSteps = gsgdSteps,
): Graph {
  const tags = [...graph.updates.values()].flatMap((next) => SKELETON.get(next) ?? []);
  const [first] = tags;
  if (!first) return graph;
  const { plan } = first;
  const { skeleton, step } = plan;
  const gradientOf = rescaledGradients(plan);

  // Values of the routes, and the inverse chain rule: δ = ∂L/∂w becomes g = ∂L/∂v.
  const products = steps.routeProducts(skeleton);
  const sums = steps.pathSums(skeleton, gradientOf);
  const inG = new OptimizerInG(graph, step.loss);
  const slopeOf = (tensor: SkeletonTensor, gradient: Node) => {
    const slope = steps.pathGradient(skeleton, tensor, gradient, products, sums);
    if (basisPathPenalty === 0) return slope;
    return add(slope, penaltyGradient(tensor, products, basisPathPenalty));
  };
  for (const { tensor } of tags) {
    const g = slopeOf(tensor, gradientOf(tensor));
    inG.replace(tensor.weight, g, () => plainPathValue(tensor, products));
  }

  // The graph's optimizer acts on v: v′ = v + update(g, v, state). The routes after the step
  // depend on what it does at in-edges, for which the whole gradient need not be known.
  const tensors = new Map(tags.map(({ tensor }) => [tensor.weight, tensor]));
  const updateOf = (weight: Node) => inG.rewrite(step.trained.get(weight)!.delta);
  const updateAtInEdges = (weight: Node) => {
    const tensor = tensors.get(weight)!;
    const g = slopeOf(tensor, gradientAtInEdges(tensor, gradientOf(tensor)));
    return inG.rewriteWith(step.trained.get(weight)!.delta, weight, g);
  };

  // Weight allocation: the weights whose basis paths have these values.
  const clamped = ratioClamp && clampedUpdates(skeleton, updateAtInEdges, products, ratioClamp);
  const allocate = (weight: Node, own: Node, next: NextProducts) => {
    const tensor = tensors.get(weight)!;
    const update = clamped ? withTrained(tensor, own, clamped) : own;
    return steps.allocate(tensor, update, products, next);
  };
  const next = steps.nextProducts(skeleton, products, (weight, soFar) => {
    return allocate(weight, updateAtInEdges(weight), soFar);
  });
  const weights = new Map(tags.map(({ tensor: { weight } }) => {
    return [weight, LABEL.set(allocate(weight, updateOf(weight), next), labelOf(weight))];
  }));
  const rewritten = inG.rewriteGraph(weights);
  if (!telemetry) return rewritten;
  const counted = telemetryUpdates(telemetry, products, next);
  const sources = { skeleton, products, next, updates: updateAtInEdges, clamp: ratioClamp };
  const ratios = telemetry.ratios ? ratioUpdates(telemetry.ratios, sources) : [];
  return { ...rewritten, updates: new Map([...rewritten.updates, ...counted, ...ratios]) };
}
