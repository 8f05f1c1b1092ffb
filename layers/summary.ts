import { Tensor } from "../autograd/mod.ts";
import { elementCount, input, type Shape } from "../graph/mod.ts";
import type { Module } from "./module.ts";
import { Sequential } from "./sequential.ts";

interface Row {
  readonly name: string;
  readonly kind: string;
  readonly shape: string;
  readonly parameters: number;
}

function rowsOf(module: Module, name: string, x: Tensor): { rows: Row[]; output: Tensor } {
  if (!(module instanceof Sequential)) {
    const output = module.forward(x);
    const sizes = module.parameters().map(({ shape }) => elementCount(shape));
    const row = {
      name,
      kind: module.constructor.name,
      shape: `[${["n", ...output.shape.slice(1)].join(", ")}]`,
      parameters: sizes.reduce((sum, size) => sum + size, 0),
    };
    return { rows: [row], output };
  }
  const rows: Row[] = [];
  let value = x;
  for (const [child, layer] of module.children()) {
    const part = rowsOf(layer, name === "" ? child : `${name}.${child}`, value);
    rows.push(...part.rows);
    value = part.output;
  }
  return { rows, output: value };
}

/**
 * The layers of a model as a table: name, kind, output shape and number of parameters.
 * `inputShape` is the shape of one sample, without the batch axis.
 */
export function summary(model: Module, inputShape: Shape): string {
  const x = new Tensor(input("x", { dtype: "f32", shape: [1, ...inputShape] }));
  const { rows } = rowsOf(model, "", x);
  const total = rows.reduce((sum, row) => sum + row.parameters, 0);
  const cells = [
    ["layer", "kind", "output", "parameters"],
    ...rows.map((row) => [row.name, row.kind, row.shape, count(row.parameters)]),
    ["total", "", "", count(total)],
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...cells.map((row) => row[column]!.length)));
  const line = (row: readonly string[]) =>
    row.map((cell, i) => i === 3 ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!))
      .join("  ").trimEnd();
  const rule = "─".repeat(widths.reduce((sum, width) => sum + width, 6));
  const lines = cells.map(line);
  return [lines[0], rule, ...lines.slice(1, -1), rule, lines.at(-1)].join("\n");
}

function count(value: number): string {
  return value.toString().replace(/\B(?=(\d{3})+$)/g, ",");
}
