/**
 * jax-js (npm `@jax-js/jax`) as a contender; run by `compare.ts` in the folder where it is
 * installed. Every use of an array consumes it, unless used through `.ref`.
 * @module
 */
import { labels, oneHot, trainingInputs, values } from "../inputs.ts";
import type { Jax, JaxArray } from "./jax_js_api.ts";
import { convolution, plainNet } from "./jax_js_conv.ts";
import { recurrent } from "./jax_js_recurrent.ts";
import { trainingJob } from "./jax_js_training.ts";
import { transformer } from "./jax_js_transformer.ts";
import { CHECKED_STEPS, type Contender, type Job, probed, serve } from "./protocol.ts";

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
        case "transformer":
          return await transformer(jax, { device, sizes: subject });
        case "plainNet":
          if (device === "wasm") return { declined: "a step takes half a minute on WebAssembly" };
          if (subject.shortcuts || subject.batch > 32) {
            return { declined: "it is compared on the plain network of batch 32 only" };
          }
          return await plainNet(jax, subject);
        case "recurrent":
          return await recurrent(jax, { ...subject, waitsForSteps: device === "wasm" });
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

async function training(widths: readonly number[], batch: number): Promise<Job> {
  const classes = widths.at(-1) ?? 1;
  const { x, layers } = trainingInputs(widths, batch);
  return await trainingJob(jax, {
    parameters: layers.map(({ inputs, outputs, weight, bias }) => ({
      weight: np.array(weight, { shape: [outputs, inputs] }),
      bias: np.array(bias, { shape: [outputs] }),
    })),
    x: np.array(x, { shape: [batch, widths[0] ?? 0] }),
    y: np.array(oneHot(labels(batch, 2, classes), classes), { shape: [batch, classes] }),
    loss(layers, x, y) {
      let value = x;
      layers.forEach(({ weight, bias }, i) => {
        value = np.matmul(value, np.matrixTranspose(weight)).add(bias);
        if (i < layers.length - 1) value = nn.relu(value);
      });
      return nn.logSoftmax(value, -1).mul(y).sum().mul(-1 / batch);
    },
    checkedSteps: CHECKED_STEPS,
    waitsForSteps: device === "wasm",
  });
}
