import { topological } from "../graph.ts";
import { type Node, withInputs } from "../node.ts";
import { input } from "../ops/source.ts";
import { nameOf } from "../tags.ts";
import { elementCount } from "../types.ts";
import type { ScanAttrs } from "./body.ts";

/** Values of a forward loop, as the loop of its gradient uses them. */
export interface Residuals {
  /** The given values, with what they use of the forward loop replaced. */
  readonly values: readonly Node[];
  /** Values of the forward body that are read at each step, and their placeholders. */
  readonly read: ReadonlyMap<Node, Node>;
}

/**
 * Decides what the forward loop keeps for its gradient, and replaces it in the given values.
 * The carried state, slices, and captures are there anyway. Of what else the gradient uses, results
 * of products and reductions must be kept; elementwise values are computed again, unless that needs
 * kept values with at least as many elements: then the elementwise value is kept in their place.
 * If sizes are free, that comparison has no answer, and it is computed again.
 *
 * A loop inside of the body runs again if the gradient reads its values, so that those of all its
 * steps are kept for one step of the outer loop at a time. The body's own uses of them then read the
 * second run, too.
 */
export function replaceForward(
  values: readonly Node[],
  { attrs: { body, recompute }, captured, hasFreeSizes }: {
    readonly attrs: ScanAttrs;
    readonly captured: readonly Node[];
    readonly hasFreeSizes: boolean;
  },
): Residuals {
  const given = new Set([...body.carries, ...body.slices, ...body.captures]);
  const forward = new Set([...body.values, ...given]);
  const order = topological(values);
  const used = new Set(values.filter((value) => forward.has(value)));
  for (const node of order) {
    if (!forward.has(node)) node.inputs.forEach((each) => forward.has(each) && used.add(each));
  }
  const needed = order.filter((node) => used.has(node));
  const kept = recompute ? [] : chooseKept(needed, { given, hasFreeSizes });
  const isRead = new Set([...body.carries, ...body.slices, ...kept]);
  const done = new Map<Node, Node>(body.captures.map((node, i) => [node, captured[i]!]));
  const placeholders = new Map<Node, Node>();
  const replaced = (node: Node): Node => {
    const known = done.get(node);
    if (known) return known;
    if (node.inputs.length === 0 && !isRead.has(node)) return node; // a literal, or a placeholder
    const made = isRead.has(node)
      ? input(nameOf(node) ?? node.op.name, node.type)
      : withInputs(node, node.inputs.map(replaced));
    if (isRead.has(node)) placeholders.set(node, made);
    done.set(node, made);
    return made;
  };
  for (const node of order) if (!forward.has(node)) replaced(node); // inputs first
  return { values: values.map(replaced), read: placeholders };
}

/** The values to keep so that all of `used`, inputs first, can be computed. */
function chooseKept(
  used: readonly Node[],
  { given, hasFreeSizes }: {
    readonly given: ReadonlySet<Node>;
    readonly hasFreeSizes: boolean;
  },
): Set<Node> {
  const kept = new Set<Node>();
  const loops = new Set(used.filter(isLoop));
  const isComputedAgain = (node: Node) =>
    node.op.lowering.kind === "element" || isLoop(node) ||
    node.op.lowering.kind === "scanPart" && loops.has(node.inputs[0]!);
  const missing = (node: Node, found = new Set<Node>(), seen = new Set<Node>()): Set<Node> => {
    if (given.has(node) || kept.has(node) || seen.has(node)) return found;
    seen.add(node);
    if (!isComputedAgain(node)) found.add(node);
    else node.inputs.forEach((each) => missing(each, found, seen));
    return found;
  };
  for (const node of used) {
    const needed = missing(node);
    const elements = [...needed].reduce((sum, { type }) => sum + elementCount(type.shape), 0);
    if (needed.size === 0) continue;
    const isSmall = !hasFreeSizes && !isLoop(node) && elementCount(node.type.shape) <= elements;
    (isSmall ? [node] : [...needed]).forEach((each) => kept.add(each));
  }
  return kept;
}

function isLoop({ op: { lowering } }: Node): boolean {
  return lowering.kind === "scan";
}
