/** Decides which kernels run as loops over wide vectors, and emits their calls. */
import type { ValueContext } from "../compiled_kernel.ts";
import type { NativeProgram } from "../native/native_program.ts";
import type { Operand } from "../wasm/function_builder.ts";
import type { LaneEmitter } from "./lane_emitter.ts";
import { isLongSum } from "./long_sum.ts";
import type { LoopAxis, Nest } from "./nest.ts";
import type { Position } from "./scopes.ts";
import { costPerVector } from "./vector_axis.ts";
import { emitWideCall } from "./wide_call.ts";
import type { WideLoop } from "./wide_form.ts";
import { wideColumns, wideStores } from "./wide_loop.ts";

/** A kernel along an outer axis: loops over several vectors at a time, and over one. */
export class WideNest {
  readonly #native: NativeProgram;
  readonly #axis: LoopAxis;
  readonly #inner: readonly LoopAxis[];
  readonly #loops: readonly WideLoop[];

  /**
   * `inner` are the axes of reductions, and `loops` the translations by falling number of vectors in
   * an iteration; the last takes one at a time.
   */
  constructor(
    native: NativeProgram,
    { axis, inner, loops }: {
      axis: LoopAxis;
      inner: readonly LoopAxis[];
      loops: readonly WideLoop[];
    },
  ) {
    this.#native = native;
    this.#axis = axis;
    this.#inner = inner;
    this.#loops = loops;
  }

  /** Elements of a vector. */
  get lanes(): number {
    return this.#native.lanes;
  }

  /** Emits the kernel for positions `start` to `end` along its axis. */
  emit(e: LaneEmitter, { start, end }: { start: Operand; end: Operand }): void {
    const { f } = e;
    const [from, count] = f.locals("i32", 2);
    f.push(start).set(from);
    const call = (wide: WideLoop): void => {
      const places = new Map<number, Position>(this.#inner.map((loop) => [loop.axis, 0]));
      places.set(this.#axis.axis, from);
      emitWideCall(e, this.#native, { wide, call: { start: places, count } });
    };
    for (const wide of this.#loops) {
      const step = this.lanes * wide.copies;
      f.push(end).get(from).op("i32.sub");
      if (wide.copies > 1) f.i32(-step).op("i32.and");
      f.tee(count).if(() => {
        call(wide);
        f.get(from, count).op("i32.add").set(from);
      });
    }
  }
}

/** Fewest elements along the vectors for which a call pays off. */
const LEAST_ELEMENTS = 64;

/**
 * Least work for which a call pays off, in elements times instructions. WebAssembly does less work in
 * less time than the call takes.
 */
const LEAST_WORK = 900;

/** Largest matrix, in bytes, whose columns stay in the L2 cache. */
const CACHED_BYTES = 2 ** 20;

/** Vectors in an iteration that together are long enough for the hardware to prefetch. */
const FAR_COPIES = 8;

/** The wide form of a kernel with vectors along `axis`; `undefined` if it has none. */
export function planWideNest(
  nest: Nest,
  axis: number | undefined,
  { math, slotType, native }: ValueContext & { readonly native: NativeProgram },
): WideNest | undefined {
  const vector = nest.outer.find((loop) => loop.axis === axis);
  const { inner, reductions, outerStores, innerStores } = nest;
  if (!vector || vector.size < LEAST_ELEMENTS || innerStores.length > 0) {
    return undefined;
  }
  if (reductions.length > 0 && isLongSum(inner.map(({ size }) => size))) return undefined;
  if (nest.outer.length > 1 && workOf(nest, vector) < LEAST_WORK) return undefined;
  const translate = (options: { copies?: number; mostSums?: number }): WideLoop | undefined => {
    const context = { math: math.recorded(), slotType, native, vector: vector.axis, ...options };
    return reductions.length > 0
      ? wideColumns(nest, context)
      : wideStores(outerStores, [], context);
  };
  // As many sums in a loop, and vectors in an iteration, as there are registers for.
  const single = firstFitting(reductions.length, (mostSums) => translate({ mostSums }));
  if (!single) return undefined;
  const several = firstFitting(
    copiesOf(nest),
    (copies) => copies > 1 ? translate({ copies }) : undefined,
  );
  return new WideNest(native, {
    axis: vector,
    inner,
    loops: several ? [several, single] : [single],
  });
}

/** Elements times instructions of a call, of which each position along the other axes has one. */
function workOf({ inner, reductions, outerStores }: Nest, { axis, size }: LoopAxis): number {
  const positions = inner.reduce((product, loop) => product * loop.size, 1);
  const sums = costPerVector(reductions.map(({ value }) => value), [], axis) + reductions.length;
  return size * (positions * sums + costPerVector([], outerStores, axis));
}

/** The first result for a falling count, which is halved as long as there is none. */
function firstFitting(
  most: number,
  attempt: (count: number) => WideLoop | undefined,
): WideLoop | undefined {
  for (let count = most;; count = Math.ceil(count / 2)) {
    const found = attempt(count);
    if (found || count <= 1) return found;
  }
}

/** Fewest elements for which additional code for several vectors in an iteration pays off. */
const FEWEST_FOR_COPIES = 1024;

/** Number of vectors in an iteration, a power of two. A map has enough independent work with one. */
function copiesOf({ outer, inner, reductions }: Nest): number {
  const elements = [...outer, ...inner].reduce((product, { size }) => product * size, 1);
  if (reductions.length === 0 || reductions.length > 3 || elements < FEWEST_FOR_COPIES) return 1;
  if (4 * elements > CACHED_BYTES && outer.some(({ size }) => size >= 512)) return FAR_COPIES;
  return reductions.length === 1 ? 4 : 2;
}
