/**
 * jax-js (npm `@jax-js/jax`) as a contender; run by `compare.ts` in the folder where it is
 * installed. Every use of an array consumes it, unless used through `.ref`.
 * @module
 */
import { labels, oneHot, trainingInputs, values } from "../inputs.ts";
import type { Jax, JaxArray } from "./jax_js_api.ts";
import { convolution, plainNet } from "./jax_js_conv.ts";
import {
  CHECKED_STEPS,
  type Contender,
  type Job,
  LEARNING_RATE,
  probed,
  serve,
} from "./protocol.ts";

type Layers = { weight: JaxArray; bias: JaxArray }[];
type Step = (layers: Layers, x: JaxArray, y: JaxArray) => [JaxArray, Layers];

const [device = "wasm"] = Deno.args;
// not a literal: the package exists only in the temporary folder
const packageName: string = "@jax-js/jax";
const jax: Jax = await import(packageName);
const { numpy: np, nn } = jax;

await serve(open);

async function open(): Promise<Contender> {
  const devices = await jax.init(device);
  if (!devices.includes(device)) throw new Error(`Cannot open ${device}: found ${devices}`);
  jax.defaultDevice(device);
  return {
    description: `jax-js ${device}`,
    async prepare(subject) {
      switch (subject.kind) {
        case "matmul":
          return await product(subject);
        case "conv":
          return await convolution(jax, subject);
        case "training":
          return await training(subject.widths, subject.batch);
        case "plainNet":
          if (device === "wasm") return { declined: "a step takes half a minute on WebAssembly" };
          return await plainNet(jax, subject);
      }
    },
  };
}

async function product({ m, n, k }: { m: number; n: number; k: number }): Promise<Job> {
  const a = np.array(values(m * k, 1), { shape: [m, k] });
  const b = np.array(values(k * n, 2), { shape: [k, n] });
  const multiply = jax.jit((x: JaxArray, y: JaxArray) => np.matmul(x, y));
  const c = await multiply(a.ref, b.ref).data();
  return {
    check: probed(c),
    async run(times) {
      // a dropped result is never computed, so keep all and wait for them
      const results = Array.from({ length: times }, () => multiply(a.ref, b.ref));
      await jax.blockUntilReady(results);
      results.forEach((result) => result.dispose());
    },
    close: () => jax.tree.dispose([a, b]),
  };
}

function trainingStep(batch: number): Step {
  const loss = (layers: Layers, x: JaxArray, y: JaxArray): JaxArray => {
    let value = x;
    layers.forEach(({ weight, bias }, i) => {
      value = np.matmul(value, np.matrixTranspose(weight)).add(bias);
      if (i < layers.length - 1) value = nn.relu(value);
    });
    return nn.logSoftmax(value, -1).mul(y).sum().mul(-1 / batch);
  };
  return jax.jit((layers: Layers, x: JaxArray, y: JaxArray) => {
    const [value, grads] = jax.valueAndGrad(loss)(jax.tree.ref(layers), x, y);
    return [value, jax.tree.map((p, g) => p.sub(g.mul(LEARNING_RATE)), layers, grads)];
  });
}

async function training(widths: readonly number[], batch: number): Promise<Job> {
  const classes = widths.at(-1) ?? 1;
  const inputs = trainingInputs(widths, batch);
  const x = np.array(inputs.x, { shape: [batch, widths[0] ?? 0] });
  const y = np.array(oneHot(labels(batch, 2, classes), classes), { shape: [batch, classes] });
  let layers: Layers = inputs.layers.map(({ inputs, outputs, weight, bias }) => ({
    weight: np.array(weight, { shape: [outputs, inputs] }),
    bias: np.array(bias, { shape: [outputs] }),
  }));
  const step = trainingStep(batch);
  const advance = () => {
    const [loss, next] = step(layers, x.ref, y.ref);
    layers = next;
    return loss;
  };
  const check: number[] = [];
  for (let i = 0; i < CHECKED_STEPS; i++) check.push((await advance().data())[0] ?? NaN);
  return {
    check,
    async run(times) {
      let last: JaxArray | undefined;
      for (let i = 0; i < times; i++) {
        last?.dispose();
        last = advance();
        // waiting for each step is faster on WebAssembly, and much slower on WebGPU
        if (device === "wasm" || i === times - 1) await jax.blockUntilReady(layers);
      }
      await last?.data();
    },
    close: () => jax.tree.dispose([layers, x, y]),
  };
}
