/** Emits the loops of a kernel around its values. */
import type { FunctionBuilder, Local, Operand } from "../wasm/function_builder.ts";
import { type Accumulators, accumulatorsOf } from "./accumulators.ts";
import { checkLoads } from "./bounds.ts";
import { hoist, keepUniform, type Work } from "./hoist.ts";
import type { LaneEmitter } from "./lane_emitter.ts";
import { emitStore, emitStores } from "./lane_stores.ts";
import { emitInnerLoops } from "./inner_loops.ts";
import { emitVectorRange } from "./loop.ts";
import { type SumPause, sumPause } from "./long_sum.ts";
import type { LoopAxis, Nest, ValueStore } from "./nest.ts";
import { combineLanes, emitCombine, emitIdentity, maskIdleLanes } from "./reduction.ts";
import { findStash, type Stash } from "./stash.ts";
import { emitUnits } from "./unit_loop.ts";
import type { Units } from "./units.ts";
import type { WideNest } from "./wide_nest.ts";
import type { WideRows } from "./wide_rows.ts";

/** Rows of at most this many vectors are unrolled, so that their values are computed only once. */
const UNROLLED_VECTORS = 4;

/** A kernel with all decisions made. */
interface NestParts {
  readonly nest: Nest;
  readonly units: Units;
  readonly wide: WideNest | undefined;
  readonly wideRows: WideRows | undefined;
}

/** Emits one kernel. */
export class NestEmitter {
  readonly #e: LaneEmitter;
  readonly #f: FunctionBuilder;
  readonly #nest: Nest;
  readonly #units: Units;
  /** The calls of native code for the vectors of an outer axis. */
  readonly #wide: WideNest | undefined;
  /** Those for the vectors of an inner axis. */
  readonly #wideRows: WideRows | undefined;
  /** The vector axis, if it is an inner one. */
  readonly #innerVector: LoopAxis | undefined;
  /**
   * Number of vectors of an outer vector axis, or of an unrolled row, that are processed together.
   */
  #copies = 1;
  /** Active lanes of the last of these vectors. */
  #lastActive = 4;

  constructor(
    emitter: LaneEmitter,
    { nest, units, wide, wideRows }: NestParts,
  ) {
    this.#e = emitter;
    this.#f = emitter.f;
    this.#nest = nest;
    this.#units = units;
    this.#wide = wide;
    this.#wideRows = wideRows;
    this.#innerVector = nest.inner.find(({ axis }) => axis === emitter.lanes.axis);
  }

  /** Emits units `from` to `to`. */
  emit(from: Local, to: Local): void {
    emitUnits(this.#e, this.#units, { from, to }, {
      hoist: () => {
        if (!this.#wide) hoist(this.#e, this.#work(), 1);
      },
      element: () => this.#emitElement(),
      vectors: (vector, start, end) => this.#emitVectors(vector, start, end),
    });
  }

  #emitVectors(vector: LoopAxis, start: Operand, end: Operand): void {
    if (this.#wide) {
      this.#wide.emit(this.#e, { start, end });
      return;
    }
    const range = { axis: vector.axis, size: vector.size, start, end };
    const options = { copies: this.#units.copies, work: this.#work(), boundCopies: 1 };
    emitVectorRange(this.#e, range, options, (copies) => {
      this.#copies = copies;
      this.#lastActive = this.#e.active;
      this.#emitElement();
    });
  }

  /** Emits one outer position, or one vector of them: reductions, then stores. */
  #emitElement(): void {
    const row = this.#innerVector;
    const vectors = Math.ceil((row?.size ?? 0) / 4);
    if (!row || this.#nest.inner.length > 1 || vectors > UNROLLED_VECTORS || vectors === 0) {
      this.#emitPhases();
      return;
    }
    this.#copies = vectors;
    this.#lastActive = (row.size + 3) % 4 + 1;
    this.#e.scopes.within(new Map([[row.axis, 0]]), new Map(), () => this.#emitUnrolledPhases());
  }

  #emitPhases(): void {
    const { outerStores, innerStores } = this.#nest;
    const stash = findStash(this.#nest);
    for (const group of this.#accumulators.groups) {
      if (!this.#wideRows?.emitSums(this.#e, group)) this.#emitReductions(group, stash);
    }
    if (innerStores.length > 0 && !this.#wideRows?.emitStores(this.#e)) {
      this.#e.stashed = stash;
      this.#emitInner({ values: [], stores: innerStores }, 1, (copies) => {
        this.#emitStores(innerStores, this.#innerVector ? copies : this.#copies);
      });
      this.#e.stashed = undefined;
    }
    this.#emitOuterStores(outerStores);
  }

  /** Emits independent reductions in one loop, so that they share loads. */
  #emitReductions(group: readonly number[], stash: Stash | undefined): void {
    const reductions = group.map((i) => this.#nest.reductions[i]!);
    const own = stash && group.includes(stash.reduction) ? stash : undefined;
    const work: Work = {
      values: reductions.map(({ value }) => value),
      stores: own ? [own] : [],
    };
    const { count, turns } = this.#accumulators;
    const sums = reductions.map(() => Array.from({ length: count }, () => this.#f.local("v128")));
    reductions.forEach(({ combine, value }, r) => {
      for (const sum of sums[r]!) emitIdentity(this.#f, combine, value.type).set(sum);
    });
    const pause = sumPause(this.#f, { reductions, sums, turns });
    this.#emitInner(work, count, (copies) => {
      for (let copy = 0; copy < copies; copy++) {
        this.#e.copy = copy;
        checkLoads(this.#e, work.values);
        if (own) this.#e.keep(own.value);
        reductions.forEach(({ combine, value }, r) => {
          this.#f.get(sums[r]![copy]!);
          this.#e.push(value);
          if (this.#innerVector) maskIdleLanes(this.#e, combine, value.type);
          emitCombine(this.#e, combine, value.type);
          this.#f.set(sums[r]![copy]!);
        });
        if (own) emitStore(this.#e, own, this.#e.kept(own.value)!);
      }
      this.#e.copy = 0;
    }, pause);
    pause?.finish();
    group.forEach((i, r) => {
      const row = () => combineLanes(this.#e, reductions[r]!, sums[r]!);
      this.#e.scopes.setResult(i, this.#innerVector ? [row()] : sums[r]!);
    });
  }

  /** Emits reductions and stores with the whole row in locals: its vectors are the copies. */
  #emitUnrolledPhases(): void {
    const { reductions, outerStores, innerStores } = this.#nest;
    reductions.forEach(({ combine, value }, i) => {
      const sum = this.#f.local("v128");
      this.#forEachCopy((copy) => {
        checkLoads(this.#e, [value]);
        if (copy > 0) this.#f.get(sum);
        this.#e.push(value);
        maskIdleLanes(this.#e, combine, value.type);
        if (copy > 0) emitCombine(this.#e, combine, value.type);
        this.#f.set(sum);
      });
      this.#e.scopes.setResult(i, [combineLanes(this.#e, { combine, value }, [sum])]);
    });
    keepUniform(this.#e, innerStores.map(({ value }) => value));
    this.#emitStores(innerStores, this.#copies);
    this.#emitOuterStores(outerStores);
  }

  #emitOuterStores(stores: readonly ValueStore[]): void {
    if (!this.#innerVector && this.#e.lanes.axis !== undefined) {
      this.#emitStores(stores, this.#copies);
      return;
    }
    const { active } = this.#e;
    const { copies, lastActive } = { copies: this.#copies, lastActive: this.#lastActive };
    [this.#copies, this.#lastActive, this.#e.active] = [1, 1, 1];
    this.#emitStores(stores, 1);
    [this.#copies, this.#lastActive, this.#e.active] = [copies, lastActive, active];
  }

  #emitStores(stores: readonly ValueStore[], copies: number): void {
    this.#forEachCopy(() => emitStores(this.#e, stores), copies);
  }

  #forEachCopy(body: (copy: number) => void, copies: number = this.#copies): void {
    const { active } = this.#e;
    for (let copy = 0; copy < copies; copy++) {
      this.#e.copy = copy;
      this.#e.active = copy === this.#copies - 1 ? this.#lastActive : active;
      body(copy);
    }
    this.#e.copy = 0;
    this.#e.active = active;
  }

  get #accumulators(): Accumulators {
    return accumulatorsOf(this.#nest, this.#innerVector, this.#copies);
  }

  /** Emits the loops over the inner axes. The innermost is the vector axis if that is inner. */
  #emitInner(
    work: Work,
    copies: number,
    body: (copies: number) => void,
    pause?: SumPause,
  ): void {
    const row = this.#innerVector;
    const axes = this.#nest.inner.filter((loop) => loop !== row);
    const boundCopies = row ? 1 : this.#copies;
    const { rowStep } = this.#accumulators;
    const loops = { axes, row, rowStep, work, copies, boundCopies, pause };
    emitInnerLoops(this.#e, loops, (count) => {
      if (row) [this.#copies, this.#lastActive] = [count, this.#e.active];
      body(count);
    });
  }

  #work(): Work {
    const { reductions, outerStores, innerStores } = this.#nest;
    return {
      values: reductions.map(({ value }) => value),
      stores: [...outerStores, ...innerStores],
    };
  }
}
