import type { Dispatch, PlanLoop } from "../plan.ts";
import type { SlotTable } from "./slot_table.ts";

/** A program so far, which may be the body of a loop. */
export interface Program {
  /** All dispatches of the plan. */
  readonly dispatches: Dispatch[];
  /** The outermost loops of the program. */
  readonly loops: PlanLoop[];
  /** Number of loops around it. */
  readonly depth: number;
  /** The slots of the plan. */
  readonly slots: SlotTable;
  /** Most slots that a dispatch may use. */
  readonly slotsPerDispatch: number;
}
