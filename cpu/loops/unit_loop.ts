/** Emits the loop over the units of a kernel. */
import type { Local, Operand } from "../wasm/function_builder.ts";
import { emitAdvance, emitCounters } from "./counters.ts";
import type { LaneEmitter } from "./lane_emitter.ts";
import type { LoopAxis } from "./nest.ts";
import type { Position } from "./scopes.ts";
import type { Units } from "./units.ts";

/** What a unit does at one position of the axes that it does not span. */
interface UnitBody {
  /** Emits what does not change from unit to unit. */
  readonly hoist: () => void;
  /** Emits a unit without a vector axis. */
  readonly element: () => void;
  /** Emits a range of an outer vector axis. */
  readonly vectors: (vector: LoopAxis, start: Operand, end: Operand) => void;
}

/** Emits units `from` to `to`. Units that only cut the vector axis are one range of it. */
export function emitUnits(
  e: LaneEmitter,
  units: Units,
  { from, to }: { from: Local; to: Local },
  body: UnitBody,
): void {
  const { axes, vector, chunk } = units;
  const { f } = e;
  e.scopes.within(new Map(), new Map(), () => {
    if (!vector || axes.length > 0) {
      emitUnitLoop(e, units, { from, to }, body);
      return;
    }
    const [start, end] = f.locals("i32", 2);
    f.get(from).i32(chunk).op("i32.mul").set(start);
    f.get(to).i32(chunk).op("i32.mul").set(end);
    emitChunk(e, vector, { start, end }, body);
  });
}

/** Counters hold the position along the outer axes. */
function emitUnitLoop(
  e: LaneEmitter,
  { axes, vector, chunk }: Units,
  { from, to }: { from: Local; to: Local },
  body: UnitBody,
): void {
  const { f } = e;
  const chunks = vector ? Math.ceil(vector.size / chunk) : 1;
  const sizes = axes.map(({ size }) => size);
  if (chunks > 1) sizes.push(chunks);
  const counters = sizes.map(() => f.local("i32"));
  const unit = f.local("i32");
  emitCounters(f, from, counters, sizes);
  body.hoist();
  f.for(unit, from, to, 1, () => {
    const positions = new Map<number, Position>();
    axes.forEach(({ axis }, i) => positions.set(axis, counters[i]!));
    e.scopes.within(positions, new Map(), () => {
      if (!vector) body.element();
      else if (chunks === 1) body.vectors(vector, 0, vector.size);
      else {
        const [start, end] = f.locals("i32", 2);
        f.get(counters.at(-1)!).i32(chunk).op("i32.mul").tee(start);
        f.i32(chunk).op("i32.add").set(end);
        emitChunk(e, vector, { start, end }, body);
      }
    });
    emitAdvance(f, counters, sizes);
  });
}

function emitChunk(
  { f }: LaneEmitter,
  vector: LoopAxis,
  { start, end }: { start: Local; end: Local },
  body: UnitBody,
): void {
  f.get(end).i32(vector.size).get(end).i32(vector.size).op("i32.lt_s", "select").set(end);
  body.vectors(vector, start, end);
}
