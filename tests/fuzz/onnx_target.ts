/** Damaged ONNX files: of the format, and of what they say in a valid format. */
import { scan, type Tensor, zeros } from "../../autograd/mod.ts";
import {
  AvgPool2d,
  BatchNorm2d,
  Conv2d,
  Flatten,
  initialize,
  Linear,
  MaxPool2d,
  Sequential,
  Softmax,
  Upsample,
} from "../../layers/mod.ts";
import {
  decodeOnnxModel,
  encodeOnnxModel,
  exportOnnx,
  importOnnx,
  type OnnxAttribute,
  OnnxError,
  type OnnxGraph,
  type OnnxInitializer,
  type OnnxModel,
  type OnnxNode,
} from "../../onnx/mod.ts";
import { families } from "../../onnx/import/rows/mod.ts";
import { fileOf, graph, int, node, value, whole } from "../onnx/plain_files.ts";
import type { Target } from "./fuzz.ts";
import { mutate, type Random } from "./mutate.ts";

const pick = <T>(list: readonly T[], random: Random): T =>
  list[Math.floor(random() * list.length)]!;

const onnxModel = initialize(
  new Sequential(
    new Conv2d(1, 2, 3, { padding: 1, stride: 2 }),
    new BatchNorm2d(2),
    new MaxPool2d(2, { stride: 1, padding: 1 }),
    new AvgPool2d(2, { stride: 1, padding: 1 }),
    new Upsample(2),
    new Flatten(),
    new Linear(200, 3),
    new Softmax(),
  ),
  { seed: 1 },
);
/** A loop over the batch, with a state and a result of each step. */
function loop(x: Tensor): Tensor {
  const step = (state: Tensor, row: Tensor) => [state.add(row.tanh()), state.mul(row)] as const;
  return scan(step, x.sum(0), x, { reverse: true })[1];
}

/** A Loop over x [5] with an If in its body: graphs in a graph, with values from outside. */
const branching = fileOf({
  nodes: [
    node("ReduceSum", ["x"], ["init"], { keepdims: int(0) }),
    node("Loop", ["trips", "", "init"], ["last", "all"], {
      body: graph({
        nodes: [
          node("Gather", ["x", "i"], ["row"]),
          node("Greater", ["state", "row"], ["large"]),
          node("If", ["large"], ["next"], {
            then_branch: graph({
              nodes: [node("Add", ["state", "row"], ["a"])],
              outputs: [value("a")],
            }),
            else_branch: graph({
              nodes: [node("Mul", ["init", "row"], ["b"])],
              outputs: [value("b")],
            }),
          }),
          node("Identity", ["go"], ["going"]),
        ],
        inputs: ["i", "go", "state"].map((name) => value(name)),
        outputs: ["going", "next", "row"].map((name) => value(name)),
      }),
    }),
  ],
  initializers: [whole("trips", 5)],
  inputs: [value("x", { shape: [5] })],
  outputs: [value("last"), value("all")],
});

const onnxFiles = [
  await exportOnnx(onnxModel, { sampleShape: [1, 5, 5] }),
  await exportOnnx({ forward: (x) => x.slice([0, 1], [x.shape[0]!, 3]).pad([0, 1], [0, 1]) }, {
    sampleShape: [5],
  }),
  await exportOnnx({ forward: loop }, { sampleShape: [5] }),
  branching,
  Deno.readFileSync(new URL("../golden/onnx/yolo_16.onnx", import.meta.url)),
];

const plainModels = onnxFiles.map(decodeOnnxModel);
const operators = [...families.values()].flatMap((family) => Object.keys(family));

/** Numbers that shapes, axes, and counts should not be. */
const numbers = [-(2 ** 31), -3, -1, 0, 1, 2, 3, 5, 64, 2 ** 16, 2 ** 20, 2 ** 31 - 1, 2 ** 40];

function brokenAttribute(attribute: OnnxAttribute, random: Random): OnnxAttribute {
  switch (attribute.kind) {
    case "int":
      return { kind: "int", value: pick(numbers, random) };
    case "float":
      return { kind: "float", value: pick([0, -1, 1e30, NaN, Infinity], random) };
    case "text":
      return { kind: "text", value: pick(["", "VALID", "linear", "cubic", "edge"], random) };
    case "ints": {
      const value = attribute.value.map((old) => random() < 0.5 ? old : pick(numbers, random));
      return { kind: "ints", value: random() < 0.8 ? value : value.slice(1) };
    }
    case "tensor":
      return { kind: "tensor", value: brokenTensor(attribute.value, random) };
    case "graph":
      return { kind: "graph", value: brokenGraph(attribute.value, random) };
    default:
      return attribute;
  }
}

/** Other elements, or another shape with as many. */
function brokenTensor(tensor: OnnxInitializer, random: Random): OnnxInitializer {
  if (random() < 0.3) return { ...tensor, shape: [...tensor.shape, 1] };
  if (tensor.dtype !== "i64") return { ...tensor, shape: tensor.shape.toReversed() };
  const values = new BigInt64Array(tensor.bytes.slice().buffer);
  const changed = values.map((value) => random() < 0.5 ? value : BigInt(pick(numbers, random)));
  return { ...tensor, bytes: new Uint8Array(changed.buffer) };
}

function brokenNode(node: OnnxNode, names: readonly string[], random: Random): OnnxNode {
  const kind = random();
  if (kind < 0.25) return { ...node, op: pick(operators, random) };
  if (kind < 0.5) {
    return {
      ...node,
      inputs: node.inputs.map((name) => random() < 0.5 ? name : pick(names, random)),
    };
  }
  const entries = Object.entries(node.attributes);
  const attributes = entries.map(([name, value]) => [name, brokenAttribute(value, random)]);
  return { ...node, attributes: Object.fromEntries(attributes) };
}

/** A file in the right format that says something else. */
function brokenModel(model: OnnxModel, random: Random): OnnxModel {
  const opset = random() < 0.8 ? model.opset : pick([6, 9, 10, 12, 13, 16], random);
  return { ...model, ...brokenGraph(model, random), opset };
}

/** One operator or tensor is broken. */
function brokenGraph(graph: OnnxGraph, random: Random): OnnxGraph {
  const { nodes, initializers } = graph;
  const names = ["", ...nodes.flatMap(({ inputs, outputs }) => [...inputs, ...outputs])];
  const place = Math.floor(random() * (nodes.length + initializers.length));
  return {
    ...graph,
    nodes: nodes.map((node, i) => i === place ? brokenNode(node, names, random) : node),
    initializers: initializers.map((tensor, i) =>
      i + nodes.length === place ? brokenTensor(tensor, random) : tensor
    ),
  };
}

/** ONNX models, each of which is also applied to an input of the right type. */
export const onnx: Target = {
  name: "onnx",
  errors: [OnnxError],
  make: (random) =>
    random() < 0.3
      ? mutate(pick(onnxFiles, random), random)
      : encodeOnnxModel(brokenModel(pick(plainModels, random), random)),
  read: (file) => {
    const model = importOnnx(file);
    const inputs = model.inputs.map(({ name, dtype, shape }) => {
      const sizes = shape.map((size) => typeof size === "number" ? size : 2);
      const isSmall = sizes.every((size) => size <= 32) && sizes.length <= 6;
      const own = isSmall ? sizes : [];
      return [name, zeros(own, dtype === "f32" ? "f32" : "i32")];
    });
    model.run(Object.fromEntries(inputs));
  },
  // plain data of names and attributes, and what is folded while the graph is built
  memory: { perByte: 256, fixed: 1 << 25 },
};
