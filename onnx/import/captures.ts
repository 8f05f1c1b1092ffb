/**
 * Graphs in attributes use values from outside by name. Here these values become inputs of the
 * operator, so that it depends on nothing else.
 * @module
 */
import type { OnnxGraph, OnnxNode } from "../file/model.ts";

function graphsOf({ attributes }: OnnxNode): OnnxGraph[] {
  return Object.values(attributes).flatMap((attribute) =>
    attribute.kind === "graph" ? [attribute.value] : []
  );
}

/** All operators, with those of graphs in attributes. */
export function allNodes(nodes: readonly OnnxNode[]): OnnxNode[] {
  return nodes.flatMap((node) => [
    node,
    ...graphsOf(node).flatMap((graph) => allNodes(graph.nodes)),
  ]);
}

/** Names of the values from outside that a graph uses, in order of their first use. */
export function outsideOf({ nodes, initializers, inputs, outputs }: OnnxGraph): string[] {
  const own = new Set([
    ...[...initializers, ...inputs].map(({ name }) => name),
    ...nodes.flatMap((node) => node.outputs),
    "", // an omitted input
  ]);
  const used = [
    ...nodes.flatMap((node) => withCaptures(node).inputs),
    ...outputs.map(({ name }) => name),
  ];
  return [...new Set(used)].filter((name) => !own.has(name));
}

/** The operator with the values that its graphs capture as further inputs. */
export function withCaptures(node: OnnxNode): OnnxNode {
  const graphs = graphsOf(node);
  if (graphs.length === 0) return node;
  return { ...node, inputs: [...node.inputs, ...new Set(graphs.flatMap(outsideOf))] };
}
