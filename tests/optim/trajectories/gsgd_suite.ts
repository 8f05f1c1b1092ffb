import { assert } from "@std/assert";
import { type Backend, labelOf, type Node } from "../../../graph/mod.ts";
import { type GsgdOptions, type GsgdPlan, planGsgd } from "../../../optim/gsgd/mod.ts";
import type { BackendTest } from "../gsgd/backend_suite.ts";
import type { GraphCase } from "../gsgd/graph_case.ts";
import { graphCases } from "../gsgd/graphs.ts";
import type { LayeredPattern } from "../gsgd/layered_patterns.ts";
import type { TrainingNetwork } from "../gsgd/network.ts";
import { relativeDifference, TrainingRun } from "../gsgd/training_run.ts";
import { checkTrajectory, f32Tolerance } from "./check_trajectory.ts";
import {
  enumeratedTrajectory,
  skeletonValue,
  STEPS,
  type Trajectory,
  type Weights,
} from "./enumerated_trajectory.ts";
import { type OptimizerCase, optimizerCases } from "./optimizer_rules.ts";
import { patternsFor } from "./patterns.ts";
import { plainNet } from "./plain_net.ts";
import { randomNetwork } from "./random_networks.ts";

/** How much of the suite is run. */
interface TrajectoryOptions {
  /** Which patterns, by name, and which optimizers. */
  readonly keeps?: (pattern: string, optimizer: string) => boolean;
  /** Number of random networks. */
  readonly networks: number;
}

/** Adam and its like divide by gradients that cancel: what rounding leaves of them is enlarged. */
const toleranceOf = (optimizer: string) =>
  /Ada|RMS/.test(optimizer) ? 20 * f32Tolerance : f32Tolerance;

const known = new Map<string, Trajectory>();

/** Computed once for all backends of a file. */
function trajectoryOf(pattern: LayeredPattern, optimizer: OptimizerCase): Trajectory {
  const key = `${pattern.name}, ${optimizer.name}`;
  const found = known.get(key) ?? enumeratedTrajectory(pattern, optimizer);
  known.set(key, found);
  return found;
}

/** Steps of G-SGD as a backend runs them: against enumerated paths, and as twins. */
export function gsgdTrajectories(test: BackendTest, options: TrajectoryOptions): void {
  const keeps = options.keeps ?? (() => true);
  for (const optimizer of optimizerCases) {
    const patterns = patternsFor(optimizer).filter(({ name }) => keeps(name, optimizer.name));
    if (patterns.length === 0) continue;
    test(`five steps of G-SGD are those of enumerated paths: ${optimizer.name}`, async (backend) => {
      for (const pattern of patterns) {
        const trajectory = trajectoryOf(pattern, optimizer);
        const plan = planGsgd(trajectory.network.graph, optimizer.options);
        await checkTrajectory(backend, trajectory, {
          pass: plan.apply,
          plan,
          tolerance: toleranceOf(optimizer.name),
          what: pattern.name,
        });
      }
    });
  }

  for (const { graph, network, options: skeleton = {}, tolerance = f32Tolerance } of cases) {
    if (!keeps(graph, "SGD")) continue;
    test(`five steps of G-SGD are those of float64: ${graph}`, async (backend) => {
      assert(await checkGraph(backend, network, skeleton, tolerance, graph), "it does not move");
    });
  }

  test("five steps of G-SGD are those of float64: random networks", async (backend) => {
    let alive = 0;
    for (let seed = 0; seed < options.networks; seed++) {
      const { network, options: skeleton, description } = randomNetwork(seed);
      alive += Number(await checkGraph(backend, network, skeleton, f32Tolerance, description));
    }
    assert(alive > options.networks / 2, `only ${alive} networks moved at all`);
  });
}

interface AnyGraph extends Pick<GraphCase, "graph" | "network" | "options"> {
  readonly tolerance?: number;
}

const cases: readonly AnyGraph[] = [
  ...graphCases.filter(({ counts: [nodes] }) => nodes > 0),
  ...(["paper", "affine"] as const).map((bn) => ({
    graph: `PlainNet of 2, 8, and 4 channels, ${bn}`,
    network: plainNet(),
    options: { bn },
    // seven normalizations of a dozen numbers each enlarge what rounding leaves: 2e-4 was seen
    tolerance: 1e-3,
  })),
];

/**
 * The reference is the rewritten graph in float64, which `reference_test.ts` checks. False if
 * there is no scale node, or the network is dead: a layer of one or two units may be 0 for all
 * of the data.
 */
async function checkGraph(
  backend: Backend,
  network: TrainingNetwork,
  options: GsgdOptions,
  tolerance: number,
  what: string,
): Promise<boolean> {
  const plan = planGsgd(network.graph, options);
  if (plan.skeleton.nodes.length === 0) return false;
  const start = tamed(plan, network);
  const run = new TrainingRun(network, plan.apply(network.graph), start).steps(STEPS);
  const expected = run.weights();
  assert(Object.values(expected).every((data) => data.every(Number.isFinite)), what);
  if (relativeDifference(expected, start) < 1e-4) return false;
  const trajectory = { network, start, expected };
  await checkTrajectory(backend, trajectory, { pass: plan.apply, plan, tolerance, what });
  return true;
}

/** The network's own numbers divided by √inputs, and skeleton weights far from 0. */
function tamed({ skeleton: { nodes } }: GsgdPlan, network: TrainingNetwork): Weights {
  const values = new TrainingRun(network).weights();
  const result = Object.fromEntries(network.parameters.map(({ name, shape, size }) => {
    const inputs = shape.length > 1 ? size / shape[0]! : 1;
    return [name, values[name]!.map((w) => Math.fround(w / Math.sqrt(inputs)))];
  }));
  const indexOf = (weight: Node, position: readonly number[]) =>
    position.reduce((sum, i, axis) => sum * weight.type.shape[axis]! + i, 0);
  for (const { weight, position } of nodes.flatMap(({ inEdge, outEdge }) => [inEdge, outEdge])) {
    const [index, data] = [indexOf(weight, position), result[labelOf(weight)]!];
    data[index] = skeletonValue(values[labelOf(weight)]![index]!);
  }
  return result;
}
