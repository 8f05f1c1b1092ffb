import type { AdapterProfile } from "../../adapter_profile.ts";
import type { Printer } from "../../wgsl/printer.ts";
import { runsAlongRows } from "../../wgsl/wide_axis.ts";
import { type InnerLoop, tripsPerInvocation, unrollOf } from "./in_invocation.ts";
import { bindPosition, innerTurns, type LoopSpan } from "./position.ts";

/**
 * How a workgroup divides a reduction: a rectangle of rows (outer positions, or groups of four) ×
 * sharers, the invocations that reduce one row together.
 */
export interface Sharing {
  /** Rows per workgroup. */
  readonly rows: number;
  /** Invocations per row, a power of two. 1 if each invocation reduces whole rows. */
  readonly sharers: number;
  /**
   * Whether adjacent invocations share a row. Otherwise they have adjacent rows. Either way,
   * adjacent invocations load adjacent elements.
   */
  readonly alongRows: boolean;
}

/** Fewest sharers worth the barriers that combine their results. */
const LEAST_SHARERS = 4;
/** Bytes that adjacent invocations should load together at least: a sector of a cache line. */
const SECTOR_BYTES = 32;
/** Smallest workgroup of a shared reduction, and the number of workgroups it should have. */
const LEAST_WORKGROUP = 64;
const ENOUGH_WORKGROUPS = 64;

/** Chooses how many invocations share a row. Depends only on the kernel and the adapter's class. */
export function chooseSharing(
  span: LoopSpan,
  profile: AdapterProfile,
  workgroupSize: number,
): Sharing {
  const alongRows = runsAlongRows(span.kernel, span.wideAxis);
  const isUseful = alongRows ? usefulAlongRows(span, profile) : usefulForColumns(span, profile);
  let sharers = 1;
  while (2 * sharers <= workgroupSize && isUseful(2 * sharers, workgroupSize)) sharers *= 2;
  if (sharers < LEAST_SHARERS) sharers = 1;
  while (sharers < workgroupSize && tripsPerInvocation(span, sharers) > profile.maxTrips) {
    sharers *= 2;
  }
  return { rows: workgroupSize / sharers, sharers, alongRows };
}

/**
 * Chooses the workgroup size of a reduction whose rows are shared: the largest that gives enough
 * workgroups, else the one that gives the most. Undefined if rows should not be shared.
 */
export function sharedWorkgroupSize(span: LoopSpan, profile: AdapterProfile): number | undefined {
  let best: { readonly size: number; readonly groups: number } | undefined;
  for (let size = profile.reductionWorkgroup; size >= LEAST_WORKGROUP; size /= 2) {
    const { rows, sharers } = chooseSharing(span, profile, size);
    if (sharers === 1) continue;
    const groups = Math.ceil(span.count / rows);
    if (!best || groups > best.groups) best = { size, groups };
    if (groups >= ENOUGH_WORKGROUPS) break;
  }
  return best?.size;
}

/** Whether that many sharers of a workgroup of that size are worth it. */
type Usefulness = (sharers: number, workgroupSize: number) => boolean;

/**
 * As many sharers as have enough turns, or, where rows are few, as many as have any turn while there
 * are too few workgroups of the smallest size.
 */
function usefulAlongRows(span: LoopSpan, { leastTurns }: AdapterProfile): Usefulness {
  const few = leastTurns < Infinity ? LEAST_WORKGROUP * ENOUGH_WORKGROUPS : 0;
  return (sharers) => {
    const isIdle = span.count * sharers / 2 < few;
    return innerTurns(span) / sharers >= (isIdle ? 1 : leastTurns);
  };
}

/**
 * As many sharers as it takes to occupy the adapter, if adjacent rows still fill a sector. A
 * column may leave its sharers half the turns of a row, because there is less to combine.
 */
function usefulForColumns(span: LoopSpan, profile: AdapterProfile): Usefulness {
  const { count, wideAxis } = span;
  const adjacent = SECTOR_BYTES / (wideAxis === undefined ? 4 : 16);
  const leastTurns = profile.leastTurns / 2;
  return (sharers, workgroupSize) =>
    innerTurns(span) / sharers >= leastTurns &&
    count * sharers / 2 < profile.parallelInvocations &&
    workgroupSize / sharers >= Math.min(adjacent, count);
}

/**
 * Declares `row` and `share`, and binds the outer axes. Returns the condition under which the row
 * exists, or undefined if it always does. The last workgroup may repeat the last row.
 */
export function bindSharedRow(
  printer: Printer,
  span: LoopSpan,
  { rows, sharers, alongRows }: Sharing,
): string | undefined {
  if (rows === 1) {
    printer.emit("let share = lane;");
    bindPosition(printer, span, "outer", "group");
    return undefined;
  }
  printer.emit(`let share = lane ${alongRows ? `% ${sharers}i` : `/ ${rows}i`};`);
  const place = alongRows ? `lane / ${sharers}i` : `lane % ${rows}i`;
  printer.emit(`let row = group * ${rows}i + ${place};`);
  const isFull = span.count % rows === 0;
  bindPosition(printer, span, "outer", isFull ? "row" : `min(row, ${span.count - 1}i)`);
  return isFull ? undefined : `row < ${span.count}i`;
}

/** The inner positions of one row, taken in turns by its sharers. */
export function sharedLoop(printer: Printer, span: LoopSpan, { sharers }: Sharing): InnerLoop {
  const turns = innerTurns(span);
  return (scalars, body) => {
    const copies = turns % sharers === 0 ? unrollOf(scalars, turns / sharers) : 1;
    const stride = sharers * copies;
    const repeat = (start: string) => {
      for (let copy = 0; copy < copies; copy++) {
        bindPosition(
          printer,
          span,
          "inner",
          copy === 0 ? start : `(${start} + ${copy * sharers}i)`,
        );
        body();
      }
    };
    if (stride === turns) return repeat("share");
    const i = printer.name("i");
    printer.block(
      `for (var ${i} = share; ${i} < ${turns}i; ${i} += ${stride}i)`,
      () => repeat(i),
    );
  };
}
