import type { Node } from "./node.ts";

/** A typed key for annotations on nodes. */
export interface Tag<T> {
  /** The key in `Node.tags`. */
  readonly key: symbol;
  /** The annotation on this node, if any. */
  get(node: Node): T | undefined;
  /** Returns a copy of the node with the annotation added. */
  set(node: Node, value: T): Node;
}

/** Defines a tag. `name` appears in printed graphs. */
export function defineTag<T>(name: string): Tag<T> {
  const key = Symbol(name);
  return {
    key,
    get: (node) => node.tags.get(key) as T | undefined,
    set: (node, value) => Object.freeze({ ...node, tags: new Map([...node.tags, [key, value]]) }),
  };
}

/** The label of a node in error messages, printed graphs, and device labels. */
export const LABEL: Tag<string> = defineTag<string>("label");

/**
 * On an input: its sizes are examples of sizes that vary. Values computed from it must not choose
 * their structure by sizes, so that traces with other sizes are the same graph.
 */
export const FREE_SIZES: Tag<true> = defineTag<true>("free sizes");

/** A value that must be materialized. Fused into its users, it would be recomputed by each. */
export const MATERIALIZED: Tag<true> = defineTag<true>("materialized");

/** Identifies a draw, so that separate draws within a step get separate numbers. */
export interface Draw {
  /** Path of the drawing layer in its model. */
  readonly name: string;
  /** Index of the draw within one run, from 0. */
  readonly order: number;
}

/** Random bits whose stream `separateDraws` may change. */
export const DRAW: Tag<Draw> = defineTag<Draw>("draw");

/** The node's label, or else the name of a source. */
export function nameOf(node: Node): string | undefined {
  const { name } = node.attrs as { readonly name?: unknown };
  return LABEL.get(node) ?? (typeof name === "string" ? name : undefined);
}

/** The node's name, or else the name of its op. */
export function labelOf(node: Node): string {
  return nameOf(node) ?? node.op.name;
}
