/** Import of the operator Scan, whose body is a graph in an attribute. */
import { assertEquals, assertLess, assertThrows } from "@std/assert";
import { evaluate, tensor } from "../../autograd/mod.ts";
import {
  decodeOnnxModel,
  encodeOnnxModel,
  importOnnx,
  OnnxError,
  type OnnxGraph,
  type OnnxNode,
} from "../../onnx/mod.ts";
import { cpuTest } from "../cpu/_backend.ts";
import { fileOf, int, ints, node, value, vector } from "./plain_files.ts";
import { floats } from "./round_trip.ts";
import { runOnnxNamed } from "./runtime.ts";

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
    num_scan_inputs: int(2),
    scan_input_axes: ints([1, 0]),
    ...attributes,
  } as const;
  return fileOf({
    nodes: [node("Add", ["bias", "init"], ["outside"]), node("Scan", inputs, outputs, all)],
    initializers: [vector("bias", [0.5, -0.25])],
    inputs: [
      value("init", { shape: [2] }),
      value("x", { shape: [2, "n"] }),
      value("z", { shape: ["n", 2] }),
    ],
    outputs: outputs.map((name) => value(name)),
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
      scanFile({ body: int(1) }),
      "the attribute body must be of kind graph",
      "Scan",
    ],
    [scanFile({ num_scan_inputs: int(4) }), "return each state", "Scan"],
    [scanFile({ num_scan_inputs: int(0) }), "return each state", "Scan"],
    [scanFile({}, { inputs: ["init", "x"] }), "for each of the 2 inputs", "Scan"],
    [scanFile({ scan_input_axes: ints([0]) }), "there must be 2 scan_input_axes", "Scan"],
    [
      scanFile({}, {
        body: stepGraph({
          nodes: [...stepGraph().nodes.slice(1), node("Unique", ["x"], ["product"])],
        }),
      }),
      '"Unique" is not in the table',
      "Unique",
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
      num_scan_inputs: int(2),
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
      nodes: [node("Concat", ["x", "z"], ["wide"], { axis: int(0) })],
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
