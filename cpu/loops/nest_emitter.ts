/** Emits the loops of a kernel around its values. */
import type { FunctionBuilder, Local, Operand } from "../wasm/function_builder.ts";
import { checkLoads } from "./bounds.ts";
import { emitAdvance, emitCounters } from "./counters.ts";
import { hoist, keepUniform, type Work } from "./hoist.ts";
import type { LaneEmitter } from "./lane_emitter.ts";
import { emitStore, emitStores } from "./lane_stores.ts";
import { emitLoop, emitVectorRange } from "./loop.ts";
import { emitBlocks, type SumPause, sumPause } from "./long_sum.ts";
import type { LoopAxis, Nest, ValueStore } from "./nest.ts";
import { combineLanes, emitCombine, emitIdentity, maskIdleLanes } from "./reduction.ts";
import { findStash, type Stash } from "./stash.ts";
import type { Position } from "./scopes.ts";
import type { Units } from "./units.ts";
import { emitWideRange, type WideNest } from "./wide_nest.ts";
import type { WideRows } from "./wide_rows.ts";

/** Rows of at most this many vectors are unrolled, so that their values are computed only once. */
const UNROLLED_VECTORS = 4;

/** Rows of at least this many vectors are reduced with several accumulators. */
const LONG_ROW_VECTORS = 8;

/** Most sums that a loop keeps in the 16 vector registers, leaving some for temporaries. */
const MOST_SUMS = 12;

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
    const { axes, vector, chunk } = this.#units;
    this.#e.scopes.within(new Map(), new Map(), () => {
      if (vector && axes.length === 0) {
        const [start, end] = this.#f.locals("i32", 2);
        this.#f.get(from).i32(chunk).op("i32.mul").set(start);
        this.#f.get(to).i32(chunk).op("i32.mul").set(end);
        this.#emitChunk(vector, start, end);
      } else this.#emitUnits(from, to);
    });
  }

  /** Emits the loop over units. Counters hold the position along the outer axes. */
  #emitUnits(from: Local, to: Local): void {
    const f = this.#f;
    const { axes, vector, chunk } = this.#units;
    const chunks = vector ? Math.ceil(vector.size / chunk) : 1;
    const sizes = axes.map(({ size }) => size);
    if (chunks > 1) sizes.push(chunks);
    const counters = sizes.map(() => f.local("i32"));
    const unit = f.local("i32");
    emitCounters(f, from, counters, sizes);
    if (!this.#wide) hoist(this.#e, this.#work(), 1);
    f.for(unit, from, to, 1, () => {
      const positions = new Map<number, Position>();
      axes.forEach(({ axis }, i) => positions.set(axis, counters[i]!));
      this.#e.scopes.within(positions, new Map(), () => {
        if (!vector) this.#emitElement();
        else if (chunks === 1) this.#emitVectors(vector, 0, vector.size);
        else {
          const [start, end] = f.locals("i32", 2);
          f.get(counters.at(-1)!).i32(chunk).op("i32.mul").tee(start);
          f.i32(chunk).op("i32.add").set(end);
          this.#emitChunk(vector, start, end);
        }
      });
      emitAdvance(f, counters, sizes);
    });
  }

  #emitChunk(vector: LoopAxis, start: Local, end: Local): void {
    const f = this.#f;
    f.get(end).i32(vector.size).get(end).i32(vector.size).op("i32.lt_s", "select").set(end);
    this.#emitVectors(vector, start, end);
  }

  #emitVectors(vector: LoopAxis, start: Operand, end: Operand): void {
    if (this.#wide) {
      emitWideRange(this.#e, this.#wide, { start, end });
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
    for (const group of this.#groups()) {
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
    const accumulators = this.#accumulatorCount();
    const sums = reductions.map(() =>
      Array.from({ length: accumulators }, () => this.#f.local("v128"))
    );
    reductions.forEach(({ combine, value }, r) => {
      for (const sum of sums[r]!) emitIdentity(this.#f, combine, value.type).set(sum);
    });
    const pause = sumPause(this.#f, { reductions, sums, turns: this.#turns() });
    this.#emitInner(work, accumulators, (copies) => {
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

  /**
   * Iteration counts of the inner loops, outermost first. Each iteration adds to every accumulator.
   */
  #turns(): number[] {
    const row = this.#innerVector;
    const turns = this.#nest.inner.filter((loop) => loop !== row).map(({ size }) => size);
    return row ? [...turns, Math.ceil(row.size / this.#rowStep())] : turns;
  }

  /** Number of elements of a row per iteration, over all accumulators. */
  #rowStep(): number {
    return 4 * this.#accumulatorCount();
  }

  /** Groups successive reductions that are independent and whose accumulators fit the registers. */
  #groups(): number[][] {
    const most = Math.max(1, Math.floor(MOST_SUMS / this.#accumulatorCount()));
    const groups: number[][] = [];
    this.#nest.reductions.forEach(({ value }, i) => {
      const last = groups.at(-1);
      const isApart = last?.every((earlier) => (value.results & (1 << earlier)) === 0);
      if (last && isApart && last.length < most) last.push(i);
      else groups.push([i]);
    });
    return groups;
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

  #accumulatorCount(): number {
    if (!this.#innerVector) return this.#copies;
    return this.#innerVector.size >= 4 * LONG_ROW_VECTORS ? 4 : 1;
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
    const nested = (depth: number): void => {
      const loop = axes[depth];
      const own = pause?.depth === depth ? pause : undefined;
      if (loop) {
        const { axis, size } = loop;
        const options = { step: 1, work, boundCopies };
        emitBlocks(this.#e, { size, step: 1, pause: own }, (start, end) => {
          emitLoop(this.#e, { axis, start, end }, options, () => nested(depth + 1));
        });
      } else if (row) {
        emitBlocks(this.#e, { size: row.size, step: this.#rowStep(), pause: own }, (start, end) => {
          const range = { ...row, start, end };
          emitVectorRange(this.#e, range, { copies, work, boundCopies }, (count) => {
            [this.#copies, this.#lastActive] = [count, this.#e.active];
            body(count);
          });
        });
      } else body(copies);
    };
    nested(0);
  }

  #work(): Work {
    const { reductions, outerStores, innerStores } = this.#nest;
    return {
      values: reductions.map(({ value }) => value),
      stores: [...outerStores, ...innerStores],
    };
  }
}
