import * as gs from "../../mod.ts";
import { randomFloats } from "./_random.ts";

/** A model to train. */
export interface Job {
  readonly model: () => gs.Module;
  readonly shape: readonly number[];
  readonly gsgd?: boolean;
}

/** The losses of three steps. */
export async function losses(
  { model: make, shape, gsgd }: Job,
  backend: gs.Backend,
): Promise<number[]> {
  using model = gs.initialize(make(), { seed: 3 });
  using optimizer = new gs.Optimizer(model.parameters(), gs.sgd({ learningRate: 1e-3 }));
  const count = shape[0]!;
  const traced = gs.trace({ x: gs.f32(shape), y: gs.i32([count]) }, ({ x, y }) => {
    const statistics = new Map<gs.Variable, gs.Tensor>();
    const record = (variable: gs.Variable, next: gs.Tensor) => void statistics.set(variable, next);
    const loss = gs.crossEntropy(model.forward(x, { training: true, record }), y);
    return { outputs: { loss }, updates: new Map([...optimizer.minimize(loss), ...statistics]) };
  });
  const plan = gsgd ? gs.planGsgd(traced.graph) : undefined;
  if (plan) gs.initializeSkeleton(plan, model.parameters(), "one");
  using step = await gs.compile(traced, { backend, passes: plan ? [plan.apply] : [] });
  const found: number[] = [];
  for (let i = 0; i < 3; i++) {
    step.run({
      x: randomFloats(shape, 5 + i).data as Float32Array,
      y: Int32Array.from({ length: count }, (_, row) => (row * 7 + i) % 10),
    });
    found.push((await step.read()).loss[0]!);
  }
  return found;
}
