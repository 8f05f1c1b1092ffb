import { type Graph, type Pass, rewrite, rootsOf, topological } from "../graph.ts";
import { attrsOf, type Node } from "../node.ts";
import { DRAW, randomBits } from "../ops/mod.ts";
import { Streams } from "../streams.ts";

/**
 * Gives each draw of a step a stream of its own, whatever the layers that drew could know of
 * each other: two models with layers of the same path, or one layer run under several contexts.
 * The streams are a function of the graph: the same step has the same ones wherever it is traced.
 */
export const separateDraws: Pass = (graph: Graph): Graph => {
  const draws = topological(rootsOf(graph)).flatMap((node) => {
    const attrs = attrsOf(node, randomBits);
    return attrs ? [{ node, attrs, draw: DRAW.get(node) }] : [];
  });
  const bySeed = new Map(draws.map(({ attrs }) => [attrs.seed, new Streams()]));
  for (const { attrs, draw } of draws) if (!draw) bySeed.get(attrs.seed)!.reserve(attrs.stream);
  const separate = new Map<Node, Node>();
  // in the order of the calls under one context, and as the graph has them otherwise
  const named = draws.toSorted((a, b) => (a.draw?.order ?? 0) - (b.draw?.order ?? 0));
  for (const { node, attrs, draw } of named) {
    const stream = draw && bySeed.get(attrs.seed)!.next(draw.name);
    if (!draw || stream === undefined || stream === attrs.stream) continue;
    separate.set(node, DRAW.set(randomBits(node.inputs[0]!, { ...attrs, stream }), draw));
  }
  return separate.size === 0 ? graph : rewrite(graph, (_, original) => separate.get(original));
};
