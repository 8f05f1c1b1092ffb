/**
 * Convolutions and convolutional networks in jax-js.
 * @module
 */
import {
  convInputs,
  type ConvLayer,
  IMAGE_SIZE,
  type PlainNetInputs,
  plainNetInputs,
} from "../conv_inputs.ts";
import { oneHot } from "../inputs.ts";
import type { Jax, JaxArray } from "./jax_js_api.ts";
import { trainingJob } from "./jax_js_training.ts";
import {
  CHECKED_PLAIN_NET_STEPS,
  type ConvSubject,
  type Job,
  type PlainNetSubject,
  probedResults,
} from "./protocol.ts";

const EPSILON = 1e-5;

/** A convolution, alone or with Σ result · g and its derivatives. */
export async function convolution(jax: Jax, subject: ConvSubject): Promise<Job> {
  const { n, inputs, outputs, size, backward } = subject;
  const { numpy: np } = jax;
  const data = convInputs(subject);
  const x = np.array(data.x, { shape: [n, inputs, size, size] });
  const w = np.array(data.w, { shape: [outputs, inputs, 3, 3] });
  const g = np.array(data.g, { shape: [n, outputs, size, size] });
  const apply = (x: JaxArray, w: JaxArray) => jax.lax.conv(x, w, [1, 1], [[1, 1], [1, 1]]);
  const forward = jax.jit(apply);
  const derivatives = jax.jit(jax.valueAndGrad(
    ([x, w]: [JaxArray, JaxArray], g: JaxArray) => apply(x, w).mul(g).sum(),
  ));
  const once = (): JaxArray[] => {
    if (!backward) return [forward(x.ref, w.ref)];
    const [loss, [dx, dw]] = derivatives([x.ref, w.ref], g.ref);
    return [loss, dx, dw];
  };
  return {
    check: probedResults(await Promise.all(once().map((result) => result.data()))),
    async run(times) {
      // a dropped result is never computed, so keep all and wait for them
      const results = Array.from({ length: times }, once);
      await jax.blockUntilReady(results);
      jax.tree.dispose(results);
    },
    close: () => jax.tree.dispose([x, w, g]),
  };
}

interface Parameters {
  readonly convolutions: { weight: JaxArray; gamma: JaxArray; beta: JaxArray }[];
  readonly fc: { weight: JaxArray; bias: JaxArray };
}

/** Training of a plain network. Running statistics are omitted: nothing reads them. */
export async function plainNet(jax: Jax, { depth, batch }: PlainNetSubject): Promise<Job> {
  const { numpy: np } = jax;
  const inputs = plainNetInputs(depth, batch);
  const { classes } = inputs;
  return await trainingJob(jax, {
    parameters: initialParameters(jax, inputs),
    x: np.array(inputs.x, { shape: [batch, 3, IMAGE_SIZE, IMAGE_SIZE] }),
    y: np.array(oneHot(inputs.y, classes), { shape: [batch, classes] }),
    loss: (parameters, x, y) =>
      jax.nn.logSoftmax(logits(jax, inputs.layers, parameters, x), -1).mul(y).sum().mul(-1 / batch),
    checkedSteps: CHECKED_PLAIN_NET_STEPS,
    waitsForSteps: false,
  });
}

function initialParameters(
  { numpy: np }: Jax,
  { layers, fc, classes }: PlainNetInputs,
): Parameters {
  return {
    convolutions: layers.map(({ weight, inputs, outputs }) => ({
      weight: np.array(weight, { shape: [outputs, inputs, 3, 3] }),
      gamma: np.array(new Float32Array(outputs).fill(1), { shape: [outputs] }),
      beta: np.array(new Float32Array(outputs), { shape: [outputs] }),
    })),
    fc: {
      weight: np.array(fc.weight, { shape: [classes, fc.inputs] }),
      bias: np.array(fc.bias, { shape: [classes] }),
    },
  };
}

function logits(
  jax: Jax,
  layers: readonly ConvLayer[],
  { convolutions, fc }: Parameters,
  x: JaxArray,
): JaxArray {
  const { numpy: np } = jax;
  let value = x;
  convolutions.forEach(({ weight, gamma, beta }, i) => {
    const { stride = 1, outputs = 1 } = layers[i] ?? {};
    value = jax.lax.conv(value, weight, [stride, stride], [[1, 1], [1, 1]]);
    const channels = [1, outputs, 1, 1];
    const centered = value.ref.sub(np.mean(value, [0, 2, 3]).reshape(channels));
    const variance = np.mean(np.square(centered.ref), [0, 2, 3]).reshape(channels);
    const normalized = centered.div(np.sqrt(variance.add(EPSILON)));
    value = jax.nn.relu(
      normalized.mul(gamma.reshape(channels)).add(beta.reshape(channels)),
    );
  });
  return np.matmul(np.mean(value, [2, 3]), np.matrixTranspose(fc.weight)).add(fc.bias);
}
