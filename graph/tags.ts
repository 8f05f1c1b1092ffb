import type { Node } from "./node.ts";

/** A typed key for facts about nodes. */
export interface Tag<T> {
  readonly key: symbol;
  /** The fact noted on this node, if any. */
  get(node: Node): T | undefined;
  /** A copy of the node with the fact noted. */
  set(node: Node, value: T): Node;
}

/** Makes a tag; `name` is for printed graphs. */
export function defineTag<T>(name: string): Tag<T> {
  const key = Symbol(name);
  return {
    key,
    get: (node) => node.tags.get(key) as T | undefined,
    set: (node, value) => Object.freeze({ ...node, tags: new Map([...node.tags, [key, value]]) }),
  };
}

/** What a node is called in messages, printed graphs and device labels. */
export const LABEL: Tag<string> = defineTag<string>("label");

/** The node's label, or its op's name. */
export function labelOf(node: Node): string {
  const label = LABEL.get(node);
  if (label !== undefined) return label;
  const { name } = node.attrs as { readonly name?: unknown };
  return typeof name === "string" ? name : node.op.name;
}
