/** Emits the loops over the inner axes of a kernel. */
import type { Work } from "./hoist.ts";
import type { LaneEmitter } from "./lane_emitter.ts";
import { emitLoop, emitVectorRange } from "./loop.ts";
import { emitBlocks, type SumPause } from "./long_sum.ts";
import type { LoopAxis } from "./nest.ts";

/** Inner loops and what they compute. */
interface InnerLoops {
  /** The inner axes but the vector axis, outermost first. */
  readonly axes: readonly LoopAxis[];
  /** The vector axis, if it is an inner one. */
  readonly row: LoopAxis | undefined;
  /** Number of elements of a row per iteration. */
  readonly rowStep: number;
  readonly work: Work;
  /** Number of vectors that an iteration of the innermost loop processes. */
  readonly copies: number;
  /** Number of vectors that are processed together outside of the loops. */
  readonly boundCopies: number;
  /** Where a long sum pauses. */
  readonly pause: SumPause | undefined;
}

/** Emits the loops. `body` gets the number of vectors that it processes. */
export function emitInnerLoops(
  e: LaneEmitter,
  { axes, row, rowStep, work, copies, boundCopies, pause }: InnerLoops,
  body: (copies: number) => void,
): void {
  const nested = (depth: number): void => {
    const loop = axes[depth];
    const own = pause?.depth === depth ? pause : undefined;
    if (loop) {
      const { axis, size } = loop;
      const options = { step: 1, work, boundCopies };
      emitBlocks(e, { size, step: 1, pause: own }, (start, end) => {
        emitLoop(e, { axis, start, end }, options, () => nested(depth + 1));
      });
    } else if (row) {
      emitBlocks(e, { size: row.size, step: rowStep, pause: own }, (start, end) => {
        emitVectorRange(e, { ...row, start, end }, { copies, work, boundCopies }, body);
      });
    } else body(copies);
  };
  nested(0);
}
