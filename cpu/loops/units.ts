/** Splits the outer positions of a kernel into units of work for threads. */
import type { LoopAxis, Nest } from "./nest.ts";

/** The units of a kernel: positions of some outer axes, times chunks of the vector axis. */
export interface Units {
  readonly count: number;
  /** The axes along which a unit has one position, outermost first. */
  readonly axes: readonly LoopAxis[];
  /** The vector axis, if it is an outer one. A unit is one chunk of it. */
  readonly vector: LoopAxis | undefined;
  /** Elements per chunk, a multiple of the vectors processed together. */
  readonly chunk: number;
  /** Number of vectors processed together along an outer vector axis. */
  readonly copies: number;
}

/** With fewer units than this, rows are split, too. */
const ENOUGH_UNITS = 16;

/** Target number of units when rows are split. */
const WANTED_UNITS = 64;

/** Chooses the units, for vectors of some lanes. An empty kernel has none. */
export function planUnits(nest: Nest, vectorAxis: number | undefined, lanes: number = 4): Units {
  const vector = nest.outer.find(({ axis }) => axis === vectorAxis);
  const axes = nest.outer.filter((loop) => loop !== vector);
  const rows = axes.reduce((product, { size }) => product * size, 1);
  if (!vector) return { count: rows, axes, vector, chunk: 0, copies: 1 };
  const copies = vector.size >= 32 ? copiesOf(nest) : 1;
  const step = Math.max(4 * copies, lanes);
  const wanted = rows >= ENOUGH_UNITS ? 1 : Math.ceil(WANTED_UNITS / Math.max(1, rows));
  const chunk = Math.ceil(Math.max(vector.size / wanted, 1) / step) * step;
  return { count: rows * Math.ceil(vector.size / chunk), axes, vector, chunk, copies };
}

/** Largest matrix, in bytes, whose columns stay in the L2 cache. */
const CACHED_BYTES = 2 ** 20;

/**
 * Number of vectors to process together. A reduction over rows processes several column vectors, so
 * that it reads whole cache lines; for large matrices, enough to trigger hardware prefetching, even
 * though the sums then spill. Maps use as many vectors as fit the registers.
 */
function copiesOf({ outer, inner, reductions, outerStores, innerStores }: Nest): number {
  if (reductions.length === 0) return outerStores.length <= 2 && innerStores.length === 0 ? 4 : 1;
  if (reductions.length > 1) return reductions.length <= 3 ? 4 : 2;
  const bytes = [...outer, ...inner].reduce((product, { size }) => product * size, 4);
  return bytes > CACHED_BYTES && outer.some(({ size }) => size >= 512) ? 32 : 8;
}
