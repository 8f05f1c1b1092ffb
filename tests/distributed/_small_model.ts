import * as gs from "../../mod.ts";
import { openCpu } from "../../cpu/mod.ts";
import {
  type Communicator,
  compileDistributed,
  rowsOfRank,
  sumOverRanks,
} from "../../distributed/mod.ts";
import { generator } from "../support/random.ts";

const STEPS = 12;
const [FEATURES, HIDDEN, CLASSES] = [7, 9, 4] as const;

/** The samples of the global batch of a step. */
function batchOf(step: number, rows: number) {
  const random = generator(100 + step);
  const x = Float32Array.from({ length: rows * FEATURES }, () => 2 * random() - 1);
  const y = Int32Array.from({ length: rows }, () => Math.floor(random() * CLASSES));
  return { x, y };
}

/** How the ranks train: an optimizer, and passes. */
interface Method {
  readonly transform: gs.GradientTransform;
  readonly passes?: () => readonly gs.Pass[];
  /** Largest difference of a weight from one process. Default: 1e-6. */
  readonly tolerance?: number;
}

const rate = { learningRate: 0.1 };
/** Methods by name. */
export const methods = {
  sgd: { transform: gs.sgd(rate) },
  "momentum, clipped": {
    transform: gs.chain(gs.clipByGlobalNorm(0.5), gs.sgd({ ...rate, momentum: 0.9 })),
  },
  adamW: { transform: gs.adamW({ learningRate: 1e-2, weightDecay: 0.01 }), tolerance: 3e-5 },
  gsgd: { transform: gs.sgd(rate), passes: () => [gs.gsgd()] },
  "path-sgd": { transform: gs.sgd(rate), passes: () => [gs.pathSgd()] },
} as const satisfies Readonly<Record<string, Method>>;

/** What a rank trains. */
interface Run {
  readonly method: keyof typeof methods;
  readonly rows: number;
  /** Default: a CPU of its own. */
  readonly backend?: gs.Backend;
  readonly communicator: Communicator;
}

/** The weights after some steps, and the sum of the losses that every rank saw. */
export async function trainSmallModel({ method, rows, backend: given, communicator }: Run) {
  const { transform, passes }: Method = methods[method];
  using own = given ? undefined : openCpu({ threads: 1 });
  const backend = given ?? own!;
  const range = rowsOfRank(rows, communicator);
  const layers = [new gs.Linear(FEATURES, HIDDEN), new gs.ReLU(), new gs.Linear(HIDDEN, CLASSES)];
  using model = gs.initialize(new gs.Sequential(layers), { seed: 3 });
  using optimizer = new gs.Optimizer(model.parameters(), transform);
  if (passes) setSkeleton(model, optimizer);
  const inputs = { x: gs.f32([range.count, FEATURES]), y: gs.i32([range.count]) };
  using step = await compileDistributed(inputs, ({ x, y }) => {
    const loss = gs.crossEntropy(model.forward(x), y).mul(range.share);
    return { outputs: { loss: sumOverRanks(loss) }, updates: optimizer.minimize(loss) };
  }, { communicator, backend, passes: passes?.() ?? [] });
  let losses = 0;
  for (let i = 0; i < STEPS; i++) {
    const { x, y } = batchOf(i, rows);
    const { from, count } = range;
    await step.run({
      x: x.slice(from * FEATURES, (from + count) * FEATURES),
      y: y.slice(from, from + count),
    });
    losses += (await step.read()).loss[0]!;
  }
  return { losses, weights: await gs.readVariables(model.parameters()) };
}

/** Sets skeleton weights to 1, as the paper does, so that no rounding is divided by a small one. */
function setSkeleton(model: gs.Module, optimizer: gs.Optimizer): void {
  const { graph } = gs.trace({ x: gs.f32([2, FEATURES]), y: gs.i32([2]) }, ({ x, y }) => ({
    updates: optimizer.minimize(gs.crossEntropy(model.forward(x), y)),
  }));
  gs.initializeSkeleton(gs.planGsgd(graph), model.parameters(), "one");
}

/** Largest distance between weights. */
export function farthest(a: readonly gs.HostArray[], b: readonly gs.HostArray[]): number {
  return Math.max(...a.flatMap((list, i) => [...list].map((x, j) => Math.abs(x - b[i]![j]!))));
}

/** Largest difference of a weight from one process. */
export function toleranceOf(name: keyof typeof methods): number {
  const method: Method = methods[name];
  return method.tolerance ?? 1e-6;
}
