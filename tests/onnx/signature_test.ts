import { assert, assertEquals, assertRejects } from "@std/assert";
import { evaluate, Parameter, stack, type Tensor, tensor } from "../../autograd/mod.ts";
import { openCpu } from "../../cpu/mod.ts";
import type { Backend, HostArray } from "../../graph/mod.ts";
import { initialize, Linear, Module } from "../../layers/mod.ts";
import { decodeOnnxModel, exportOnnx, importOnnx, OnnxError, onnxModel } from "../../onnx/mod.ts";
import { assertAllClose } from "../support/close.ts";
import { runOnnxNamed, type RuntimeInput } from "./runtime.ts";

/** Token indices and a mask to logits and a pooled state, as in a language model. */
class Tagger extends Module<{ ids: Tensor; mask: Tensor }, { logits: Tensor; pooled: Tensor }> {
  readonly table = new Parameter(
    "table",
    { dtype: "f32", shape: [7, 4] },
    () => Float32Array.from({ length: 28 }, (_, i) => Math.sin(i)),
  );
  readonly head = new Linear(4, 3);

  override forward({ ids, mask }: { ids: Tensor; mask: Tensor }) {
    const hidden = this.table.gather(ids).mul(mask.cast("f32").unsqueeze(2));
    return { logits: this.head.forward(hidden), pooled: hidden.mean(1).tanh() };
  }
}

const inputs = {
  ids: { sampleShape: [5], dtype: "i64" },
  mask: { sampleShape: [5], dtype: "bool" },
} as const;

const ids = (count: number) => Int32Array.from({ length: 5 * count }, (_, i) => (i * 3) % 7);
const mask = (count: number) =>
  Uint8Array.from({ length: 5 * count }, (_, i) => Number(i % 4 !== 1));

/** Compares a model, onnxruntime, and the imported file. */
async function compare<Inputs>(
  model: { forward(inputs: Inputs): Readonly<Record<string, Tensor>> },
  file: Uint8Array,
  { values, backend }: {
    readonly values: Readonly<Record<string, RuntimeInput>>;
    readonly backend: Backend;
  },
): Promise<void> {
  const tensors = Object.fromEntries(
    Object.entries(values).map(([name, { data, shape, type }]) => [
      name,
      tensor(data, shape, type === "bool" ? "bool" : undefined),
    ]),
  );
  const found = await runOnnxNamed(file, values);
  const imported = importOnnx(file);
  const own: Readonly<Record<string, Tensor>> = model.forward(tensors as Inputs);
  const copies = imported.run(tensors);
  assertEquals(Object.keys(copies), Object.keys(own));
  for (const name of Object.keys(own)) {
    const [data] = await evaluate([own[name]!], { backend });
    const [copy] = await evaluate([copies[name]!], { backend });
    assertEquals(copy, data as HostArray, name);
    assertEquals(found[name]!.dims, own[name]!.shape, name);
    assertAllClose(found[name]!.data, data!, { relative: 1e-5, absolute: 1e-6 }, name);
  }
  for (const variable of imported.state().values()) variable[Symbol.dispose]();
}

Deno.test("a model with several inputs and outputs runs in onnxruntime, and is imported", async () => {
  using backend = openCpu({ threads: 1 });
  using model = initialize(new Tagger(), { seed: 1 });
  const file = await exportOnnx(model, { inputs });
  const { inputs: described, outputs } = decodeOnnxModel(file);
  assertEquals(described, [
    { name: "ids", dtype: "i64", shape: ["batch", 5] },
    { name: "mask", dtype: "bool", shape: ["batch", 5] },
  ]);
  assertEquals(outputs.map(({ name, shape }) => [name, shape]), [
    ["logits", ["batch", 5, 3]],
    ["pooled", ["batch", 4]],
  ]);
  for (const count of [1, 3]) {
    const values = {
      ids: { shape: [count, 5], data: ids(count), type: "int64" },
      mask: { shape: [count, 5], data: mask(count), type: "bool" },
    } as const;
    await compare(model, file, { values, backend });
  }
});

Deno.test("outputs may be inputs, equal to each other, or without the batch", async () => {
  using backend = openCpu({ threads: 1 });
  const model = {
    forward({ x, y }: { x: Tensor; y: Tensor }) {
      const sum = x.add(y);
      return {
        same: x,
        first: sum,
        second: sum,
        row: y.mul(2),
        pair: stack([x, y.broadcastTo(x.shape)]),
      };
    },
  };
  const file = await exportOnnx(model, {
    inputs: { x: { sampleShape: [3] }, y: { sampleShape: [3], batched: false } },
  });
  const values = {
    x: { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
    y: { shape: [3], data: Float32Array.of(7, 8, 9) },
  };
  await compare(model, file, { values, backend });
});

Deno.test("outputs in a list are named as asked for, or numbered", async () => {
  const model = { forward: (x: Tensor) => [x.relu(), x.tanh()] };
  const names = async (options: object) =>
    (await onnxModel(model, { sampleShape: [2], ...options })).outputs.map(({ name }) => name);
  assertEquals(await names({}), ["output", "output_2"]);
  assertEquals(await names({ outputs: ["a", "b"] }), ["a", "b"]);
  const bad: readonly (readonly [object, string])[] = [
    [{ outputs: ["a"] }, "a name for each of the 2 outputs"],
    [{ output: "a" }, "a name for each of the 2 outputs"],
    [{ output: "a", outputs: ["a", "b"] }, "current are both"],
    [{ outputs: ["a", "a"] }, 'both the output and the output is "a"'],
    [{ outputs: ["input", "a"] }, 'both the input and the output is "input"'],
  ];
  for (const [options, message] of bad) {
    await assertRejects(() => names(options), OnnxError, message);
  }
  const nothing = { forward: () => [] };
  await assertRejects(() => exportOnnx(nothing, { sampleShape: [2] }), OnnxError, "must return");
  const sum = { forward: ({ x }: { x: Tensor }) => x };
  await assertRejects(
    () => exportOnnx(sum, { inputs: {} as never }),
    OnnxError,
    "at least one input",
  );
  const wrong = { inputs: { x: { sampleShape: [2], dtype: "i16" } } } as never;
  await assertRejects(() => exportOnnx(sum, wrong), RangeError, "dtype");
  assert((await exportOnnx(sum, { inputs: { x: { sampleShape: [2] } } })).length > 0);
});
