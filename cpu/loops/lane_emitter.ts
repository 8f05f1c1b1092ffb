/** Emits values as vectors of four lanes along one loop axis. */
import type { SlotType } from "../compiled_kernel.ts";
import type { MathLibrary } from "../math/math_library.ts";
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";
import { IndexEmitter } from "./index_emitter.ts";
import type { LaneHost, Lanes } from "./lane_host.ts";
import { emitLoad, emitScalarLoad } from "./lane_memory.ts";
import { type LaneFunction, laneOps, numericCasts, uniformShift } from "./lane_ops.ts";
import { Scopes } from "./scopes.ts";
import { loadOf, type Stash } from "./stash.ts";
import {
  type ApplyValue,
  type LinearForm,
  linearForm,
  type LoadValue,
  type Value,
} from "./value.ts";

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
export class LaneEmitter implements LaneHost {
  readonly f: FunctionBuilder;
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
        this.#pushConst(value.type, value.value);
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
        this.#pushApply(value);
    }
  }

  #pushConst(type: Value["type"], value: number): void {
    if (type === "f32") this.f.f32x4(value);
    else this.f.i32x4(type === "bool" && value ? -1 : value);
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

  #pushApply(value: ApplyValue): void {
    const [a, b, c] = value.args;
    if (!a) throw new Error(`Internal: ${value.op} without arguments`);
    if (value.op === "select") {
      if (!b || !c) throw new Error("Internal: select takes three arguments");
      this.push(b);
      this.push(c);
      this.push(a);
      this.f.op("v128.bitselect");
    } else if (value.op === "cast") this.#pushCast(a, value.type);
    else if (value.op === "bitcast") this.push(a);
    else if ((value.op === "shl" || value.op === "shr") && b && !this.varies(b)) {
      this.push(a);
      this.index.push(b);
      this.f.op(uniformShift(value.op, a.type));
    } else if ((value.op === "min" || value.op === "max") && a.type === "f32") {
      this.#pushExtreme(value.op, value.args);
    } else if (value.op === "pow" && b && this.#pushSmallPower(a, b)) return;
    else {
      value.args.forEach((arg) => this.push(arg));
      this.pushOp(value.op, a.type);
    }
  }

  /** Applies a function to vectors on the stack. */
  pushOp(op: LaneFunction, type: Value["type"]): void {
    const instructions = laneOps[op][type];
    if (!instructions) throw new Error(`Internal: cpu has no ${op} of ${type}`);
    if ("call" in instructions) this.#context.math.apply(this.f, instructions.call);
    else this.f.op(...instructions);
  }

  /**
   * Emits min or max. One instruction is enough if one side is a literal; NaN on the other side
   * stays NaN.
   */
  #pushExtreme(op: "min" | "max", [a, b]: readonly Value[]): void {
    if (!a || !b) throw new Error(`Internal: ${op} takes two arguments`);
    const [first, second] = a.kind === "const" ? [b, a] : [a, b];
    this.push(first);
    this.push(second);
    const plain = second.kind === "const" && !Number.isNaN(second.value);
    this.f.op(plain ? `f32x4.p${op}` : `f32x4.${op}`);
  }

  #pushCast(a: Value, type: Value["type"]): void {
    if (a.type === "bool") {
      this.push(a);
      if (type === "bool") return;
      this.#pushConst(type, 1);
      this.f.op("v128.and");
    } else if (type === "bool") {
      this.push(a);
      this.#pushConst(a.type, 0);
      this.f.op(a.type === "f32" ? "f32x4.ne" : "i32x4.ne");
    } else {
      this.push(a);
      this.f.op(...numericCasts[`${a.type} ${type}`] ?? []);
    }
  }

  /** Emits powers that a few exact instructions can compute. */
  #pushSmallPower(base: Value, exponent: Value): boolean {
    if (exponent.kind !== "const") return false;
    const twice = (): void => {
      this.keep(base);
      this.push(base);
      this.push(base);
      this.f.op("f32x4.mul");
    };
    if (exponent.value === 2) twice();
    else if (exponent.value === 3) {
      twice();
      this.push(base);
      this.f.op("f32x4.mul");
    } else if (exponent.value === 1) this.push(base);
    else if (exponent.value === -1) {
      this.f.f32x4(1);
      this.push(base);
      this.f.op("f32x4.div");
    } else return false;
    return true;
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
