/** Import of the operator If, whose branches are graphs in attributes. */
import { assertEquals, assertThrows } from "@std/assert";
import { evaluate, gradientsOf, type Tensor, tensor, Variable } from "../../autograd/mod.ts";
import { topological } from "../../graph/mod.ts";
import {
  exportOnnx,
  importOnnx,
  OnnxError,
  type OnnxGraph,
  type OnnxModel,
  type OnnxModule,
} from "../../onnx/mod.ts";
import { cpuTest } from "../cpu/_backend.ts";
import { gpuTest } from "../gpu/_adapter.ts";
import { fileOf, flag, graph, int, node, value, vector, whole } from "./plain_files.ts";
import { assertRoundTrip, floats } from "./round_trip.ts";
import { runOnnxNamed } from "./runtime.ts";

/** x · w, and 1 where x is positive. */
const product: Partial<OnnxGraph> = {
  name: "then",
  nodes: [
    node("Mul", ["x", "w"], ["a"]),
    node("Greater", ["x", "zero"], ["positive"]),
    node("Cast", ["positive"], ["b"], { to: int(6) }),
  ],
  initializers: [vector("zero", [0])],
  outputs: [value("a"), value("b", { dtype: "i32" })],
};

/** x + w and 2 everywhere. */
const sum: Partial<OnnxGraph> = {
  name: "else",
  nodes: [
    node("Add", ["x", "w"], ["c"]),
    node("Sub", ["x", "x"], ["none"]),
    node("Add", ["none", "two"], ["twos"]),
    node("Cast", ["twos"], ["d"], { to: int(6) }),
  ],
  initializers: [vector("two", [2])],
  outputs: [value("c"), value("d", { dtype: "i32" })],
};

/** What makes the value `condition` of a file. */
type Condition = Pick<OnnxModel, "nodes" | "initializers">;

const constant = (value: boolean): Condition => ({
  nodes: [],
  initializers: [flag("condition", value)],
});

/** Whether the sum of x is positive: a scalar, or a tensor of one element. */
const ofSum = (keepdims: number): Condition => ({
  nodes: [
    node("ReduceSum", ["x"], ["total"], { keepdims: int(keepdims) }),
    node("Greater", ["total", "limit"], ["condition"]),
  ],
  initializers: [vector("limit", [0], [])],
});

/** Whether there are more than two samples. */
const ofShape: Condition = {
  nodes: [
    node("Shape", ["x"], ["shape"]),
    node("Gather", ["shape", "first"], ["samples"]),
    node("Greater", ["samples", "most"], ["condition"]),
  ],
  initializers: [whole("first", 0), whole("most", 2)],
};

/** A file with one If over x [n, 2]. The weight `w` [2] is a parameter. */
function ifFile(
  { condition, taken = product, other = sum, inputs = ["condition"], outputs = ["y", "z"] }: {
    readonly condition: Condition;
    readonly taken?: Partial<OnnxGraph>;
    readonly other?: Partial<OnnxGraph>;
    readonly inputs?: readonly string[];
    readonly outputs?: readonly string[];
  },
): Uint8Array<ArrayBuffer> {
  const attributes = { then_branch: graph(taken), else_branch: graph(other) };
  return fileOf({
    nodes: [...condition.nodes, node("If", inputs, outputs, attributes)],
    initializers: [vector("w", [0.5, -2]), ...condition.initializers],
    inputs: [value("x", { shape: ["n", 2] })],
    outputs: outputs.map((name) => value(name, { dtype: name === "z" ? "i32" : "f32" })),
  });
}

const conditions: Readonly<Record<string, Condition>> = {
  "that is true": constant(true),
  "that is false": constant(false),
  "that is computed": ofSum(0),
  "that is computed, in a matrix of one element": ofSum(1),
  "that depends on sizes": ofShape,
};

for (const testOn of [cpuTest, gpuTest]) {
  const where = testOn === cpuTest ? "cpu" : "gpu";
  for (const [name, condition] of Object.entries(conditions)) {
    testOn(`${where}: an If of a condition ${name} is that of onnxruntime`, async (backend) => {
      const file = ifFile({ condition });
      using model = importOnnx(file);
      assertEquals([...model.namedParameters().keys()], ["w"]);
      for (const count of [1, 2, 3]) {
        for (const sign of [-1, 1]) {
          const shape = [count, 2];
          const data = floats(shape, count).map((value) => sign * Math.abs(value));
          using x = new Variable("x", { dtype: "f32", shape }, () => data);
          const own = model.run({ x });
          const forward = (x: Tensor) => model.run({ x });
          const again = await exportOnnx({ forward }, {
            sampleShape: [2],
            input: "x",
            batch: count,
          });
          using copy = importOnnx(again);
          const copies = copy.run({ x });
          for (const each of [file, again]) {
            const found = await runOnnxNamed(each, { x: { shape, data } });
            await assertRoundTrip({ results: own, copies, found }, backend);
          }
        }
      }
    });
  }
}

cpuTest(
  "an If of a known condition computes one branch, which may be of any shape",
  async (cpu) => {
    const other = { nodes: [node("ReduceSum", ["x"], ["c"], { keepdims: int(0) })] };
    for (const isTrue of [true, false]) {
      using model = importOnnx(ifFile({
        condition: constant(isTrue),
        other: { ...other, outputs: [value("c")] },
        taken: { nodes: [node("Neg", ["x"], ["a"])], outputs: [value("a")] },
        outputs: ["y"],
      }));
      const { y } = model.run({ x: tensor([[1, 2]]) });
      const ops = topological([y!.node]).map(({ op }) => op.name);
      assertEquals(ops.includes("reduceSum"), !isTrue);
      assertEquals([...await y!.data({ backend: cpu })], isTrue ? [-1, -2] : [3]);
    }
  },
);

cpuTest("the gradient of an If is that of the branch taken", async (cpu) => {
  using model = importOnnx(ifFile({ condition: ofSum(0) }));
  const [w] = model.parameters();
  for (const [x, slopes] of [[[1, 2], [1, 2]], [[-1, -2], [1, 1]]] as const) {
    const loss = model.run({ x: tensor([x]) }).y!.sum();
    const [slope] = await evaluate(gradientsOf(loss, [w!]), { backend: cpu });
    assertEquals([...slope!], [...slopes]);
  }
});

Deno.test("an If that is not supported is refused by name, and all refusals at once", () => {
  const condition = ofSum(0);
  const strange = (op: string) => ({ nodes: [node(op, ["x"], ["a"])], outputs: [value("a")] });
  const one = { condition, outputs: ["y"] };
  const refusals: readonly (readonly [Uint8Array, string, readonly string[]])[] = [
    [
      ifFile({ ...one, taken: strange("Unique"), other: strange("Strange") }),
      '"Strange" is not in the table',
      ["Strange", "Unique"],
    ],
    [ifFile({ ...one, other: strange("Strange") }), '"Strange" is not in the table', ["Strange"]],
    [ifFile({ condition, taken: strange("Neg") }), "1 and 2 outputs", ["If"]],
    [
      ifFile({ condition, taken: { ...product, inputs: [value("k")] } }),
      "its branches 1",
      ["If"],
    ],
    [ifFile({ condition, inputs: [] }), "current has 0 inputs", ["If"]],
    [ifFile({ condition, inputs: ["condition", "x"] }), "current has 2 inputs", ["If"]],
    [ifFile({ condition, other: { ...sum, outputs: [] } }), "at least one output", ["If"]],
    [
      ifFile({ condition, other: { ...sum, outputs: [value("c"), value("nowhere")] } }),
      'no operator or input makes "nowhere"',
      [],
    ],
    [
      ifFile({
        condition,
        other: {
          ...sum,
          nodes: [...sum.nodes!, node("Neg", ["y"], ["own"])],
          outputs: [value("c"), value("own")],
        },
      }),
      "must not depend on their own results",
      [],
    ],
    [ifFile({ ...one, taken: nested(9), other: nested(9) }), "a graph that cannot be read", ["If"]],
  ];
  for (const [file, message, refused] of refusals) {
    const error = assertThrows(() => importOnnx(file), OnnxError, message);
    assertEquals(error.refused, refused);
  }
  assertEquals(importOnnx(ifFile({ ...one, taken: nested(7), other: nested(0) })).outputs, ["y"]);
});

/** A branch in a branch, and so on. */
function nested(depth: number): Partial<OnnxGraph> {
  let inner: Partial<OnnxGraph> = { nodes: [node("Neg", ["x"], ["a"])], outputs: [value("a")] };
  for (let i = 0; i < depth; i++) {
    const attributes = { then_branch: graph(inner), else_branch: graph(inner) };
    inner = { nodes: [node("If", ["condition"], ["a"], attributes)], outputs: [value("a")] };
  }
  return inner;
}

Deno.test("an If that does not fit its inputs is refused when the model is applied", () => {
  const other = { nodes: [node("ReduceSum", ["x"], ["c"])], outputs: [value("c")] };
  const one = { outputs: ["y"], other };
  const taken = { nodes: [node("Neg", ["x"], ["a"])], outputs: [value("a")] };
  const each = [node("Greater", ["x", "limit"], ["condition"])];
  const refusals: readonly (readonly [Uint8Array, string])[] = [
    [ifFile({ ...one, taken, condition: ofSum(0) }), "values of the same types"],
    [ifFile({ condition: { ...ofSum(0), nodes: each } }), "Cannot import"],
    [
      ifFile({ condition: { nodes: [node("Neg", ["x"], ["condition"])], initializers: [] } }),
      "Cannot import",
    ],
    [
      ifFile({
        condition: {
          nodes: [],
          initializers: [{ ...flag("condition", true), shape: [2], bytes: Uint8Array.of(1, 1) }],
        },
      }),
      "input 0 must have one element",
    ],
  ];
  using x = new Variable("x", { dtype: "f32", shape: [2, 2] });
  for (const [file, message] of refusals) {
    const model = importOnnx(file);
    const error = assertThrows(() => model.run({ x }), OnnxError, message);
    assertEquals(error.message.includes('"If_y" (If)'), true, error.message);
  }
});

Deno.test("a branch may drop in training only if its condition is known", () => {
  const taken = { nodes: [node("Dropout", ["x"], ["a"])], outputs: [value("a")] };
  const file = (condition: Condition) =>
    importOnnx(ifFile({ condition, taken, other: taken, outputs: ["y"] }));
  using x = new Variable("x", { dtype: "f32", shape: [2, 2] });
  const run = (model: OnnxModule) =>
    model.run({ x }, { training: true, counter: tensor(Int32Array.of(1), []) });
  assertEquals(run(file(constant(true))).y!.shape, [2, 2]);
  assertThrows(() => run(file(ofSum(0))), OnnxError, "(Dropout) in training");
});
