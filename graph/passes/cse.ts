import { bytesOf } from "../bytes_of.ts";
import { type Graph, type Pass, rewrite } from "../graph.ts";
import { attrsOf, type Node } from "../node.ts";
import { constant } from "../ops/source.ts";
import type { HostArray } from "../types.ts";

/**
 * Common subexpression elimination: merges nodes with equal ops, attributes, and inputs, and
 * constants with equal elements. Other sources are never merged.
 */
export const cse: Pass = (graph: Graph): Graph => {
  const numbers = new Map<Node, number>();
  const known = new Map<string, Node>();
  const opNumbers = new Map<object, number>();
  const numberOf = <T extends object>(map: Map<T, number>, key: T): number => {
    const number = map.get(key) ?? map.size;
    map.set(key, number);
    return number;
  };
  return rewrite(graph, (node) => {
    const data = attrsOf(node, constant)?.data;
    if (node.op.lowering.kind === "source" && !data) return node;
    const inputs = node.inputs.map((input) => numberOf(numbers, input)).join();
    const attrs = data ? `${dataKey(data)} ${node.type.shape}` : attrsKey(node.attrs);
    const key = `${numberOf(opNumbers, node.op)} ${inputs} ${attrs}`;
    const same = known.get(key);
    if (!same) known.set(key, node);
    return same ?? node;
  });
};

/** JSON, extended by −0, NaN, and infinity. */
function attrsKey(attrs: object): string {
  return JSON.stringify(
    attrs,
    (_, value) =>
      typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0))
        ? `number ${Object.is(value, -0) ? "-0" : value}`
        : value,
  );
}

/** A key made of the elements' bits, so that −0 and 0, or two NaN payloads, differ. */
function dataKey(data: HostArray): string {
  return `${data.constructor.name} ${bytesOf(data).join()}`;
}
