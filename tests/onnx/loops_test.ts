/** Loops in files: the operator Scan, whose body is a graph. */
import { assert, assertEquals, assertLess, assertRejects, assertThrows } from "@std/assert";
import {
  evaluate,
  grad,
  scan,
  Tensor,
  tensor,
  Variable,
  where,
  zeros,
} from "../../autograd/mod.ts";
import type { Backend } from "../../graph/mod.ts";
import { initialize, LSTM } from "../../layers/mod.ts";
import {
  decodeOnnxModel,
  encodeOnnxModel,
  exportOnnx,
  importOnnx,
  OnnxError,
  type OnnxGraph,
  type OnnxInitializer,
  type OnnxNode,
  type OnnxOutputs,
  type OnnxValue,
} from "../../onnx/mod.ts";
import { cpuTest } from "../cpu/_backend.ts";
import { gpuTest } from "../gpu/_adapter.ts";
import { generator } from "../support/random.ts";
import { runOnnxNamed } from "./runtime.ts";

function floats(shape: readonly number[], seed: number): Float32Array<ArrayBuffer> {
  const next = generator(seed);
  const size = shape.reduce((product, length) => product * length, 1);
  return Float32Array.from({ length: size }, () => 2 * next() - 1);
}

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

/** The gradient of a loop is a loop backward. What it keeps depends on the batch size. */
function gradientOfLoop(x: Tensor): Tensor {
  const loss = (y: Tensor) => {
    const [last, outputs] = scan(
      (state, row: Tensor) => {
        const next = state.matmul(weight).add(row).tanh();
        return [next, next.square().sum()];
      },
      y.sum(1),
      y.permute([1, 0, 2]),
    );
    return last.sum().add(outputs.sum());
  };
  return grad(loss)(x)[0]!;
}

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

  testOn(
    `${where}: the gradient of a loop is the same in onnxruntime and imported`,
    async (backend) => {
      for (const count of [1, 2, 7]) {
        const forward = gradientOfLoop;
        const file = await exportOnnx({ forward }, { sampleShape: [4, 3], batch: count });
        await checkFile(file, { forward, backend, count });
      }
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
  assertEquals(Object.keys(copies), Object.keys(results));
  for (const [key, result] of Object.entries(results)) {
    const [own] = await evaluate([result], { backend });
    const [copied] = await evaluate([copies[key]!], { backend });
    assertEquals(copied, own, key);
    assertEquals(found[key]!.dims, result.shape, key);
    const errors = Array.from(own!, (value, i) => Math.abs(value - found[key]!.data[i]!));
    assertLess(Math.max(0, ...errors), 1e-5, key);
  }
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

/** A graph with f32 vectors as values: each step computes state · x + z, and returns x · 2 and x. */
function stepGraph(changes: Partial<OnnxGraph> = {}): OnnxGraph {
  return {
    name: "body",
    nodes: [
      node("Mul", ["state", "x"], ["product"]),
      node("Add", ["product", "z"], ["sum"]),
      node("Add", ["sum", "outside"], ["next"]),
      node("Mul", ["x", "two"], ["double"]),
      node("Identity", ["z"], ["same"]),
    ],
    initializers: [vector("two", [2, 2])],
    inputs: ["state", "x", "z"].map((name) => ({ name, dtype: "f32", shape: [2] })),
    outputs: ["next", "double", "same"].map((name) => ({ name, dtype: "f32", shape: [2] })),
    ...changes,
  };
}

function node(
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: OnnxNode["attributes"] = {},
): OnnxNode {
  return { op, name: `${op}_${outputs[0]}`, inputs, outputs, attributes };
}

function vector(name: string, values: readonly number[]): OnnxInitializer {
  const bytes = new Uint8Array(Float32Array.from(values).buffer);
  return { name, dtype: "f32", shape: [values.length], bytes };
}

const ints = (value: readonly number[]) => ({ kind: "ints", value } as const);

/** A file with one Scan over x [2, steps] (axis 1) and z [steps, 2]. */
function scanFile(
  attributes: OnnxNode["attributes"] = {},
  { body = stepGraph(), opset = 17, inputs = ["init", "x", "z"] }: {
    readonly body?: OnnxGraph;
    readonly opset?: number;
    readonly inputs?: readonly string[];
  } = {},
): Uint8Array<ArrayBuffer> {
  const outputs = ["last", "doubles", "copies"];
  const all = {
    body: { kind: "graph", value: body },
    num_scan_inputs: { kind: "int", value: 2 },
    scan_input_axes: ints([1, 0]),
    ...attributes,
  } as const;
  const value = (name: string, shape: OnnxValue["shape"]) =>
    ({ name, dtype: "f32", shape }) as const;
  return encodeOnnxModel({
    name: "loop",
    nodes: [node("Add", ["bias", "init"], ["outside"]), node("Scan", inputs, outputs, all)],
    initializers: [vector("bias", [0.5, -0.25])],
    inputs: [value("init", [2]), value("x", [2, "n"]), value("z", ["n", 2])],
    outputs: outputs.map((name) => value(name, ["..."])),
    metadata: new Map(),
    opset,
  });
}

cpuTest("a Scan of other axes and directions is that of onnxruntime", async (cpu) => {
  const directions = [[0, 0], [0, 1], [1, 0], [1, 1]];
  const [init, x, z] = [floats([2], 1), floats([2, 5], 2), floats([5, 2], 3)];
  for (const scan_input_directions of directions) {
    for (const scan_output_directions of directions) {
      const file = scanFile({
        scan_input_directions: ints(scan_input_directions),
        scan_output_directions: ints(scan_output_directions),
        scan_output_axes: ints([-1, 0]),
      });
      const what = `${scan_input_directions} ${scan_output_directions}`;
      const found = await runOnnxNamed(file, {
        init: { shape: [2], data: init },
        x: { shape: [2, 5], data: x },
        z: { shape: [5, 2], data: z },
      });
      using model = importOnnx(file);
      assertEquals([...model.namedParameters().keys()], ["bias"]);
      const results = model.run({
        init: tensor(init, [2]),
        x: tensor(x, [2, 5]),
        z: tensor(z, [5, 2]),
      });
      for (const [name, result] of Object.entries(results)) {
        assertEquals(result.shape, found[name]!.dims, `${what} ${name}`);
        const [own] = await evaluate([result], { backend: cpu });
        const errors = Array.from(own!, (value, i) => Math.abs(value - found[name]!.data[i]!));
        assertLess(Math.max(...errors), 1e-6, `${what} ${name}`);
      }
    }
  }
});

Deno.test("a file with a graph in an attribute is decoded to what was encoded", () => {
  const file = scanFile();
  assertEquals(encodeOnnxModel(decodeOnnxModel(file)), file);
  const attribute = decodeOnnxModel(file).nodes[1]!.attributes.body;
  assertEquals(attribute, { kind: "graph", value: stepGraph() });
});

Deno.test("a Scan that is not supported is refused by name", () => {
  const refusals: readonly (readonly [Uint8Array, string, string])[] = [
    [scanFile({}, { opset: 8 }), "loops over sequences of a batch", "Scan"],
    [
      scanFile({ body: { kind: "int", value: 1 } }),
      "the attribute body must be of kind graph",
      "Scan",
    ],
    [scanFile({ num_scan_inputs: { kind: "int", value: 4 } }), "return each state", "Scan"],
    [scanFile({ num_scan_inputs: { kind: "int", value: 0 } }), "return each state", "Scan"],
    [scanFile({}, { inputs: ["init", "x"] }), "for each of the 2 inputs", "Scan"],
    [scanFile({ scan_input_axes: ints([0]) }), "there must be 2 scan_input_axes", "Scan"],
    [
      scanFile({}, {
        body: stepGraph({
          nodes: [...stepGraph().nodes.slice(1), node("Loop", ["x"], ["product"])],
        }),
      }),
      '"Loop" is not in the table',
      "Loop",
    ],
    [
      scanFile({}, { body: stepGraph({ nodes: stepGraph().nodes.slice(1) }) }),
      'no operator or input makes "product"',
      "",
    ],
    [scanFile({}, { body: nested(9) }), "a graph that cannot be read", "Scan"],
    [
      scanFile({}, {
        body: stepGraph({
          outputs: ["next", "double", ""].map((name) => ({ name, dtype: "f32", shape: [2] })),
        }),
      }),
      "every output must have a name",
      "Scan",
    ],
    [
      scanFile({}, {
        body: stepGraph({
          inputs: ["state", "x", "x"].map((name) => ({ name, dtype: "f32", shape: [2] })),
        }),
      }),
      '"x" is made twice',
      "Scan",
    ],
  ];
  for (const [file, message, type] of refusals) {
    const error = assertThrows(() => importOnnx(file), OnnxError, message);
    assertEquals(error.refused, type === "" ? [] : [type]);
  }
});

/** A body in a body, and so on. */
function nested(depth: number): OnnxGraph {
  let body = stepGraph();
  for (let i = 0; i < depth; i++) {
    const attributes = {
      body: { kind: "graph", value: body },
      num_scan_inputs: { kind: "int", value: 2 },
    } as const;
    body = stepGraph({
      nodes: [node("Scan", ["state", "x", "z"], ["next", "double", "same"], attributes)],
    });
  }
  return body;
}

Deno.test("a Scan that does not fit its inputs is refused when the model is applied", () => {
  const model = importOnnx(scanFile());
  const run = (steps: number) =>
    model.run({
      init: tensor([1, 2]),
      x: tensor(floats([2, 3], 1), [2, 3]),
      z: tensor(floats([steps, 2], 1), [steps, 2]),
    });
  assertEquals(run(3).doubles!.shape, [3, 2]);
  const file = scanFile({}, {
    body: stepGraph({
      outputs: stepGraph().outputs.map((value) => ({ ...value, name: "wide" })),
      nodes: [node("Concat", ["x", "z"], ["wide"], { axis: { kind: "int", value: 0 } })],
    }),
  });
  const wide = importOnnx(file);
  const inputs = {
    init: tensor([1, 2]),
    x: tensor(floats([2, 3], 1), [2, 3]),
    z: tensor(floats([3, 2], 1), [3, 2]),
  };
  assertThrows(() => wide.run(inputs), OnnxError, "must have the type that the body expects");
});

Deno.test("what differs in training cannot be inside of a loop in training", () => {
  const nodes = [
    ...stepGraph().nodes.slice(1),
    node("Mul", ["state", "x"], ["raw"]),
    node("Dropout", ["raw"], ["product"]),
  ];
  const model = importOnnx(scanFile({}, { body: stepGraph({ nodes }) }));
  const inputs = {
    init: tensor([1, 2]),
    x: tensor(floats([2, 3], 1), [2, 3]),
    z: tensor(floats([3, 2], 1), [3, 2]),
  };
  assertEquals(model.run(inputs).last!.shape, [2]);
  assertThrows(
    () => model.run(inputs, { training: true }),
    OnnxError,
    'must not contain "Dropout_product" (Dropout) in training',
  );
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
