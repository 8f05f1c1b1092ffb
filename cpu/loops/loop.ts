/** Emits loops along one axis, scalar or vectorized. */
import type { Local, Operand } from "../wasm/function_builder.ts";
import { hoist, type Induction, inductionsOf, type Work } from "./hoist.ts";
import type { LaneEmitter } from "./lane_emitter.ts";

/** Positions `start` to `end` along an axis. */
export interface Range {
  readonly axis: number;
  readonly start: Operand;
  readonly end: Operand;
}

/** Options for emitting a loop. */
interface LoopOptions {
  /** Number of positions per iteration. */
  readonly step: number;
  /** The work of the body. */
  readonly work: Work;
  /** Number of vector copies that are processed together outside the loop. */
  readonly boundCopies: number;
}

/** Emits a loop. A single iteration is emitted without a loop. */
export function emitLoop(
  e: LaneEmitter,
  { axis, start, end }: Range,
  { step, work, boundCopies }: LoopOptions,
  body: () => void,
): void {
  const { f } = e;
  const turns = typeof start === "number" && typeof end === "number"
    ? Math.ceil((end - start) / step)
    : undefined;
  if (turns !== undefined && turns <= 1) {
    if (turns === 1) e.scopes.within(new Map([[axis, start]]), new Map(), body);
    return;
  }
  hoist(e, work, boundCopies);
  const position = f.local("i32");
  f.push(start).set(position);
  const inductions = emitInductions(e, { work, axis, start });
  const sums = new Map(inductions.map(({ key, sum }) => [key, sum]));
  const expected = (): void =>
    void f.push(end).push(start).op("i32.sub").i32(step - 1).op("i32.add").i32(step)
      .op("i32.div_u");
  const loop = (): void =>
    void f.repeat(turns ?? expected, () => {
      e.scopes.within(new Map([[axis, position]]), sums, body);
      for (const { sum, step: growth } of inductions) {
        f.advance(sum, growth * step);
      }
      f.get(position).i32(step).op("i32.add").tee(position).push(end).op("i32.lt_s");
    });
  if (turns !== undefined) loop();
  else f.get(position).push(end).op("i32.lt_s").if(loop);
}

/** Initializes the induction variables of a loop. */
function emitInductions(
  e: LaneEmitter,
  { work, axis, start }: { work: Work; axis: number; start: Operand },
): Induction[] {
  const { f } = e;
  return [...inductionsOf(e, work, axis)].map(([form, step]) => {
    const before = e.index.partial(form);
    const sum: Local = f.local("i32");
    f.push(start).i32(step).op("i32.mul");
    if (before) f.get(before).op("i32.add");
    f.set(sum);
    return { key: form.key, sum, step };
  });
}

/** Options for emitting a vectorized loop. */
interface VectorOptions extends Omit<LoopOptions, "step"> {
  /** Number of vectors per iteration of the main loop. */
  readonly copies: number;
}

/**
 * Emits the loop along the vector axis: a main loop over several vectors, then single vectors, then
 * one with fewer active lanes if the size is not a multiple of 4. `start` must be a multiple of 4,
 * and so must `end` unless it is the end of the axis.
 */
export function emitVectorRange(
  e: LaneEmitter,
  { axis, size, start, end }: Range & { readonly size: number },
  { copies, ...options }: VectorOptions,
  body: (copies: number) => void,
): void {
  const rounded = typeof end === "number" ? end - end % 4 : roundDown(e, end);
  const mainEnd = copies === 1
    ? rounded
    : typeof start === "number" && typeof end === "number"
    ? start + Math.floor((end - start) / (4 * copies)) * 4 * copies
    : mainEndOf(e, { start, end }, 4 * copies);
  const main = { axis, start, end: mainEnd };
  emitLoop(e, main, { ...options, step: 4 * copies }, () => body(copies));
  if (copies > 1) {
    emitLoop(e, { axis, start: mainEnd, end: rounded }, { ...options, step: 4 }, () => body(1));
  }
  if (size % 4 === 0) return;
  const tail = (): void => {
    e.active = size % 4;
    e.scopes.within(new Map([[axis, rounded]]), new Map(), () => body(1));
    e.active = 4;
  };
  if (typeof end === "number") tail();
  else e.f.push(rounded).push(end).op("i32.lt_s").if(tail);
}

function roundDown(e: LaneEmitter, end: Local): Local {
  const rounded = e.f.local("i32");
  e.f.get(end).i32(-4).op("i32.and").set(rounded);
  return rounded;
}

function mainEndOf(
  e: LaneEmitter,
  { start, end }: Pick<Range, "start" | "end">,
  step: number,
): Local {
  const mainEnd = e.f.local("i32");
  e.f.push(start).push(end).push(start).op("i32.sub").i32(-step).op("i32.and", "i32.add");
  e.f.set(mainEnd);
  return mainEnd;
}
