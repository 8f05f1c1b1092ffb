/** Operators as plain data: their attributes, and the names of their values. */
import type { OnnxAttribute, OnnxGraph, OnnxNode } from "../file/model.ts";

/** An attribute as rows write it: an integer, float, list of integers, text, or graph. */
type Attribute =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly graph: OnnxGraph };

/** Attributes as rows write them. */
export type Attributes = Readonly<Record<string, Attribute>>;

/** Name of a result of an operator. */
export function resultOf(operator: string, position = 0): string {
  return `${operator}:${position}`;
}

/** An operator with other names for values, also in the graphs of its attributes. */
export function renamed(node: OnnxNode, rename: (name: string) => string): OnnxNode {
  const entries = Object.entries(node.attributes).map(([key, attribute]) => {
    if (attribute.kind !== "graph") return [key, attribute];
    const nodes = attribute.value.nodes.map((inner) => renamed(inner, rename));
    return [key, { kind: "graph", value: { ...attribute.value, nodes } }];
  });
  return {
    ...node,
    inputs: node.inputs.map(rename),
    outputs: node.outputs.map(rename),
    attributes: Object.fromEntries(entries),
  };
}

/** An attribute as plain data. */
export function attributeOf(value: Attribute): OnnxAttribute {
  if (typeof value === "number") return { kind: "int", value };
  if (typeof value === "string") return { kind: "text", value };
  if ("graph" in value) return { kind: "graph", value: value.graph };
  return "float" in value ? { kind: "float", value: value.float } : { kind: "ints", value };
}
