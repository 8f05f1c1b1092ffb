import type { Node } from "../node.ts";
import type { ScanAttrs } from "./body.ts";
import { s } from "../scalar/mod.ts";
import { labelOf } from "../tags.ts";
import { elementCount } from "../types.ts";
import { bodyGraph, indexOf, isPart } from "./body_graph.ts";
import type { Draft, ScanLoop, SliceOf } from "../lower/draft.ts";
import { emitLoop } from "./emit.ts";
import type { ScanLowering, ScheduleGraph } from "../lower/scan_lowering.ts";
import { scanSources } from "./sources.ts";

/** Schedules the loop of a scan for those of its parts that are used. */
function scanLoop(
  scan: Node,
  parts: readonly Node[],
  scheduleGraph: ScheduleGraph,
): ScanLoop {
  const attrs = scan.attrs as ScanAttrs;
  const { carries, slices, captures } = attrs.body;
  const { graph, carried, stacked, nodeOf } = bodyGraph(scan, parts);
  const { roots, schedule } = scheduleGraph(graph);
  const sources = scanSources(scan);
  const bound = (placeholders: readonly Node[], sources: readonly Node[]) =>
    placeholders.map((node, i) => [nodeOf(node), sources[i]!] as const)
      .filter(([node]) => schedule.reads.has(node));
  const xs = bound(slices, sources.xs);
  const captured = bound(captures, sources.captured);
  const states = carried.map((k) => ({ init: sources.init[k]!, state: stateOf(scan, k, parts) }));
  return {
    node: scan,
    steps: attrs.steps,
    schedule,
    carries: states,
    same: new Map([
      ...captured,
      ...carried.map((k, i) => [nodeOf(carries[k]!), states[i]!.state] as const),
    ]),
    slices: new Map([
      ...xs.map(([node, source]) => [node, sliceOf(source, node, attrs)] as const),
      ...stacked.map((part, i) => {
        const node = roots.outputs[i]!;
        return [node, sliceOf(part, node, attrs)] as const;
      }),
    ]),
    sources: [...states.map(({ init }) => init), ...[...xs, ...captured].map(([, from]) => from)],
    targets: [...stacked, ...states.map(({ state }) => state)],
  };
}

/** The part that is the last state of a carry, which holds the state also before. */
function stateOf(scan: Node, carry: number, parts: readonly Node[]): Node {
  const used = parts.find((part) => isPart(part, "final") && indexOf(part) === carry);
  if (used) return used;
  const { lowering } = scan.op;
  if (lowering.kind !== "scan") throw new Error(`Internal: "${scan.op.name}" is not a scan`);
  return lowering.final(scan, carry);
}

function sliceOf(of: Node, { type }: Node, { steps, reverse }: ScanAttrs): SliceOf {
  const size = elementCount(type.shape);
  return reverse
    ? { of, start: (steps - 1) * size, stride: -size }
    : { of, start: 0, stride: size };
}

/** The draft of a loop, which writes the used parts of a scan. */
function scanDraft(
  node: Node,
  parts: readonly Node[],
  scheduleGraph: ScheduleGraph,
): Draft {
  const zero = s.const(0);
  return {
    label: labelOf(node),
    outer: [],
    inner: [],
    reductions: [],
    innerStores: [],
    outerStores: parts.filter(({ type }) => elementCount(type.shape) > 0)
      .map((target) => ({ target, index: zero, value: zero })),
    scan: scanLoop(node, parts, scheduleGraph),
  };
}

/** How scans become loops of plans. */
export const scanLowering: ScanLowering = { draft: scanDraft, emit: emitLoop };
