import type { Graph } from "../graph.ts";
import type { Node } from "../node.ts";
import type { Draft, ScanLoop, Schedule } from "./draft.ts";
import type { Program } from "./program.ts";

/** Schedules a graph, and returns its roots as they are scheduled. */
export type ScheduleGraph = (
  graph: Graph,
) => { readonly roots: Graph; readonly schedule: Schedule };

/** How a scan becomes a loop of a plan. */
export interface ScanLowering {
  /** The draft of the loop, which writes the parts of the scan that are used. */
  draft(scan: Node, parts: readonly Node[], scheduleGraph: ScheduleGraph): Draft;
  /** Adds the loop of a draft to a program. */
  emit(loop: ScanLoop, label: string, program: Program): void;
}

/** How this scan becomes a loop: part of its row, which no file of this folder imports. */
export function scanLoweringOf({ op: { name, lowering } }: Node): ScanLowering {
  if (lowering.kind === "scan") return lowering.loop as ScanLowering;
  throw new Error(`Internal: "${name}" is not a scan`);
}
