/** Import of the operator Loop, whose body is a graph in an attribute. */
import { assertEquals, assertLess, assertThrows } from "@std/assert";
import { evaluate, gradientsOf, type Tensor, tensor, Variable, zeros } from "../../autograd/mod.ts";
import type { Backend } from "../../graph/mod.ts";
import {
  exportOnnx,
  importOnnx,
  OnnxError,
  type OnnxGraph,
  type OnnxInitializer,
  type OnnxModel,
} from "../../onnx/mod.ts";
import { cpuTest } from "../cpu/_backend.ts";
import { gpuTest } from "../gpu/_adapter.ts";
import { fileOf, flag, graph, int, node, value, vector, whole } from "./plain_files.ts";
import { assertRoundTrip, floats } from "./round_trip.ts";
import { runOnnxNamed } from "./runtime.ts";

const scalar = { shape: [] } as const;
const row = { shape: ["n"] } as const;

/**
 * A body with two states. Each step computes state · w + x[i] and i + 1, and returns 2 · state and
 * the number of the iteration. `x` and `w` are captured.
 */
function stepGraph(changes: Partial<OnnxGraph> = {}): Partial<OnnxGraph> {
  return {
    name: "body",
    nodes: [
      node("Gather", ["x", "i"], ["slice"], { axis: int(1) }),
      node("Mul", ["state", "w"], ["product"]),
      node("Add", ["product", "slice"], ["next"]),
      node("Add", ["count", "one"], ["more"]),
      node("Mul", ["state", "two"], ["double"]),
      node("Identity", ["i"], ["iteration"]),
      node("Identity", ["go"], ["going"]),
    ],
    initializers: [vector("two", [2]), whole("one", 1)],
    inputs: [
      value("i", { dtype: "i64", ...scalar }),
      value("go", { dtype: "bool", ...scalar }),
      value("state", row),
      value("count", { dtype: "i64", ...scalar }),
    ],
    outputs: [
      value("going", { dtype: "bool", ...scalar }),
      value("next", row),
      value("more", { dtype: "i64", ...scalar }),
      value("double", row),
      value("iteration", { dtype: "i64", ...scalar }),
    ],
    ...changes,
  };
}

const results = ["last", "counted", "doubles", "iterations"];

/** A file with one Loop over the columns of x [n, 4]. The weight `w` [1] is a parameter. */
function loopFile(
  {
    body = stepGraph(),
    inputs = ["trips", "", "init", "start"],
    initializers = [whole("trips", 4)],
    nodes = [],
    ...changes
  }: Partial<Omit<OnnxModel, "inputs">> & {
    readonly body?: Partial<OnnxGraph>;
    readonly inputs?: readonly string[];
    readonly initializers?: readonly OnnxInitializer[];
  } = {},
): Uint8Array<ArrayBuffer> {
  const outputs = results.slice(0, (body.outputs?.length ?? 1) - 1);
  return fileOf({
    nodes: [
      node("ReduceSum", ["x", "axes"], ["init"], { keepdims: int(0) }),
      ...nodes,
      node("Loop", inputs, outputs, { body: graph(body) }),
    ],
    initializers: [vector("w", [0.5]), whole("axes", [1]), whole("start", 3), ...initializers],
    inputs: [value("x", { shape: ["n", 4] })],
    outputs: outputs.map((name) =>
      value(name, { dtype: name === "counted" || name === "iterations" ? "i64" : "f32" })
    ),
    ...changes,
  });
}

const going = (name: string) =>
  stepGraph({
    outputs: stepGraph().outputs!.map((each, i) => i === 0 ? { ...each, name } : each),
  });

/** Loops that run as scans. */
const files: Readonly<Record<string, Uint8Array<ArrayBuffer>>> = {
  "of four steps": loopFile(),
  "of one step": loopFile({ initializers: [whole("trips", 1)] }),
  "whose condition is given": loopFile({
    inputs: ["trips", "yes", "init", "start"],
    initializers: [whole("trips", [4]), flag("yes", true)],
  }),
  "whose body returns the condition that it is given": loopFile({ body: going("go") }),
  "whose body returns a constant of the outer graph": loopFile({
    body: stepGraph({
      nodes: [...stepGraph().nodes!.slice(0, -1), node("Identity", ["yes"], ["going"])],
    }),
    initializers: [whole("trips", 3), flag("yes", true)],
  }),
  "over the columns that x has": loopFile({
    nodes: [
      node("Shape", ["x"], ["shape"]),
      node("Gather", ["shape", "one_"], ["trips"]),
    ],
    initializers: [whole("one_", 1)],
  }),
};

for (const testOn of [cpuTest, gpuTest]) {
  const where = testOn === cpuTest ? "cpu" : "gpu";
  for (const [name, file] of Object.entries(files)) {
    testOn(
      `${where}: a Loop ${name} is that of onnxruntime, and exported again`,
      async (backend) => {
        using model = importOnnx(file);
        assertEquals([...model.namedParameters().keys()], ["w"]);
        const forward = (x: Tensor) => model.run({ x });
        const again = await exportOnnx({ forward }, { sampleShape: [4], input: "x" });
        for (const count of [1, 2, 7]) await checkFile({ file, again }, { backend, count });
      },
    );
  }
}

async function checkFile(
  { file, again }: { readonly file: Uint8Array; readonly again: Uint8Array },
  { backend, count }: { readonly backend: Backend; readonly count: number },
): Promise<void> {
  using model = importOnnx(file);
  using copy = importOnnx(again);
  const [shape, data] = [[count, 4], floats([count, 4], count)];
  using x = new Variable("x", { dtype: "f32", shape }, () => data);
  const [own, copies] = [model.run({ x }), copy.run({ x })];
  assertEquals(Object.keys(copies), Object.keys(own));
  for (const each of [file, again]) {
    const found = await runOnnxNamed(each, { x: { shape, data } });
    await assertRoundTrip({ results: own, copies, found }, backend);
  }
}

cpuTest("a Loop without steps returns its initial state", async (cpu) => {
  const empty = {
    "no trips": loopFile({ initializers: [whole("trips", 0)] }),
    "negative trips": loopFile({ initializers: [whole("trips", -2)] }),
    "a false condition": loopFile({
      inputs: ["trips", "no", "init", "start"],
      initializers: [whole("trips", 4), flag("no", false)],
    }),
  };
  const x = tensor(floats([2, 4], 1), [2, 4]);
  for (const file of Object.values(empty)) {
    using model = importOnnx(file);
    const { last, counted, doubles, iterations } = model.run({ x });
    assertEquals(await last!.data({ backend: cpu }), await x.sum(1).data({ backend: cpu }));
    assertEquals(await counted!.item({ backend: cpu }), 3);
    assertEquals([doubles!.shape, iterations!.shape], [[0, 2], [0]]);
  }
});

cpuTest("the gradient of a Loop is that of the steps written out", async (cpu) => {
  using model = importOnnx(loopFile());
  const [w] = model.parameters();
  const x = tensor(floats([3, 4], 1), [3, 4]);
  const unrolled = (x: Tensor) => {
    let [state, total] = [x.sum(1), zeros([])];
    for (let i = 0; i < 4; i++) {
      total = total.add(state.mul(2).square().sum());
      state = state.mul(w!).add(x.narrow(1, i, 1).reshape([3]));
    }
    return total.add(state.sum());
  };
  const loop = (x: Tensor) => {
    const { last, doubles } = model.run({ x });
    return doubles!.square().sum().add(last!.sum());
  };
  const slopes = [loop, unrolled].map((fn) => gradientsOf(fn(x), [x, w!]));
  const [own, other] = await Promise.all(slopes.map((each) => evaluate(each, { backend: cpu })));
  own!.forEach((slope, k) =>
    slope.forEach((value, i) => assertLess(Math.abs(value - other![k]![i]!), 1e-5))
  );
});

Deno.test("a Loop that is not supported is refused by name, and all refusals at once", () => {
  const body = (changes: Partial<OnnxGraph>) => loopFile({ body: stepGraph(changes) });
  const { nodes, inputs, outputs } = stepGraph();
  const condition = (...last: OnnxGraph["nodes"]) =>
    body({ nodes: [...nodes!.slice(0, -1), ...last] });
  const refusals: readonly (readonly [Uint8Array, string, readonly string[]])[] = [
    [
      loopFile({ inputs: ["", "yes", "init", "start"], initializers: [flag("yes", true)] }),
      "it must have a trip count",
      ["Loop"],
    ],
    [condition(node("Less", ["i", "one"], ["going"])), "a condition that is always true", ["Loop"]],
    [
      condition(node("ReduceSum", ["next"], ["sum"]), node("Less", ["sum", "two"], ["going"])),
      "a condition that is always true",
      ["Loop"],
    ],
    [
      body({
        inputs: inputs!.slice(0, -1),
        nodes: nodes!.map((each) =>
          each.op === "Add"
            ? { ...each, inputs: each.inputs.map((name) => name === "count" ? "one" : name) }
            : each
        ),
      }),
      "each of the 2 states",
      ["Loop"],
    ],
    [body({ outputs: outputs!.slice(0, 2) }), "current body has 4 inputs and 2 outputs", ["Loop"]],
    [body({ outputs: [] }), "at least one output", ["Loop"]],
    [
      body({ outputs: outputs!.with(2, value("nowhere")) }),
      'no operator or input makes "nowhere"',
      [],
    ],
    [
      body({
        nodes: [...nodes!, node("Identity", ["last"], ["own"])],
        outputs: outputs!.with(3, value("own")),
      }),
      "must not depend on their own results",
      [],
    ],
    [
      body({ nodes: [...nodes!.slice(1), node("Add", ["slice", "slice"], ["slice"])] }),
      "must not depend on their own results",
      ["Loop"],
    ],
    [
      loopFile({
        body: {
          ...stepGraph(),
          nodes: [...nodes!.slice(0, -1), node("Unique", ["go"], ["going"])],
        },
        nodes: [node("Strange", ["x"], ["other"])],
        outputs: [value("other"), value("last")],
      }),
      '"Strange" is not in the table',
      ["Strange", "Unique"],
    ],
    [loopFile({ body: nested(9) }), "a graph that cannot be read", ["Loop"]],
  ];
  for (const [file, message, refused] of refusals) {
    const error = assertThrows(() => importOnnx(file), OnnxError, message);
    assertEquals(error.refused, refused);
  }
});

/** A Loop in a Loop, and so on. */
function nested(depth: number): Partial<OnnxGraph> {
  let body = stepGraph();
  for (let i = 0; i < depth; i++) {
    const outputs = ["next", "more", "double", "iteration"];
    body = stepGraph({
      nodes: [
        node("Loop", ["trips", "", "state", "count"], outputs, { body: graph(body) }),
        node("Identity", ["go"], ["going"]),
      ],
    });
  }
  return body;
}

Deno.test("a Loop that does not fit its inputs is refused when the model is applied", () => {
  const { nodes } = stepGraph();
  using x = new Variable("x", { dtype: "f32", shape: [2, 4] });
  const trips = (count: number) => loopFile({ initializers: [whole("trips", count)] });
  const wide = [node("Concat", ["state", "state"], ["next"], { axis: int(0) })];
  const refusals: readonly (readonly [Uint8Array, string])[] = [
    [trips(2 ** 31 - 1), "at most 1048576"],
    [loopFile({ initializers: [whole("trips", [1, 2])] }), "input 0 must have one element"],
    [
      loopFile({
        nodes: [
          node("Cast", ["init"], ["counts"], { to: int(7) }),
          node("ReduceMax", ["counts"], ["trips"], { keepdims: int(0) }),
        ],
        initializers: [],
      }),
      "input 0 must be known before the model runs",
    ],
    [
      loopFile({ body: going("stop"), initializers: [whole("trips", 4), flag("stop", false)] }),
      "the condition that its body returns must always be true",
    ],
    [
      loopFile({ body: stepGraph({ nodes: [...wide, ...nodes!.slice(3)] }) }),
      "must have the type that the body expects",
    ],
  ];
  for (const [file, message] of refusals) {
    const model = importOnnx(file);
    const error = assertThrows(() => model.run({ x }), OnnxError, message);
    assertEquals(error.message.includes('"Loop_last" (Loop)'), true, error.message);
  }
});

Deno.test("what differs in training cannot be inside of a Loop in training, at any depth", () => {
  const inner = graph({
    nodes: [node("Dropout", ["slice"], ["dropped"])],
    outputs: [value("dropped")],
  });
  const { nodes } = stepGraph();
  const branch = node("If", ["go"], ["kept"], { then_branch: inner, else_branch: inner });
  for (const extra of [node("Dropout", ["slice"], ["kept"]), branch]) {
    const [gather, product, , ...others] = nodes!;
    const all = [gather!, extra, product!, node("Add", ["product", "kept"], ["next"]), ...others];
    const model = importOnnx(loopFile({ body: stepGraph({ nodes: all }) }));
    assertEquals(model.run({ x: zeros([2, 4]) }).last!.shape, [2]);
    assertThrows(
      () => model.run({ x: zeros([2, 4]) }, { training: true }),
      OnnxError,
      "(Dropout) in training",
    );
  }
});
