/** Twins that are trained with gradients in hand: the same function, with rescaled units. */
import { assert, assertEquals } from "@std/assert";
import * as gs from "../../../mod.ts";

/** A network of Linear and ReLU, and the batch that it is trained on. */
export interface Twin {
  readonly model: gs.Module;
  readonly backend: gs.Backend;
}

/** How a twin is trained. */
export interface Training extends Disposable {
  readonly step: () => void;
}

export const ROWS = 8;
export const inputs = { x: gs.f32([ROWS, 4]), y: gs.i32([ROWS]) };

/** The batch; micro-batches are parts of it. */
export const batch = {
  x: Float32Array.from({ length: ROWS * 4 }, (_, i) => Math.sin(1 + 3 * i)),
  y: Int32Array.from({ length: ROWS }, (_, i) => (i * 5) % 3),
};

/** Linear 4-8-6-3 with ReLU between them. */
export function makeModel(): gs.Module {
  const layers = [
    new gs.Linear(4, 8),
    new gs.ReLU(),
    new gs.Linear(8, 6),
    new gs.ReLU(),
    new gs.Linear(6, 3),
  ];
  return gs.initialize(new gs.Sequential(layers), { seed: 3 });
}

/** The plan of a plain step of the model: the same for every way of training all of it. */
export function planOf(
  model: gs.Module,
  transform: gs.GradientTransform = gs.sgd({ learningRate: 0.1 }),
): gs.GsgdPlan {
  const optimizer = new gs.Optimizer(model.parameters(), transform);
  return gs.planGsgd(
    gs.trace(inputs, ({ x, y }) => ({
      updates: optimizer.minimize(gs.crossEntropy(model.forward(x), y)),
    })).graph,
  );
}

/** How a twin's units are scaled; "no": not at all. */
export type Scaling = "no" | "powers of two" | "any";

/** Path values after some steps, of the model that `train` trains. */
export async function pathValuesAfter(
  backend: gs.Backend,
  steps: number,
  scaling: Scaling,
  train: (twin: Twin) => Promise<Training>,
  planFor: (model: gs.Module) => gs.GsgdPlan = planOf,
): Promise<Map<string, Float64Array>> {
  using model = makeModel();
  const plan = planFor(model);
  gs.initializeSkeleton(plan, model.parameters(), "one");
  if (scaling !== "no") {
    const powersOfTwo = scaling === "powers of two";
    gs.rescaleNodes(plan, model.parameters(), { range: 16, powersOfTwo, seed: 7 });
  }
  using training = await train({ model, backend });
  const before = await weightsOf(model);
  for (let i = 0; i < steps; i++) training.step();
  const after = await weightsOf(model);
  assert([...after].some(([name, data]) => data.some((w, i) => w !== before.get(name)![i])));
  return gs.pathValues(plan, after);
}

async function weightsOf(model: gs.Module): Promise<Map<string, gs.HostArray>> {
  const named = [...model.namedParameters()];
  const values = await gs.readVariables(named.map(([, parameter]) => parameter));
  return new Map(named.map(([name], i) => [name, values[i]!]));
}

/** Twins by powers of two stay equal, bit for bit; others to rounding. */
export async function assertTwins(
  backend: gs.Backend,
  train: (twin: Twin) => Promise<Training>,
  steps = 6,
  planFor?: (model: gs.Module) => gs.GsgdPlan,
): Promise<Map<string, Float64Array>> {
  const after = (scaling: Scaling) => pathValuesAfter(backend, steps, scaling, train, planFor);
  const one = await after("no");
  assertEquals(await after("powers of two"), one);
  const other = await after("any");
  const apart = gs.relativeDifference(other, one);
  assert(apart < 1e-4, `twins by any factors are apart by ${apart}`);
  return one;
}

/** A training of one compiled step on the whole batch. */
export async function oneStep(
  { model, backend }: Twin,
  transform: gs.GradientTransform,
  updates: (parts: {
    readonly optimizer: gs.Optimizer;
    readonly model: gs.Module;
    readonly x: gs.Tensor;
    readonly y: gs.Tensor;
  }) => gs.Updates,
  passes: readonly gs.Pass[] = [gs.gsgd()],
): Promise<Training> {
  const optimizer = new gs.Optimizer(model.parameters(), transform);
  const compiled = await gs.compile(inputs, ({ x, y }) => ({
    updates: updates({ optimizer, model, x, y }),
  }), { backend, passes });
  return {
    step: () => compiled.run(batch),
    [Symbol.dispose]: () => {
      compiled[Symbol.dispose]();
      optimizer[Symbol.dispose]();
    },
  };
}

/** A training of micro-batches of `rows` samples, and one step with their mean gradients. */
export async function accumulated(
  { model, backend }: Twin,
  transform: gs.GradientTransform,
  rows: readonly number[],
  passes: readonly gs.Pass[] = [gs.gsgd()],
): Promise<Training> {
  const optimizer = new gs.Optimizer(model.parameters(), transform);
  const accumulator = new gs.GradientAccumulator(optimizer);
  const compiled = new Map<number, gs.Compiled<"x" | "y", never>>();
  for (const count of new Set(rows)) {
    const types = { x: gs.f32([count, 4]), y: gs.i32([count]) };
    const step = await gs.compile(types, ({ x, y }) => ({
      updates: accumulator.accumulate(gs.crossEntropy(model.forward(x), y), { weight: count }),
    }), { backend });
    compiled.set(count, step as gs.Compiled<"x" | "y", never>);
  }
  const apply = await gs.compile({}, () => ({ updates: accumulator.apply() }), {
    backend,
    passes,
  });
  return {
    step: () => {
      let at = 0;
      for (const count of rows) {
        const x = batch.x.slice(at * 4, (at + count) * 4);
        compiled.get(count)!.run({ x, y: batch.y.slice(at, at + count) });
        at += count;
      }
      apply.run();
    },
    [Symbol.dispose]: () => {
      for (const owner of [...compiled.values(), apply, accumulator, optimizer]) {
        owner[Symbol.dispose]();
      }
    },
  };
}
