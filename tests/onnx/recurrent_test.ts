/** The operators RNN, LSTM, and GRU of imported files, held to onnxruntime. */
import { assertEquals, assertLess, assertThrows } from "@std/assert";
import { evaluate, tensor, Variable } from "../../autograd/mod.ts";
import type { HostArray } from "../../graph/mod.ts";
import { encodeOnnxModel, importOnnx, OnnxError, type OnnxNode } from "../../onnx/mod.ts";
import { cpuTest } from "../cpu/_backend.ts";
import { gpuTest } from "../gpu/_adapter.ts";
import { generator } from "../support/random.ts";
import { runOnnxNamed } from "./runtime.ts";

const [steps, batch, inputs, hidden] = [5, 3, 4, 2];

/** Gates and states of an operator. */
const sizes = { RNN: [1, 1], LSTM: [4, 2], GRU: [3, 1] } as const;

interface RecurrentCase {
  readonly op: keyof typeof sizes;
  readonly direction: "forward" | "reverse" | "bidirectional";
  /** Optional inputs that are given. */
  readonly given: readonly ("B" | "sequence_lens" | "initial_h" | "initial_c" | "P")[];
  readonly attributes?: OnnxNode["attributes"];
}

const directions = ["forward", "reverse", "bidirectional"] as const;
const resets = [0, 1].map((value) => ({ linear_before_reset: { kind: "int", value } }) as const);
const relu = (count: number) =>
  ({ activations: { kind: "texts", value: new Array<string>(count).fill("Relu") } }) as const;

const cases: readonly RecurrentCase[] = directions.flatMap((direction): RecurrentCase[] => {
  const both = direction === "bidirectional" ? 2 : 1;
  return [
    { op: "RNN", direction, given: [] },
    { op: "RNN", direction, given: ["B", "sequence_lens"], attributes: relu(both) },
    { op: "LSTM", direction, given: ["B"] },
    { op: "LSTM", direction, given: ["sequence_lens"] },
    { op: "LSTM", direction, given: ["B", "initial_h", "initial_c", "P"] },
    { op: "LSTM", direction, given: ["B", "sequence_lens", "initial_h", "initial_c"] },
    ...resets.flatMap((attributes): RecurrentCase[] => [
      { op: "GRU", direction, given: [], attributes },
      { op: "GRU", direction, given: ["B", "sequence_lens", "initial_h"], attributes },
    ]),
  ];
});

/** Shapes of all inputs of an operator. */
function shapesOf({ op, direction }: RecurrentCase): Readonly<Record<string, readonly number[]>> {
  const [gates] = sizes[op];
  const count = direction === "bidirectional" ? 2 : 1;
  return {
    X: [steps, batch, inputs],
    W: [count, gates * hidden, inputs],
    R: [count, gates * hidden, hidden],
    B: [count, 2 * gates * hidden],
    sequence_lens: [batch],
    initial_h: [count, batch, hidden],
    initial_c: [count, batch, hidden],
    P: [count, 3 * hidden],
  };
}

/** A file with one operator, of which all inputs are inputs. */
function fileOf(one: RecurrentCase): Uint8Array<ArrayBuffer> {
  const shapes = shapesOf(one);
  const all = ["X", "W", "R", "B", "sequence_lens", "initial_h", "initial_c", "P"] as const;
  const used = all.map((name) =>
    name === "X" || name === "W" || name === "R" || one.given.includes(name) ? name : ""
  );
  const outputs = ["Y", "Y_h", "Y_c"].slice(0, 1 + sizes[one.op][1]);
  const value = (name: string, shape: readonly (number | string)[]) => ({
    name,
    dtype: name === "sequence_lens" ? "i32" as const : "f32" as const,
    shape,
  });
  return encodeOnnxModel({
    name: "recurrent",
    nodes: [{
      op: one.op,
      name: "",
      inputs: used.slice(0, used.findLastIndex((name) => name !== "") + 1),
      outputs,
      attributes: {
        direction: { kind: "text", value: one.direction },
        hidden_size: { kind: "int", value: hidden },
        ...one.attributes,
      },
    }],
    initializers: [],
    inputs: used.filter((name) => name !== "").map((name) => value(name, shapes[name]!)),
    outputs: outputs.map((name) => value(name, ["..."])),
    metadata: new Map(),
    opset: 14,
  });
}

function draw(name: string, shape: readonly number[]): HostArray {
  if (name === "sequence_lens") return Int32Array.of(5, 1, 3);
  const next = generator(name.length + shape.length);
  const length = shape.reduce((product, size) => product * size, 1);
  return Float32Array.from({ length }, () => 2 * next() - 1);
}

for (const testOn of [cpuTest, gpuTest]) {
  const where = testOn === cpuTest ? "cpu" : "gpu";
  testOn(`${where}: recurrent operators are those of onnxruntime`, async (backend) => {
    for (const one of cases) {
      const file = fileOf(one);
      const what = JSON.stringify(one);
      const model = importOnnx(file);
      const data = model.inputs.map(({ name, dtype, shape }) => {
        const own = shape.map(Number);
        return {
          name,
          dtype: dtype === "i32" ? dtype : "f32" as const,
          shape: own,
          data: draw(name, own),
        };
      });
      const given = data.map(({ name, dtype, shape, data }) =>
        new Variable(name, { dtype, shape }, () => data)
      );
      const results = model.run(Object.fromEntries(given.map((each) => [each.name, each])));
      const found = await runOnnxNamed(
        file,
        Object.fromEntries(data.map(({ name, shape, data }) => [name, { shape, data }])),
      );
      const values = await evaluate(Object.values(results), { backend });
      Object.entries(results).forEach(([name, { shape }], i) => {
        assertEquals(shape, found[name]!.dims, what);
        const errors = Array.from(
          values[i]!,
          (value, k) => Math.abs(value - found[name]!.data[k]!),
        );
        assertLess(Math.max(...errors), 2e-6, `${what} ${name}`);
      });
      for (const variable of given) variable[Symbol.dispose]();
    }
  });
}

Deno.test("recurrent operators with other functions are refused by name", () => {
  const one: RecurrentCase = { op: "RNN", direction: "bidirectional", given: [] };
  const refusals: readonly (readonly [OnnxNode["attributes"], string])[] = [
    [
      { activations: { kind: "texts", value: ["Relu", "Tanh"] } },
      "activations must be Tanh, Tanh or Relu, Relu: current are Relu, Tanh",
    ],
    [relu(1), "activations must be Tanh, Tanh or Relu, Relu: current are Relu"],
    [{ clip: { kind: "float", value: 1 } }, "clip is not supported"],
    [{ activation_alpha: { kind: "floats", value: [1] } }, "activation_alpha is not supported"],
  ];
  for (const [attributes, message] of refusals) {
    const error = assertThrows(
      () => importOnnx(fileOf({ ...one, attributes })),
      OnnxError,
      message,
    );
    assertEquals(error.refused, ["RNN"]);
  }
  const model = importOnnx(fileOf(one));
  const narrow = Object.fromEntries(
    model.inputs.map((
      { name, shape },
    ) => [name, tensor(draw(name, shape.map(Number)), shape.map(Number))]),
  );
  assertEquals(model.run(narrow).Y!.shape, [steps, 2, batch, hidden]);
});
