import { planGsgd } from "../../../optim/gsgd/mod.ts";
import { pathSgd } from "../../../optim/path_sgd/mod.ts";
import type { BackendTest } from "../gsgd/backend_suite.ts";
import { TrainingRun } from "../gsgd/training_run.ts";
import { enumeratedKappa } from "../path_sgd/unrolled.ts";
import { type UnrolledCase, unrolledCases, unrolledMlps } from "../path_sgd/unrolled_cases.ts";
import { checkTrajectory, f32Tolerance } from "./check_trajectory.ts";
import { lively, STEPS, type Trajectory, type Weights } from "./enumerated_trajectory.ts";
import { type OptimizerCase, pathSgdCases } from "./optimizer_rules.ts";

const known = new Map<string, Trajectory>();

/** Computed once for all backends of a file. */
function trajectoryOf(item: UnrolledCase, optimizer: OptimizerCase): Trajectory {
  const key = `${item.name}, ${optimizer.name}`;
  const found = known.get(key) ?? pathTrajectory(item, optimizer);
  known.set(key, found);
  return found;
}

/** Path-SGD with κ from enumerated paths, step by step. */
function pathTrajectory({ network: make, outputs }: UnrolledCase, optimizer: OptimizerCase) {
  const { network, start } = lively((seed) => {
    const network = make({ transform: optimizer.transform, seed });
    return { network, start: new TrainingRun(network).weights() };
  });
  const next = Object.fromEntries(Object.keys(start).map((name) => [name, optimizer.rule()]));
  let weights: Weights = start;
  for (let step = 1; step <= STEPS; step++) {
    const slopes = new TrainingRun(network, network.graph, weights).gradients();
    const kappa = enumeratedKappa(outputs, weights);
    weights = Object.fromEntries(
      Object.entries(weights).map(([name, v]) => {
        const g = slopes[name]!.map((x, i) => x / kappa[name]![i]!);
        return [name, next[name]!({ g, v, roles: [], step })];
      }),
    );
  }
  return { network, start, expected: weights };
}

/** Steps of Path-SGD as a backend runs them: against enumerated paths, and as twins. */
export function pathSgdTrajectories(
  test: BackendTest,
  keeps: (pattern: string, optimizer: string) => boolean = () => true,
): void {
  for (const optimizer of pathSgdCases) {
    const [plain] = pathSgdCases;
    const all = optimizer === plain ? [...unrolledMlps, ...unrolledCases] : unrolledCases;
    const items = all.filter(({ name }) => keeps(name, optimizer.name));
    if (items.length === 0) continue;
    test(`five steps of Path-SGD are those of enumerated paths: ${optimizer.name}`, async (backend) => {
      for (const item of items) {
        const trajectory = trajectoryOf(item, optimizer);
        // the symmetries that there are: through residual sums as well
        const plan = planGsgd(trajectory.network.graph, { residual: "tied" });
        await checkTrajectory(backend, trajectory, {
          pass: pathSgd(),
          plan,
          tolerance: f32Tolerance,
          what: item.name,
        });
      }
    });
  }
}
