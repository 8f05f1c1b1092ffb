import { type Graph, type Pass, rewrite } from "../graph.ts";
import type { Node } from "../node.ts";

/** Merges nodes that are the same op of the same inputs. Sources stay as they are. */
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
    if (node.op.lowering.kind === "source") return node;
    const inputs = node.inputs.map((input) => numberOf(numbers, input)).join();
    const key = `${numberOf(opNumbers, node.op)} ${inputs} ${attrsKey(node.attrs)}`;
    const same = known.get(key);
    if (!same) known.set(key, node);
    return same ?? node;
  });
};

/** JSON has no −0, NaN or infinity. */
function attrsKey(attrs: object): string {
  return JSON.stringify(
    attrs,
    (_, value) =>
      typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0))
        ? `number ${Object.is(value, -0) ? "-0" : value}`
        : value,
  );
}
