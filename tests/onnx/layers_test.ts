/** Layers whose inputs or outputs are not one tensor of floats, or that ONNX has no operator for. */
import { assertEquals, assertLess } from "@std/assert";
import { evaluate, type Tensor, Variable } from "../../autograd/mod.ts";
import {
  type AnyModule,
  Conv1d,
  Conv3d,
  ConvTranspose1d,
  ConvTranspose2d,
  Embedding,
  GRU,
  initialize,
  LSTM,
  MultiheadAttention,
  PixelShuffle,
  RNN,
  TransformerEncoderLayer,
} from "../../layers/mod.ts";
import { exportOnnx, importOnnx } from "../../onnx/mod.ts";
import { cpuTest } from "../cpu/_backend.ts";
import { generator } from "../support/random.ts";
import { runOnnx } from "./runtime.ts";

/** A layer, and how it maps a tensor to a tensor. */
interface LayerCase {
  readonly name: string;
  readonly sample: readonly number[];
  readonly dtype?: "i32";
  make(): { readonly layer: AnyModule; forward(x: Tensor): Tensor };
}

function plain<M extends AnyModule & { forward(x: Tensor): Tensor }>(layer: M) {
  return { layer, forward: (x: Tensor) => layer.forward(x) };
}

function recurrent(layer: LSTM | GRU | RNN) {
  return { layer, forward: (x: Tensor) => layer.forward(x).output };
}

const both = { batchFirst: true, numLayers: 2, bidirectional: true } as const;

function attention() {
  const layer = new MultiheadAttention(8, 2);
  const forward = (x: Tensor) => {
    const result = layer.forward({ query: x, key: x, value: x });
    return result.output;
  };
  return { layer, forward };
}

const cases: readonly LayerCase[] = [
  { name: "Conv1d", sample: [2, 9], make: () => plain(new Conv1d(2, 3, 3, { stride: 2 })) },
  { name: "Conv3d", sample: [2, 4, 5, 6], make: () => plain(new Conv3d(2, 3, 2)) },
  {
    name: "ConvTranspose1d",
    sample: [2, 5],
    make: () => plain(new ConvTranspose1d(2, 3, 3, { stride: 2 })),
  },
  {
    name: "ConvTranspose2d",
    sample: [2, 5, 6],
    make: () => plain(new ConvTranspose2d(2, 3, 3, { stride: 2, padding: 1, outputPadding: 1 })),
  },
  { name: "PixelShuffle", sample: [8, 3, 5], make: () => plain(new PixelShuffle(2)) },
  { name: "Embedding", sample: [5], dtype: "i32", make: () => plain(new Embedding(7, 4)) },
  { name: "MultiheadAttention", sample: [5, 8], make: attention },
  {
    name: "TransformerEncoderLayer",
    sample: [5, 8],
    make: () => {
      const layer = new TransformerEncoderLayer(8, 2, { dimFeedforward: 16 });
      return { layer, forward: (x: Tensor) => layer.forward(x) };
    },
  },
  { name: "RNN", sample: [5, 4], make: () => recurrent(new RNN(4, 3, { batchFirst: true })) },
  { name: "LSTM", sample: [5, 4], make: () => recurrent(new LSTM(4, 3, both)) },
  { name: "GRU", sample: [5, 4], make: () => recurrent(new GRU(4, 3, both)) },
];

for (const { name, sample, dtype, make } of cases) {
  cpuTest(`${name} runs in onnxruntime, and has the same bits when it is imported`, async (cpu) => {
    const { layer, forward } = make();
    using model = initialize(layer, { seed: 1 });
    const options = { sampleShape: sample, ...(dtype && { dtype }) };
    const file = await exportOnnx({ forward }, options);
    using copy = importOnnx(file);
    assertEquals(
      [...copy.namedParameters().keys()].sort(),
      [...model.namedParameters().keys()].sort(),
    );
    for (const count of [1, 3]) {
      const shape = [count, ...sample];
      const size = shape.reduce((product, length) => product * length, 1);
      const next = generator(count);
      const data = dtype
        ? Int32Array.from({ length: size }, () => Math.floor(7 * next()))
        : Float32Array.from({ length: size }, () => 2 * next() - 1);
      using x = new Variable("x", { dtype: dtype ?? "f32", shape }, () => data);
      const [own] = await evaluate([forward(x)], { backend: cpu });
      const [copied] = await evaluate([copy.forward(x)], { backend: cpu });
      assertEquals(copied, own);
      const found = await runOnnx(file, { shape, data });
      const errors = Array.from(own!, (value, i) => Math.abs(value - found.data[i]!));
      assertLess(Math.max(...errors), 1e-5);
    }
  });
}
