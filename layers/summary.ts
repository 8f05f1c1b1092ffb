import { Tensor } from "../autograd/mod.ts";
import { alignedLines } from "../graph/aligned_lines.ts";
import {
  attrsOf,
  conv2d,
  conv2dInputGradient,
  conv2dResult,
  elementCount,
  input,
  is,
  LABEL,
  matmul,
  type Node,
  type Shape,
  topological,
} from "../graph/mod.ts";
import type { AnyModule } from "./module.ts";
import { tensorsOf } from "./module_parts.ts";
import { type SampleInput, symbolicBatch } from "./sample_input.ts";
import { Sequential } from "./sequential.ts";

/** Row of a model summary: one layer. */
export interface LayerSummary {
  /** Path of the layer in its model: `layer1.0.conv1`. */
  readonly name: string;
  /** Name of its class. */
  readonly kind: string;
  /** Shape of its output without the batch axis, if known; of the first one, if it has several. */
  readonly output: Shape | undefined;
  /** Number of trainable values. */
  readonly parameters: number;
  /**
   * FLOPs of the forward pass of one sample. Counts convolutions and matrix products only; a
   * multiply-add counts as two.
   */
  readonly flops: number;
}

/**
 * Summarizes the layers of a model. `sample` is the shape of one sample, without the batch axis, or
 * the shapes or types of its inputs: `[3, 32, 32]`, `{ tokens: i32([128]), mask: f32([128]) }`.
 * @throws {TypeError} if `sample` is none of these
 * @throws {RangeError} if a shape has sizes that are not whole numbers
 */
export function layerSummaries(model: AnyModule, sample: SampleInput): LayerSummary[] {
  return rowsOf(model, "", symbolicBatch(sample)).rows;
}

interface Rows {
  readonly rows: LayerSummary[];
  /** What the module returns. */
  readonly result: unknown;
}

function rowsOf(module: AnyModule, name: string, inputs: unknown): Rows {
  if (module instanceof Sequential && inputs instanceof Tensor) {
    return sequenceRows(module, name, inputs);
  }
  const result = module.forward(inputs as never);
  const outputs = tensorsOf(result).map(({ node }) => node);
  const nodes = topological(outputs);
  const parts = leavesOf(module, name);
  const rows = parts.map(([path, leaf]) => leafRow(path, leaf, nodes));
  const sum = (key: "parameters" | "flops") => rows.reduce((total, row) => total + row[key], 0);
  // parameters and FLOPs of the module itself, without those of its submodules
  const parameters = parametersOf(module) - sum("parameters");
  const flops = flopsOf(nodes) - sum("flops");
  if (parts.length === 0 || parameters > 0 || flops > 0) {
    const kind = module.constructor.name;
    rows.push({ name, kind, output: outputs[0]?.type.shape.slice(1), parameters, flops });
  }
  return { rows, result };
}

/** Runs each layer of a sequence by itself, so that its output shape is known. */
function sequenceRows(module: Sequential, name: string, x: Tensor): Rows {
  const rows: LayerSummary[] = [];
  let value = x;
  for (const [child, layer] of module.children()) {
    const part = rowsOf(layer, joined(name, child), new Tensor(input("x", value.node.type)));
    rows.push(...part.rows);
    value = part.result as Tensor;
  }
  return { rows, result: value };
}

/** The modules below this one that have no submodules. */
function leavesOf(module: AnyModule, name: string): (readonly [string, AnyModule])[] {
  return [...module.children()].flatMap(([child, part]) => {
    const path = joined(name, child);
    return part.children().size > 0 ? leavesOf(part, path) : [[path, part] as const];
  });
}

function joined(name: string, child: string): string {
  return name === "" ? child : `${name}.${child}`;
}

/** Summarizes a layer, found in the model's graph by its label and its parameters. */
function leafRow(name: string, leaf: AnyModule, nodes: readonly Node[]): LayerSummary {
  const named = nodes.findLast((node) => LABEL.get(node) === leaf.label);
  const own = new Set(leaf.parameters().map(({ node }) => node));
  const products = nodes.filter((node) => node.inputs.some((part) => own.has(lookThrough(part))));
  return {
    name,
    kind: leaf.constructor.name,
    output: named?.type.shape.slice(1),
    parameters: parametersOf(leaf),
    flops: flopsOf(products),
  };
}

/** Follows a chain of views to the value that they view. */
function lookThrough(node: Node): Node {
  const { lowering } = node.op;
  const isView = lowering.kind === "element" && lowering.view && node.inputs.length === 1;
  return isView ? lookThrough(node.inputs[0]!) : node;
}

function parametersOf(module: AnyModule): number {
  return module.parameters().reduce((sum, { shape }) => sum + elementCount(shape), 0);
}

function flopsOf(nodes: readonly Node[]): number {
  return nodes.reduce((sum, node) => sum + productFlops(node), 0);
}

function productFlops(node: Node): number {
  const results = elementCount(node.type.shape);
  if (is(node, matmul)) return 2 * results * node.inputs[0]!.type.shape.at(-1)!;
  const attrs = attrsOf(node, conv2d) ?? attrsOf(node, conv2dInputGradient);
  if (!attrs) return 0;
  const [outputs] = attrs.weight;
  return 2 * elementCount(conv2dResult(attrs)) * (elementCount(attrs.weight) / outputs!);
}

/**
 * Formats the layers of a model as a table: name, class, output shape, number of parameters, and
 * FLOPs of the forward pass of one sample (convolutions and matrix products; a multiply-add counts
 * as two). `sample` is the shape of one sample, without the batch axis, or the shapes or types of its
 * inputs, as in `layerSummaries`.
 *
 * @example A model of two inputs
 * ```ts
 * import { assert } from "@std/assert";
 * import { i32, initialize, Linear, Module, summary, type Tensor } from "@gspace/gspace";
 *
 * class Net extends Module<{ x: Tensor; kind: Tensor }> {
 *   readonly fc = new Linear(4, 2);
 *   override forward({ x, kind }: { x: Tensor; kind: Tensor }): Tensor {
 *     return this.fc.forward(x.add(kind.oneHot(4)));
 *   }
 * }
 * const text = summary(initialize(new Net()), { x: [4], kind: i32([]) });
 * assert(text.includes("Linear  [n, 2]"));
 * ```
 */
export function summary(model: AnyModule, sample: SampleInput): string {
  const rows = layerSummaries(model, sample);
  const total = (key: "parameters" | "flops") =>
    grouped(rows.reduce((sum, row) => sum + row[key], 0));
  const cells = [
    ["layer", "kind", "output", "parameters", "FLOPs"],
    ...rows.map(({ name, kind, output, parameters, flops }) => [
      name,
      kind,
      output ? `[${["n", ...output].join(", ")}]` : "",
      grouped(parameters),
      grouped(flops),
    ]),
    ["total", "", "", total("parameters"), total("flops")],
  ];
  const lines = alignedLines(cells, (column) => column >= 3);
  const rule = "─".repeat(Math.max(...lines.map(({ length }) => length)));
  return [lines[0], rule, ...lines.slice(1, -1), rule, lines.at(-1)].join("\n");
}

function grouped(value: number): string {
  return value.toString().replace(/\B(?=(\d{3})+$)/g, ",");
}
