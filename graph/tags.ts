import type { Node } from "./node.ts";

/** A typed key for facts about nodes. */
export interface Tag<T> {
  /** Where the fact lies in `Node.tags`. */
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

/** The node's label, or the name that a source was given. */
export function nameOf(node: Node): string | undefined {
  const { name } = node.attrs as { readonly name?: unknown };
  return LABEL.get(node) ?? (typeof name === "string" ? name : undefined);
}

/** What to call the node: its name, or else its op's. */
export function labelOf(node: Node): string {
  return nameOf(node) ?? node.op.name;
}
