/** Export of gradients of loops, which are loops backward. */
import { assert } from "@std/assert";
import { grad, scan, type Tensor, tensor, Variable, vjp } from "../../autograd/mod.ts";
import type { Backend } from "../../graph/mod.ts";
import { GRU, initialize, LSTM } from "../../layers/mod.ts";
import { decodeOnnxModel, exportOnnx, importOnnx } from "../../onnx/mod.ts";
import { cpuTest } from "../cpu/_backend.ts";
import { gpuTest } from "../gpu/_adapter.ts";
import { assertNear, assertRoundTrip, floats } from "./round_trip.ts";
import { runOnnxNamed } from "./runtime.ts";

const weight = tensor(floats([3, 3], 1), [3, 3]);

/** A loop over x [batch, 4, 3], and the sum of what it computes. */
function loss(x: Tensor, weight: Tensor, recompute = false): Tensor {
  const [last, outputs] = scan(
    (state, row: Tensor) => {
      const next = state.matmul(weight).add(row).tanh();
      return [next, next.mul(row.mean(0).broadcastTo(row.shape)).square().sum()];
    },
    x.sum(1),
    x.permute([1, 0, 2]),
    { recompute },
  );
  return last.sum().add(outputs.sum());
}

/** Layers of a test. */
interface Layers {
  readonly lstm: LSTM;
  readonly gru: GRU;
}

/**
 * Gradients of loops over x [batch, 4, 3]. What is kept for them, and whether the gradient of the
 * weight is one product or a sum of the loop, depends on the batch size where that is fixed.
 */
const gradients: Readonly<Record<string, (x: Tensor, layers: Layers) => Tensor>> = {
  "with respect to what it reads": (x) => grad((x) => loss(x, weight))(x)[0]!,
  "with respect to what it reads, computed again": (x) => grad((x) => loss(x, weight, true))(x)[0]!,
  "with respect to its weight": (x) =>
    vjp((weight) => loss(x, weight), [weight]).pullBack(tensor(1))[0]!,
  "of a gradient": (x) => grad((x) => grad((x) => loss(x, weight))(x)[0]!.square().mean())(x)[0]!,
  "of an LSTM of two layers and both directions": (x, { lstm }) =>
    grad((x) => lstm.forward(x).output.square().sum())(x)[0]!,
  "of a GRU": (x, { gru }) => grad((x) => gru.forward(x).output.square().sum())(x)[0]!,
};

const counts = [1, 2, 7];

for (const testOn of [cpuTest, gpuTest]) {
  const where = testOn === cpuTest ? "cpu" : "gpu";
  for (const [name, gradient] of Object.entries(gradients)) {
    testOn(`${where}: the gradient of a loop ${name} is exported`, async (backend) => {
      const options = { batchFirst: true, numLayers: 2, bidirectional: true };
      using lstm = initialize(new LSTM(3, 2, options), { seed: 1 });
      using gru = initialize(new GRU(3, 5, { batchFirst: true }), { seed: 2 });
      const forward = (x: Tensor) => gradient(x, { lstm, gru });
      const free = await exportOnnx({ forward }, { sampleShape: [4, 3] });
      assert(decodeOnnxModel(free).nodes.some(({ op }) => op === "Scan"));
      for (const count of counts) {
        const fixed = await exportOnnx({ forward }, { sampleShape: [4, 3], batch: count });
        await checkFile(fixed, { forward, backend, count }, assertRoundTrip);
        // a structure for any size rounds differently
        await checkFile(free, { forward, backend, count }, assertNear);
      }
    });
  }
}

async function checkFile(
  file: Uint8Array,
  { forward, backend, count }: {
    readonly forward: (x: Tensor) => Tensor;
    readonly backend: Backend;
    readonly count: number;
  },
  check: typeof assertRoundTrip,
): Promise<void> {
  using copy = importOnnx(file);
  const shape = [count, 4, 3];
  const data = floats(shape, count);
  using x = new Variable("x", { dtype: "f32", shape }, () => data);
  const found = await runOnnxNamed(file, { input: { shape, data } });
  const copies = copy.run({ input: x });
  await check({ results: { output: forward(x) }, copies, found }, backend);
}
