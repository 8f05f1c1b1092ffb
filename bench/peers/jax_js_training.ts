/**
 * Training with SGD in jax-js.
 * @module
 */
import type { Jax, JaxArray } from "./jax_js_api.ts";
import { type Job, LEARNING_RATE, lossesOf } from "./protocol.ts";

/** What to train. */
export interface Training<P> {
  readonly parameters: P;
  readonly x: JaxArray;
  /** One-hot labels. */
  readonly y: JaxArray;
  readonly loss: (parameters: P, x: JaxArray, y: JaxArray) => JaxArray;
  /** Number of steps whose losses are compared. */
  readonly checkedSteps: number;
  /** Whether to wait for each step, which is faster on WebAssembly and much slower on WebGPU. */
  readonly waitsForSteps: boolean;
}

/** Training steps as a job. */
export async function trainingJob<P>(
  jax: Jax,
  { parameters, x, y, loss, checkedSteps, waitsForSteps }: Training<P>,
): Promise<Job> {
  const step = jax.jit((before: P, x: JaxArray, y: JaxArray) => {
    const [value, grads] = jax.valueAndGrad(loss)(jax.tree.ref(before), x, y);
    return [value, jax.tree.map((p, g) => p.sub(g.mul(LEARNING_RATE)), before, grads)] as const;
  });
  let current = parameters;
  const advance = () => {
    const [value, next] = step(current, x.ref, y.ref);
    current = next;
    return value;
  };
  return {
    check: await lossesOf(checkedSteps, async () => (await advance().data())[0] ?? NaN),
    async run(times) {
      let last: JaxArray | undefined;
      for (let i = 0; i < times; i++) {
        last?.dispose();
        last = advance();
        if (waitsForSteps || i === times - 1) await jax.blockUntilReady(current);
      }
      await last?.data();
    },
    close: () => jax.tree.dispose([current, x, y]),
  };
}
