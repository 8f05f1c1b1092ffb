/** How the outer positions of a kernel are cut into units of work for threads. */
import type { LoopAxis, Nest } from "./nest.ts";

/** A kernel's units: positions of some outer axes, times chunks of the vector axis. */
export interface Units {
  readonly count: number;
  /** The axes that a unit fixes, outermost first. */
  readonly axes: readonly LoopAxis[];
  /** The vector axis, if it is an outer one: a unit has a chunk of it. */
  readonly vector: LoopAxis | undefined;
  /** Elements of a chunk, a multiple of the vectors worked on at once. */
  readonly chunk: number;
  /** Vectors worked on at once along an outer vector axis. */
  readonly copies: number;
}

/** With fewer units than this, rows are cut too. */
const ENOUGH_UNITS = 16;

/** Units that a lone axis is cut into. */
const WANTED_UNITS = 64;

/** Decides the units; an empty kernel has none. */
export function planUnits(nest: Nest, vectorAxis: number | undefined): Units {
  const vector = nest.outer.find(({ axis }) => axis === vectorAxis);
  const axes = nest.outer.filter((loop) => loop !== vector);
  const rows = axes.reduce((product, { size }) => product * size, 1);
  if (!vector) return { count: rows, axes, vector, chunk: 0, copies: 1 };
  const copies = vector.size >= 32 ? copiesOf(nest) : 1;
  const step = 4 * copies;
  const wanted = rows >= ENOUGH_UNITS ? 1 : Math.ceil(WANTED_UNITS / Math.max(1, rows));
  const chunk = Math.ceil(Math.max(vector.size / wanted, 1) / step) * step;
  return { count: rows * Math.ceil(vector.size / chunk), axes, vector, chunk, copies };
}

/** Beyond this many bytes, columns of a matrix no longer come from the second-level cache. */
const CACHED_BYTES = 2 ** 20;

/**
 * Vectors of columns are reduced together, because a row of them is read at a time: whole
 * cache lines, and of large matrices as much as sets the processor to read ahead, although
 * the sums then exceed the registers. Maps get as many vectors as fit the registers.
 */
function copiesOf({ outer, inner, reductions, outerStores, innerStores }: Nest): number {
  if (reductions.length === 0) return outerStores.length <= 2 && innerStores.length === 0 ? 4 : 1;
  if (reductions.length > 1) return reductions.length <= 3 ? 4 : 2;
  const bytes = [...outer, ...inner].reduce((product, { size }) => product * size, 4);
  return bytes > CACHED_BYTES && outer.some(({ size }) => size >= 512) ? 32 : 8;
}
