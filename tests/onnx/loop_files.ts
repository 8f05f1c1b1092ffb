/** Files with one Loop. */
import type { OnnxGraph, OnnxInitializer, OnnxModel } from "../../onnx/mod.ts";
import { fileOf, graph, int, node, value, vector, whole } from "./plain_files.ts";

const scalar = { shape: [] } as const;
const row = { shape: ["n"] } as const;

/**
 * A body with two states. Each step computes state · w + x[i] and i + 1, and returns 2 · state and
 * the number of the iteration. `x` and `w` are captured.
 */
export function stepGraph(changes: Partial<OnnxGraph> = {}): Partial<OnnxGraph> {
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
export function loopFile(
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

/** A body whose condition is another value. */
export const going = (name: string) =>
  stepGraph({
    outputs: stepGraph().outputs!.map((each, i) => i === 0 ? { ...each, name } : each),
  });

/** A Loop in a Loop, and so on. */
export function nested(depth: number): Partial<OnnxGraph> {
  let body = stepGraph();
  for (let i = 0; i < depth; i++) {
    const outputs = ["next", "more", "double", "iteration"];
    body = stepGraph({
      nodes: [
        node("Loop", ["trips", "", "state", "count"], outputs, { body: graph(body) }),
        node("Identity", ["go"], ["going"]),
      ],
      initializers: [],
      outputs: stepGraph().outputs!.map((each) => ({ ...each, shape: ["..."] })),
    });
  }
  return body;
}
