/**
 * Convolutions in TensorFlow.js, in its layout: images [n, h, w, c], weights [h, w, in, out].
 * @module
 */
import { convInputs } from "../conv_inputs.ts";
import { type ConvSubject, type Job, probed } from "./protocol.ts";
import type { Tf, TfTensor } from "./tensorflow_js_api.ts";

const imagesFromOurs = [0, 2, 3, 1];
const imagesToOurs = [0, 3, 1, 2];
const weightFromOurs = [2, 3, 1, 0];
const weightToOurs = [3, 2, 0, 1];

/** A convolution, alone or with Σ result · g and its derivatives. */
export async function convolution(tf: Tf, subject: ConvSubject): Promise<Job> {
  const { n, inputs, outputs, size, backward } = subject;
  const data = convInputs(subject);
  const load = (values: Float32Array, shape: readonly number[], order: readonly number[]) =>
    tf.tidy(() => tf.tensor(values, shape).transpose(order));
  const x = load(data.x, [n, inputs, size, size], imagesFromOurs);
  const w = load(data.w, [outputs, inputs, 3, 3], weightFromOurs);
  const g = load(data.g, [n, outputs, size, size], imagesFromOurs);
  const derivatives = tf.valueAndGrads((x, w) => tf.conv2d(x!, w!, 1, "same").mul(g).sum());
  const once = (): TfTensor[] => {
    if (!backward) return [tf.conv2d(x, w, 1, "same")];
    const { value, grads } = tf.tidy(() => derivatives([x, w]));
    return [value, ...grads];
  };
  return {
    check: await checked(once(), backward),
    async run(times) {
      for (let i = 1; i < times; i++) once().forEach((result) => result.dispose());
      const last = once();
      // waiting for the last result is enough: the others are complete by then
      const result = last.at(-1)!;
      const corner = result.slice([0, 0, 0, 0], [1, 1, 1, 1]);
      await corner.data();
      [...last, corner].forEach((tensor) => tensor.dispose());
    },
    close: () => [x, w, g].forEach((tensor) => tensor.dispose()),
  };
}

async function checked(results: readonly TfTensor[], backward: boolean): Promise<number[]> {
  const orders = backward ? [[], imagesToOurs, weightToOurs] : [imagesToOurs];
  const check: number[] = [];
  for (const [i, result] of results.entries()) {
    const ours = result.shape.length === 0 ? result : result.transpose(orders[i] ?? []);
    const values = await ours.data();
    check.push(...values.length === 1 ? values : probed(values));
    new Set([result, ours]).forEach((tensor) => tensor.dispose());
  }
  return check;
}
