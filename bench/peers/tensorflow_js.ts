/**
 * TensorFlow.js (npm `@tensorflow/tfjs`) as a contender; run by `compare.ts` in the folder where it
 * is installed. Requires the union package: `tfjs-core` alone has no gradients.
 * @module
 */
import { oneHot, trainingInputs, values } from "../inputs.ts";
import {
  CHECKED_STEPS,
  type Contender,
  type Job,
  LEARNING_RATE,
  lossesOf,
  probed,
  serve,
} from "./protocol.ts";
import type { Tf, TfTensor } from "./tensorflow_js_api.ts";
import { convolution } from "./tensorflow_js_conv.ts";

const NO_GRADIENT = "the WebAssembly backend has no gradient of convolutions";

const [device = "wasm"] = Deno.args;
// not literals: the packages exist only in the temporary folder
const packageName: string = "@tensorflow/tfjs";
const loaded: Tf & { readonly default?: Tf } = await import(packageName);
const tf: Tf = loaded.default ?? loaded;
await import(`@tensorflow/tfjs-backend-${device}`);

await serve(open);

async function open(): Promise<Contender> {
  if (!await tf.setBackend(device)) throw new Error(`Cannot open ${device}: it was refused`);
  await tf.ready();
  return {
    description: `tfjs ${tf.version.tfjs} ${tf.getBackend()}`,
    async prepare(subject) {
      switch (subject.kind) {
        case "matmul":
          return await product(subject);
        case "conv":
          if (device === "wasm" && subject.backward) return { declined: NO_GRADIENT };
          return await convolution(tf, subject);
        case "training":
          return await training(subject.widths, subject.batch);
        case "recurrent":
          return { declined: "its gradient of unrolled steps takes seconds" };
        case "transformer":
          return { declined: "it has no layers of transformers" };
        case "plainNet":
          return { declined: device === "wasm" ? NO_GRADIENT : "a step takes 15 s on WebGPU" };
      }
    },
  };
}

async function product({ m, n, k }: { m: number; n: number; k: number }): Promise<Job> {
  const a = tf.tensor(values(m * k, 1), [m, k]);
  const b = tf.tensor(values(k * n, 2), [k, n]);
  const first = tf.matMul(a, b);
  const c = await first.data();
  first.dispose();
  return {
    check: probed(c),
    async run(times) {
      for (let i = 1; i < times; i++) tf.matMul(a, b).dispose();
      const last = tf.matMul(a, b);
      const corner = last.slice([0, 0], [1, 1]);
      await corner.data();
      corner.dispose();
      last.dispose();
    },
    close() {
      a.dispose();
      b.dispose();
    },
  };
}

async function training(widths: readonly number[], batch: number): Promise<Job> {
  const classes = widths.at(-1) ?? 1;
  const inputs = trainingInputs(widths, batch);
  const x = tf.tensor(inputs.x, [batch, widths[0] ?? 0]);
  const y = tf.tensor(oneHot(inputs.y, classes), [batch, classes]);
  const layers = inputs.layers.map(({ inputs, outputs, weight, bias }) => ({
    weight: tf.variable(tf.tensor(weight, [outputs, inputs])),
    bias: tf.variable(tf.tensor(bias, [outputs])),
  }));
  const variables = layers.flatMap(({ weight, bias }) => [weight, bias]);
  const optimizer = tf.train.sgd(LEARNING_RATE);
  const loss = () => {
    let value = x;
    layers.forEach(({ weight, bias }, i) => {
      value = tf.matMul(value, weight, false, true).add(bias);
      if (i < layers.length - 1) value = value.relu();
    });
    return tf.losses.softmaxCrossEntropy(y, value);
  };
  const advance = () => tf.tidy(() => optimizer.minimize(loss, true, variables));
  const read = async (tensor: TfTensor) => {
    const [value = NaN] = await tensor.data();
    tensor.dispose();
    return value;
  };
  return {
    check: await lossesOf(CHECKED_STEPS, () => read(advance())),
    async run(times) {
      for (let i = 1; i < times; i++) advance().dispose();
      await read(advance());
    },
    close: () => [x, y, ...variables].forEach((tensor) => tensor.dispose()),
  };
}
