/** Export of loops as the operator Scan. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { scan, Tensor, tensor, Variable, where, zeros } from "../../autograd/mod.ts";
import type { Backend } from "../../graph/mod.ts";
import { initialize, LSTM } from "../../layers/mod.ts";
import {
  decodeOnnxModel,
  exportOnnx,
  importOnnx,
  OnnxError,
  type OnnxOutputs,
} from "../../onnx/mod.ts";
import { cpuTest } from "../cpu/_backend.ts";
import { gpuTest } from "../gpu/_adapter.ts";

import { assertRoundTrip, floats } from "./round_trip.ts";
import { runOnnxNamed } from "./runtime.ts";

const weight = tensor(floats([3, 3], 1), [3, 3]);

/** Functions of x [batch, 4, 3] with loops. */
const loops: Readonly<Record<string, (x: Tensor) => OnnxOutputs>> = {
  "over the batch, backward, with a captured weight and two states": (x) => {
    const start = [x.sum(0), x.sum([0, 1])] as const;
    const [[last, total], [sums, before]] = scan(
      ([a, b]: readonly Tensor[], row: Tensor) => {
        const next = a!.matmul(weight).add(row).tanh();
        return [[next, b!.add(next.sum(0))], [next.sum(), b!]];
      },
      start as readonly Tensor[],
      x,
      { reverse: true },
    );
    return { last: last!, total: total!, sums: sums!, before: before! };
  },
  "over time, whose state is returned as it is, and again": (x) => {
    const [last, [first, second]] = scan(
      (state, row: Tensor) => [row.add(state.mul(0.5)), [state, state] as const],
      x.sum(1),
      x.permute([1, 0, 2]),
    );
    return { last, again: last, first, second };
  },
  "without stacked inputs, of integers and booleans": (x) => {
    const [[count, isOdd], odd] = scan(
      ([n, flag]: readonly Tensor[]) => [[n!.mul(3).add(1), flag!.not()], flag!],
      [x.sum([1, 2]).cast("i32"), x.sum([1, 2]).greater(0)] as readonly Tensor[],
      undefined,
      { length: 5 },
    );
    return { count: count!, isOdd: isOdd!.cast("f32"), odd: odd.cast("f32") };
  },
  "with an unused state, an unused slice, and a constant result": (x) => {
    const [[, last], y] = scan(
      ([unused, b]: readonly Tensor[], [row]: readonly Tensor[]) => [[
        unused!,
        b!.add(row!),
      ], tensor([1, 2, 3])],
      [x.sum(), x.sum(1)] as readonly Tensor[],
      [x.permute([1, 0, 2]), x.sum(0)] as readonly Tensor[],
    );
    return { last: last!, y };
  },
  "of one step, and of none": (x) => {
    const run = (part: Tensor) =>
      scan((state, row: Tensor) => [state.add(row), state.mul(row)], x.sum(1), part);
    const rows = x.permute([1, 0, 2]);
    const [[one, ones], [none, nones]] = [run(rows.narrow(0, 2, 1)), run(rows.narrow(0, 0, 0))];
    return { one, ones, none, nones };
  },
  "one after the other, with parts of the batch size": (x) => {
    const rows = x.permute([1, 0, 2]);
    const step = (state: Tensor, row: Tensor) => {
      const mean = row.sum(0).div(row.shape[0]!).broadcastTo(row.shape);
      const next = where(row.greater(mean), state.add(mean), row);
      return [next, next.reshape([-1])] as const;
    };
    const [first, all] = scan(step, x.sum(1), rows);
    const [second] = scan(step, first, all.reshape(rows.shape), { reverse: true });
    return { second, all };
  },
};

for (const testOn of [cpuTest, gpuTest]) {
  const where = testOn === cpuTest ? "cpu" : "gpu";
  for (const [name, forward] of Object.entries(loops)) {
    testOn(`${where}: a loop ${name} is the same in onnxruntime and imported`, async (backend) => {
      const file = await exportOnnx({ forward }, { sampleShape: [4, 3] });
      // a list without elements has no type in the format
      const attributes = decodeOnnxModel(file).nodes.flatMap((node) =>
        Object.values(node.attributes)
      );
      assert(attributes.every(({ kind, value }) => kind !== "ints" || value.length > 0));
      for (const count of [1, 2, 7]) await checkFile(file, { forward, backend, count });
    });
  }

  testOn(
    `${where}: a loop that is empty for two samples runs for more`,
    async (backend) => {
      const forward = (x: Tensor) => {
        const rows = x.narrow(0, 2, x.shape[0]! - 2);
        const [last, all] = scan((s, row: Tensor) => [s.add(row), s.mul(2)], x.sum(0), rows);
        return { last, all };
      };
      const file = await exportOnnx({ forward }, { sampleShape: [4, 3] });
      for (const count of [3, 7]) await checkFile(file, { forward, backend, count });
      using copy = importOnnx(file);
      assertEquals(copy.run({ input: zeros([2, 4, 3]) }).all!.shape, [0, 4, 3]);
    },
  );
}

async function checkFile(
  file: Uint8Array,
  { forward, backend, count }: {
    readonly forward: (x: Tensor) => OnnxOutputs;
    readonly backend: Backend;
    readonly count: number;
  },
): Promise<void> {
  using copy = importOnnx(file);
  const shape = [count, 4, 3];
  const data = floats(shape, count);
  using x = new Variable("x", { dtype: "f32", shape }, () => data);
  const made = forward(x);
  const results = made instanceof Tensor ? { output: made } : made as Record<string, Tensor>;
  const copies = copy.run({ input: x });
  const found = await runOnnxNamed(file, { input: { shape, data } });
  await assertRoundTrip({ results, copies, found }, backend);
}

Deno.test("a file has one Scan per layer and direction, whatever the number of steps", async () => {
  const options = { batchFirst: true, numLayers: 2, bidirectional: true };
  using layer = initialize(new LSTM(4, 3, options), { seed: 1 });
  const forward = (x: Tensor) => layer.forward(x).output;
  const files = await Promise.all(
    [5, 90].map((steps) => exportOnnx({ forward }, { sampleShape: [steps, 4] })),
  );
  const [few, many] = files.map((file) => decodeOnnxModel(file).nodes.map(({ op }) => op));
  assertEquals(few!.filter((op) => op === "Scan").length, 4);
  assertEquals(many, few);
  assertEquals(files[1]!.length, files[0]!.length);
});

Deno.test("a loop whose number of steps is not linear in the batch size is refused by name", async () => {
  const forward = (x: Tensor) =>
    scan((state) => [state.mul(0.5), undefined], x, undefined, { length: x.shape[0]! ** 2 })[0];
  await assertRejects(
    () => exportOnnx({ forward }, { sampleShape: [4, 3] }),
    OnnxError,
    "steps must not depend on the batch size",
  );
  await exportOnnx({ forward }, { sampleShape: [4, 3], batch: 3 });
});
