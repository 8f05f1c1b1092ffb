/** What a case must give: bounds of every value, step by step. */
import { formatType, interpret, labelOf, type Node } from "../../graph/mod.ts";
import { boundGraph, type Bounds, exactly, holds } from "./bounds/mod.ts";
import type { Case } from "./program.ts";
import type { Run } from "./run.ts";

/** A value that no correct backend computes. */
export class Mismatch extends Error {
  override readonly name = "Mismatch";
}

/** Bounds of all values in each step, and of the variables after the last. */
export interface Expected {
  readonly steps: readonly ReadonlyMap<Node, Bounds>[];
  readonly variables: ReadonlyMap<Node, Bounds>;
}

/** Follows a case through its steps. */
export function expectedOf({ graph, data, steps }: Case): Expected {
  const given = new Map([...data].map(([node, values]) => [node, exactly(values)]));
  const all: Map<Node, Bounds>[] = [];
  for (let step = 0; step < steps; step++) {
    const bounds = boundGraph(graph, given);
    all.push(bounds);
    for (const [key, next] of graph.updates) given.set(key, bounds.get(next)!);
  }
  return {
    steps: all,
    variables: new Map([...graph.updates.keys()].map((key) => [key, given.get(key)!])),
  };
}

/** Fails unless all values are within their bounds. */
export function check(what: string, actual: ArrayLike<number>, bounds: Bounds): void {
  if (actual.length !== bounds.low.length) {
    throw new Mismatch(`${what}: ${actual.length} elements instead of ${bounds.low.length}`);
  }
  for (let i = 0; i < actual.length; i++) {
    if (holds(bounds, i, actual[i]!)) continue;
    const { low, high } = bounds;
    const wanted = low[i] === high[i] ? `${low[i]}` : `${low[i]} to ${high[i]}`;
    throw new Mismatch(`${what}: element ${i} is ${actual[i]} instead of ${wanted}`);
  }
}

/** Checks all that a run gave. */
export function checkRun({ graph }: Case, { outputs, variables }: Run, expected: Expected): void {
  const last = expected.steps.at(-1)!;
  graph.outputs.forEach((node, i) => check(`output ${i}`, outputs[i]!, last.get(node)!));
  for (const [node, values] of variables) {
    check(`variable "${labelOf(node)}"`, values, expected.variables.get(node)!);
  }
}

/** The float64 interpreter computes values within the bounds, every one of them. */
export function checkInterpreter({ graph, data }: Case, expected: Expected): void {
  const bounds = expected.steps[0]!;
  for (const [node, values] of interpret(graph, data)) {
    check(`interpreted ${node.op.name} ${formatType(node.type)}`, values, bounds.get(node)!);
  }
}
