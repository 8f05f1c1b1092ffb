import { type Graph, type Pass, rewrite, rootsOf, topological } from "../graph.ts";
import { makeNode, type Node } from "../node.ts";
import type { RandomAttrs } from "../ops/random.ts";
import { Streams } from "../streams.ts";
import { DRAW, type Draw } from "../tags.ts";

/**
 * Gives each random draw of a step its own stream, even if two models have layers with the same
 * path or one layer runs under several contexts. The streams are a function of the graph: tracing
 * the same step again gives the same streams.
 */
export const separateDraws: Pass = (graph: Graph): Graph => {
  const draws = topological(rootsOf(graph)).flatMap((node) => {
    const attrs = node.op.isRandom && node.attrs as RandomAttrs;
    return attrs ? [{ node, attrs, draw: DRAW.get(node) }] : [];
  });
  const bySeed = new Map(draws.map(({ attrs }) => [attrs.seed, new Streams()]));
  for (const { attrs, draw } of draws) if (!draw) bySeed.get(attrs.seed)!.reserve(attrs.stream);
  const separate = new Map<Node, Node>();
  const streams = new Map<Draw, number>(); // the words of one draw share a stream
  // By call order within a context; otherwise in graph order.
  const named = draws.toSorted((a, b) => (a.draw?.order ?? 0) - (b.draw?.order ?? 0));
  for (const { node, attrs, draw } of named) {
    if (!draw) continue;
    const stream = streams.get(draw) ?? bySeed.get(attrs.seed)!.next(draw.name);
    streams.set(draw, stream);
    if (stream === attrs.stream) continue;
    separate.set(node, DRAW.set(makeNode(node.op, node.inputs, { ...attrs, stream }), draw));
  }
  return separate.size === 0 ? graph : rewrite(graph, (_, original) => separate.get(original));
};
