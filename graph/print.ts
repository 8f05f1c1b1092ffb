import { type Graph, rootsOf, topological } from "./graph.ts";
import type { Node } from "./node.ts";
import { LABEL } from "./tags.ts";
import { formatType } from "./types.ts";

/**
 * Prints a graph as text: one node per line, inputs first. Equal graphs give equal text.
 *
 *     %0: f32[49] = variable name="fc/bias"
 *     %1: f32[64, 49] = broadcastTo %0 shape=[64,49]
 */
export function print(graph: Graph): string {
  const nodes = topological(rootsOf(graph));
  const names = new Map(nodes.map((node, i) => [node, `%${i}`]));
  const lines = nodes.map((node) =>
    [
      `${names.get(node)}: ${formatType(node.type)} = ${node.op.name}`,
      ...node.inputs.map((input) => names.get(input)),
      ...printAttrs(node),
      ...printTags(node),
    ].join(" ")
  );
  const outputs = `outputs ${graph.outputs.map((node) => names.get(node)).join(" ")}`.trimEnd();
  const updates = [...graph.updates].map(([key, value]) =>
    `update ${names.get(key) ?? formatType(key.type)} ← ${names.get(value)}`
  );
  return [...lines, outputs, ...updates, ""].join("\n");
}

function printAttrs({ attrs }: Node): string[] {
  return Object.entries(attrs).flatMap(([name, value]) => {
    if (name === "type") return [];
    if (ArrayBuffer.isView(value)) return [`${name}=<${value.byteLength} bytes>`];
    return [`${name}=${printValue(value)}`];
  });
}

/** JSON cannot represent −0, NaN, or infinity. */
function printValue(value: unknown): string {
  if (typeof value !== "number") return JSON.stringify(value);
  return Object.is(value, -0) ? "-0" : String(value);
}

function printTags({ tags }: Node): string[] {
  return [...tags].map(([key, value]) =>
    key === LABEL.key ? JSON.stringify(value) : `#${key.description}`
  );
}
