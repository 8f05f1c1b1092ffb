/**
 * Lowers a traced model to ONNX operators. Walks the nodes from the output backward to decide how
 * each is written, so that nodes that became part of a larger operator are skipped; then emits
 * forward.
 * @module
 */
import { LABEL, type Node } from "../../graph/mod.ts";
import type { OnnxBuilder } from "./builder.ts";
import { cannotExport } from "../errors.ts";
import { activations } from "./patterns/activations.ts";
import { composites } from "./patterns/composites.ts";
import { layers } from "./patterns/layers.ts";
import type { Match } from "./patterns/pattern.ts";
import type { DecideInner, Emission, Operand } from "./row.ts";
import { rowFor } from "./rows/mod.ts";
import { sameValue, type Traces } from "./traces.ts";

const patterns = [...layers, ...composites, ...activations];

/** The nodes to emit, in topological order, and how each is written. */
export type Decisions = ReadonlyMap<Node, Emission>;

/**
 * Decides how the outputs of a trace and the nodes they depend on are written, except for given ones.
 * @throws {OnnxError} if a node cannot be exported
 */
export function decide(traces: Traces, given: ReadonlySet<Node> = new Set()): Decisions {
  const wanted = new Set<Node>(traces.outputs);
  const decided: [Node, Emission][] = [];
  for (const node of traces.order.toReversed()) {
    if (!wanted.has(node) || given.has(node)) continue;
    const emission = matched(node, traces) ?? rowOf(node)(node, traces, decideInner);
    decided.push([node, emission]);
    for (const operand of emission.operands) if (isNode(operand)) wanted.add(operand);
  }
  return new Map(decided.toReversed());
}

const decideInner: DecideInner = (traces, leaves) => {
  const decisions = decide(traces, leaves);
  return (given, onnx) => emit(decisions, onnx, given);
};

/**
 * Adds the operators of all decided nodes and returns the names of all values. `given` has the names
 * of nodes that were not decided.
 */
export function emit(
  decisions: Decisions,
  onnx: OnnxBuilder,
  given: ReadonlyMap<Node, string> = new Map(),
): ReadonlyMap<Node, string> {
  const names = new Map(given);
  for (const [node, { operands, emit }] of decisions) {
    onnx.label = LABEL.get(node) ?? "";
    const inputs = operands.map((operand) =>
      isNode(operand) ? names.get(operand)! : onnx.scalar(operand.value, operand.dtype)
    );
    names.set(node, emit(inputs, onnx));
  }
  return names;
}

function isNode(operand: Operand): operand is Node {
  return "op" in operand;
}

function rowOf(node: Node) {
  const row = rowFor(node.op);
  if (!row) throw cannotExport(node, "custom ops cannot be exported");
  return row;
}

/** Returns the match of the first pattern that matches in all traces with equal attributes. */
function matched(node: Node, traces: Traces): Match | undefined {
  const twins = traces.twins(node);
  for (const pattern of patterns) {
    const [first, ...others] = twins.map(pattern);
    const same = first && others.every((other) => other && sameValue(other.attrs, first.attrs));
    if (same) return first;
  }
  return undefined;
}
