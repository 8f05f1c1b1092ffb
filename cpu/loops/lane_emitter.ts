/** Emits values as vectors of four lanes along one loop axis. */
import type { SlotType } from "../compiled_kernel.ts";
import type { MathLibrary } from "../math/math_library.ts";
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";
import { IndexEmitter } from "./index_emitter.ts";
import type { LaneHost, Lanes } from "./lane_host.ts";
import { emitLoad, emitScalarLoad } from "./lane_memory.ts";
import { type ApplyHost, emitApply, emitConst, emitOp } from "./lane_apply.ts";
import type { LaneFunction } from "./lane_ops.ts";
import { Scopes } from "./scopes.ts";
import { loadOf, type Stash } from "./stash.ts";
import { type LinearForm, linearForm, type LoadValue, type Value } from "./value.ts";

/** The inputs of an emitter. */
interface LaneContext {
  readonly f: FunctionBuilder;
  readonly math: MathLibrary;
  readonly lanes: Lanes;
  readonly pointers: ReadonlyMap<number, Local>;
  readonly slotType: (slot: number) => SlotType;
  /** Values that are used more than once and therefore kept in locals. */
  readonly shared: ReadonlySet<Value>;
}

/**
 * Pushes values as vectors. `copy` is the number of vectors past the position of the vector axis,
 * so that several can be processed together. Only the first `active` lanes count; the others are
 * arbitrary.
 */
export class LaneEmitter implements LaneHost, ApplyHost {
  readonly f: FunctionBuilder;
  readonly math: MathLibrary;
  readonly lanes: Lanes;
  readonly scopes: Scopes = new Scopes();
  readonly index: IndexEmitter;
  readonly slotType: (slot: number) => SlotType;
  copy = 0;
  active = 4;
  /** A value that was written to memory, to be reloaded instead of recomputed. */
  stashed: Stash | undefined;
  readonly #context: LaneContext;

  constructor(context: LaneContext) {
    this.#context = context;
    this.f = context.f;
    this.math = context.math;
    this.lanes = context.lanes;
    this.slotType = context.slotType;
    this.index = new IndexEmitter(this);
  }

  pointer(slot: number): Local {
    const pointer = this.#context.pointers.get(slot);
    if (!pointer) throw new Error(`Internal: slot ${slot} has no pointer`);
    return pointer;
  }

  bytesPerElement(slot: number): number {
    return this.slotType(slot).dtype === "u8" ? 1 : 4;
  }

  varies({ axes, results }: Value): boolean {
    const { axis, resultsVary } = this.lanes;
    return (axis !== undefined && (axes & (1 << axis)) !== 0) || (resultsVary && results !== 0);
  }

  available(value: Value): boolean {
    return this.scopes.levelOf(value) !== undefined;
  }

  /** The local that keeps the value, if there is one. */
  kept(value: Value): Local | undefined {
    return this.scopes.find(this.#key(value));
  }

  #key(value: Value): string {
    return this.varies(value) ? `v${value.id}.${this.copy}` : `v${value.id}`;
  }

  /** Computes the value now and keeps it until the scope closes. */
  keep(value: Value): void {
    if (this.kept(value)) return;
    this.#compute(value);
    const local = this.f.local("v128");
    this.f.set(local);
    this.scopes.keep(this.#key(value), local);
  }

  push(value: Value): void {
    const known = this.kept(value);
    if (known) {
      this.f.get(known);
      return;
    }
    if (this.stashed?.value === value) emitLoad(this, loadOf(this.stashed));
    else if (this.#context.shared.has(value) && value.kind !== "const") {
      this.keep(value);
      this.push(value);
    } else this.#compute(value);
  }

  #compute(value: Value): void {
    switch (value.kind) {
      case "const":
        emitConst(this.f, value.type, value.value);
        return;
      case "axis":
      case "linear":
        this.#pushInteger(value);
        return;
      case "load":
        emitLoad(this, value);
        return;
      case "result":
        this.#pushResult(value.result);
        return;
      case "apply":
        emitApply(this, value);
    }
  }

  #pushResult(result: number): void {
    const locals = this.scopes.result(result);
    const local = locals?.[this.copy] ?? locals?.[0];
    if (!local) throw new Error(`Internal: result ${result} is not known here`);
    this.f.get(local);
  }

  /** Pushes an `i32` sum. The part that lanes share is computed once and broadcast. */
  #pushInteger(value: Value): void {
    if (!this.varies(value)) {
      this.index.push(value);
      this.f.op("i32x4.splat");
      return;
    }
    this.pushSum(linearForm(value));
  }

  pushSum({ constant, terms }: LinearForm): void {
    const varying = terms.filter(({ atom }) => atom.kind !== "axis" && this.varies(atom));
    const uniform = terms.filter((term) => !varying.includes(term));
    this.#pushUniform({ constant, terms: uniform });
    for (const { coefficient, atom } of varying) {
      this.push(atom);
      if (coefficient !== 1) this.f.i32x4(coefficient).op("i32x4.mul");
      this.f.op("i32x4.add");
    }
  }

  #pushUniform({ constant, terms }: LinearForm): void {
    const stride = terms.find(({ atom }) => atom.kind === "axis" && atom.axis === this.lanes.axis)
      ?.coefficient ?? 0;
    const start = constant + 4 * this.copy * stride;
    const sum = this.index.partial(this.index.integerForm(terms));
    this.f.i32x4(start, start + stride, start + 2 * stride, start + 3 * stride);
    if (sum) this.f.get(sum).op("i32x4.splat", "i32x4.add");
  }

  /** Applies a function to vectors on the stack. */
  pushOp(op: LaneFunction, type: Value["type"]): void {
    emitOp(this, op, type);
  }

  pushShared(value: Value): void {
    this.index.push(value);
  }

  pushFromVector(value: Value): void {
    this.push(value);
    this.f.lane("i32x4.extract_lane", 0);
    if (value.type === "bool") this.f.i32(1).op("i32.and");
  }

  pushLoad(load: LoadValue): void {
    emitScalarLoad(this, load);
  }
}
