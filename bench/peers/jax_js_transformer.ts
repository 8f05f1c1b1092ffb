/**
 * Training of a transformer in jax-js.
 * @module
 */
import { labels, oneHot, values } from "../inputs.ts";
import type { TransformerSizes } from "../transformer.ts";
import type { Jax, JaxArray } from "./jax_js_api.ts";
import { trainingJob } from "./jax_js_training.ts";
import { CHECKED_STEPS, type Job } from "./protocol.ts";

type Weights = Readonly<Record<string, JaxArray>>;

/** The shapes of the parameters, by name. */
function shapesOf({ characters, width, layers, positions }: TransformerSizes) {
  const norm = (name: string) => [[`${name}.weight`, [width]], [`${name}.bias`, [width]]] as const;
  const linear = (name: string, rows: number, columns: number, mark = ".") =>
    [[`${name}${mark}weight`, [rows, columns]], [`${name}${mark}bias`, [rows]]] as const;
  const layer = (name: string) => [
    ...linear(`${name}.self_attn.in_proj`, 3 * width, width, "_"),
    ...linear(`${name}.self_attn.out_proj`, width, width),
    ...linear(`${name}.linear1`, 4 * width, width),
    ...linear(`${name}.linear2`, width, 4 * width),
    ...norm(`${name}.norm1`),
    ...norm(`${name}.norm2`),
  ];
  const all: (readonly [string, readonly number[]])[] = [
    ["tokens.weight", [characters, width]],
    ["positions.weight", [positions, width]],
    ...Array.from({ length: layers }, (_, i) => layer(`encoder.layers.${i}`)).flat(),
    ...norm("encoder.norm"),
    ...linear("head", characters, width),
  ];
  return all.toSorted(([a], [b]) => a < b ? -1 : 1);
}

/** Training with the weights and the batch of transformer.ts. */
export async function transformer(
  jax: Jax,
  { device, sizes }: { readonly device: string; readonly sizes: TransformerSizes },
): Promise<Job> {
  const { characters, positions, batch } = sizes;
  const { numpy: np, nn } = jax;
  const weights = shapesOf(sizes).map(([name, shape], i): [string, JaxArray] => {
    const size = shape.reduce((product, each) => product * each, 1);
    const data = shape.length > 1
      ? values(size, 10 + i, Math.sqrt(3 / shape[1]!))
      : new Float32Array(size).fill(name.endsWith("weight") ? 1 : 0);
    return [name, np.array(data, { shape })];
  });
  // embeddings are products with one-hot vectors: no other lookup has a gradient there
  const known = (stream: number) =>
    np.array(oneHot(labels(batch * positions, stream, characters), characters), {
      shape: [batch * positions, characters],
    });
  return await trainingJob<Weights>(jax, {
    parameters: Object.fromEntries(weights),
    x: known(1),
    y: known(2),
    loss: (w, x, y) => {
      const logits = forward(jax, w, { x, sizes });
      return nn.logSoftmax(logits, -1).mul(y).sum().mul(-1 / (batch * positions));
    },
    checkedSteps: CHECKED_STEPS,
    waitsForSteps: device === "wasm",
  });
}

/** Logits [batch · positions, characters]. */
function forward(
  jax: Jax,
  weights: Weights,
  { x, sizes }: { readonly x: JaxArray; readonly sizes: TransformerSizes },
): JaxArray {
  const { numpy: np, nn } = jax;
  const { width, heads, layers, positions, batch } = sizes;
  const rows = [batch * positions, width];
  const weight = (name: string) => weights[name]!; // used once: a use consumes it
  const linear = (value: JaxArray, name: string, mark = ".") =>
    np.matmul(value, np.matrixTranspose(weight(`${name}${mark}weight`)))
      .add(weight(`${name}${mark}bias`));
  const normalize = (value: JaxArray, name: string) => {
    const centered = value.ref.sub(np.mean(value, [1]).reshape([rows[0]!, 1]));
    const variance = np.mean(np.square(centered.ref), [1]).reshape([rows[0]!, 1]);
    return centered.div(np.sqrt(variance.add(1e-5))).mul(weight(`${name}.weight`))
      .add(weight(`${name}.bias`));
  };
  const attend = (value: JaxArray, name: string) => {
    const all = linear(value, `${name}.in_proj`, "_");
    const parts = np.split(all, 3, 1)
      .map((part) => part.reshape([batch, positions, heads, width / heads]));
    const [q, k, v] = parts as [JaxArray, JaxArray, JaxArray];
    const mixed = nn.dotProductAttention(q, k, v, { isCausal: true }).reshape(rows);
    return linear(mixed, `${name}.out_proj`);
  };
  const gelu = (value: JaxArray) => nn.gelu(value, { approximate: false });
  const tokens = np.matmul(x, weight("tokens.weight")).reshape([batch, positions, width]);
  let value = tokens.add(weight("positions.weight")).reshape(rows);
  for (let i = 0; i < layers; i++) {
    const name = `encoder.layers.${i}`;
    const mixed = attend(normalize(value.ref, `${name}.norm1`), `${name}.self_attn`);
    value = value.add(mixed);
    const hidden = gelu(linear(normalize(value.ref, `${name}.norm2`), `${name}.linear1`));
    value = value.add(linear(hidden, `${name}.linear2`));
  }
  return linear(normalize(value, "encoder.norm"), "head");
}
