/** Loops that are refused: hostile files, and what a Loop may be but a scan is not. */
import { assertEquals, assertThrows } from "@std/assert";
import { Variable, zeros } from "../../autograd/mod.ts";
import { importOnnx, OnnxError, type OnnxGraph } from "../../onnx/mod.ts";
import { going, loopFile, nested, stepGraph } from "./loop_files.ts";
import { flag, graph, int, node, value, whole } from "./plain_files.ts";

Deno.test("a Loop that is not supported is refused by name, and all refusals at once", () => {
  const body = (changes: Partial<OnnxGraph>) => loopFile({ body: stepGraph(changes) });
  const { nodes, inputs, outputs } = stepGraph();
  const condition = (...last: OnnxGraph["nodes"]) =>
    body({ nodes: [...nodes!.slice(0, -1), ...last] });
  const refusals: readonly (readonly [Uint8Array, string, readonly string[]])[] = [
    [
      loopFile({ inputs: ["", "yes", "init", "start"], initializers: [flag("yes", true)] }),
      "it must have a trip count: current has none",
      ["Loop"],
    ],
    ...[[], ["trips"]].map((inputs) =>
      [
        loopFile({
          inputs,
          body: {
            nodes: [node("Mul", ["w", "x"], ["product"]), node("Identity", ["go"], ["going"])],
            inputs: stepGraph().inputs!.slice(0, 2),
            outputs: [value("going", { dtype: "bool" }), value("product")],
          },
        }),
        `the trip count and the condition: current has ${inputs.length} inputs`,
        ["Loop"],
      ] as const
    ),
    [condition(node("Less", ["i", "one"], ["going"])), "a condition that is always true", ["Loop"]],
    [condition(node("Less", ["i", "one"], ["going"])), "export a loop of a fixed length", ["Loop"]],
    [
      body({
        nodes: nodes!.map((each) =>
          each.outputs.includes("double") ? node("SequenceAt", ["next", "i"], ["double"]) : each
        ),
      }),
      '"SequenceAt" is not in the table of operators: values must be tensors: export stacked',
      ["SequenceAt"],
    ],
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

Deno.test("a Loop that does not fit its inputs is refused when the model is applied", () => {
  const { nodes } = stepGraph();
  using x = new Variable("x", { dtype: "f32", shape: [2, 4] });
  const trips = (count: number) => loopFile({ initializers: [whole("trips", count)] });
  const wide = [node("Concat", ["state", "state"], ["next"], { axis: int(0) })];
  const refusals: readonly (readonly [Uint8Array, string])[] = [
    [trips(2 ** 31 - 1), "at most 1048576 times: current trip count is 2147483647: the number"],
    [trips(2 ** 20 + 1), "at most 1048576 times: current trip count is 1048577: the number"],
    [loopFile({ initializers: [whole("trips", [1, 2])] }), "must have one element: current has 2"],
    [loopFile({ initializers: [whole("trips", [])] }), "must have one element: current has 0"],
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
