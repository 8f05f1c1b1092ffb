import { Tensor } from "../autograd/mod.ts";
import {
  attrsOf,
  checkOption,
  conv2d,
  conv2dResult,
  elementCount,
  input,
  is,
  LABEL,
  matmul,
  type Node,
  type Shape,
  shapeSizes,
  topological,
} from "../graph/mod.ts";
import type { Module } from "./module.ts";
import { Sequential } from "./sequential.ts";

/** What there is to say of one layer. */
export interface LayerSummary {
  /** Where the layer lies in its model: `layer1.0.conv1`. */
  readonly name: string;
  /** Its class. */
  readonly kind: string;
  /** Shape of its output for one sample, without the batch axis, if it can be told. */
  readonly output: Shape | undefined;
  /** Number of trained values. */
  readonly parameters: number;
  /**
   * Operations for one sample forward: those of convolutions and matrix products, a
   * multiplication and an addition counted as two.
   */
  readonly flops: number;
}

/** The layers of a model; `inputShape` is the shape of one sample, without the batch axis. */
export function layerSummaries(model: Module, inputShape: Shape): LayerSummary[] {
  checkOption("summarize a model", { inputShape }, shapeSizes);
  return rowsOf(model, "", [1, ...inputShape]).rows;
}

interface Rows {
  readonly rows: LayerSummary[];
  readonly output: Shape;
}

function rowsOf(module: Module, name: string, shape: Shape): Rows {
  if (module instanceof Sequential) return sequenceRows(module, name, shape);
  const { node } = module.forward(new Tensor(input("x", { dtype: "f32", shape })));
  const nodes = topological([node]);
  const output = node.type.shape;
  const parts = leavesOf(module, name);
  const rows = parts.map(([path, leaf]) => leafRow(path, leaf, nodes));
  const sum = (key: "parameters" | "flops") => rows.reduce((total, row) => total + row[key], 0);
  // what the module does itself, besides what its parts do
  const parameters = parametersOf(module) - sum("parameters");
  const flops = flopsOf(nodes) - sum("flops");
  if (parts.length === 0 || parameters > 0 || flops > 0) {
    const kind = module.constructor.name;
    rows.push({ name, kind, output: output.slice(1), parameters, flops });
  }
  return { rows, output };
}

/** Each layer of a sequence is run for itself, so that the shape of its output is known. */
function sequenceRows(module: Sequential, name: string, shape: Shape): Rows {
  const rows: LayerSummary[] = [];
  let output = shape;
  for (const [child, layer] of module.children()) {
    const part = rowsOf(layer, joined(name, child), output);
    rows.push(...part.rows);
    output = part.output;
  }
  return { rows, output };
}

/** The modules below one that have no parts themselves. */
function leavesOf(module: Module, name: string): (readonly [string, Module])[] {
  return [...module.children()].flatMap(([child, part]) => {
    const path = joined(name, child);
    return part.children().size > 0 ? leavesOf(part, path) : [[path, part] as const];
  });
}

function joined(name: string, child: string): string {
  return name === "" ? child : `${name}.${child}`;
}

/** A layer found in its model's graph by the names of its values and by its parameters. */
function leafRow(name: string, leaf: Module, nodes: readonly Node[]): LayerSummary {
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

/** What a chain of views of one value looks at. */
function lookThrough(node: Node): Node {
  const { lowering } = node.op;
  const isView = lowering.kind === "element" && lowering.view && node.inputs.length === 1;
  return isView ? lookThrough(node.inputs[0]!) : node;
}

function parametersOf(module: Module): number {
  return module.parameters().reduce((sum, { shape }) => sum + elementCount(shape), 0);
}

function flopsOf(nodes: readonly Node[]): number {
  return nodes.reduce((sum, node) => sum + productFlops(node), 0);
}

function productFlops(node: Node): number {
  const results = elementCount(node.type.shape);
  if (is(node, matmul)) return 2 * results * node.inputs[0]!.type.shape.at(-1)!;
  const attrs = attrsOf(node, conv2d);
  if (!attrs) return 0;
  const [outputs] = attrs.weight;
  return 2 * elementCount(conv2dResult(attrs)) * (elementCount(attrs.weight) / outputs!);
}

/**
 * The layers of a model as a table: name, kind, output shape, number of parameters, and
 * FLOPs: operations for one sample forward, those of convolutions and matrix products, a
 * multiplication and an addition counted as two. `inputShape` is the shape of one sample,
 * without the batch axis.
 */
export function summary(model: Module, inputShape: Shape): string {
  const rows = layerSummaries(model, inputShape);
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
  const widths = [0, 1, 2, 3, 4].map((column) =>
    Math.max(...cells.map((row) => row[column]!.length))
  );
  const line = (row: readonly string[]) =>
    row.map((cell, i) => i >= 3 ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!))
      .join("  ").trimEnd();
  const rule = "─".repeat(widths.reduce((sum, width) => sum + width, 8));
  const lines = cells.map(line);
  return [lines[0], rule, ...lines.slice(1, -1), rule, lines.at(-1)].join("\n");
}

function grouped(value: number): string {
  return value.toString().replace(/\B(?=(\d{3})+$)/g, ",");
}
