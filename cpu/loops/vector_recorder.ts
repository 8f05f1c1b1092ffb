/** Records code on vectors instead of encoding it, to generate code for wider vectors from it. */
import {
  type Comparison,
  COMPARISONS,
  type Definition,
  type Shift,
  SHIFTS,
  UNARY_OPS,
  Unsupported,
  type ValueId,
  VECTOR_OPS,
  type VectorOp,
} from "../native/vector_loop.ts";
import { FunctionBuilder, type Local } from "../wasm/function_builder.ts";
import type { PlainOp } from "../wasm/opcodes.ts";

/** Takes definitions, and gives each value a number. */
type Define = (definition: Definition) => ValueId;

const SIGN = 1 << 31;

/** Comparisons that others express, with the operands exchanged. */
const exchanged: Partial<Record<PlainOp, PlainOp>> = {
  "f32x4.gt": "f32x4.lt",
  "f32x4.ge": "f32x4.le",
  "i32x4.ge_u": "i32x4.le_u",
};

/**
 * A builder of straight-line code on vectors: every instruction applies to all lanes in the same
 * way, however many there are. Anything else is {@linkcode Unsupported}.
 */
export class VectorRecorder extends FunctionBuilder {
  readonly #define: Define;
  /** Vectors, and shift counts. */
  readonly #stack: (ValueId | { readonly count: number })[] = [];
  readonly #locals = new Map<Local, ValueId>();

  constructor(define: Define) {
    super([]);
    this.#define = define;
  }

  /** Pushes a value. */
  pushValue(id: ValueId): this {
    this.#stack.push(id);
    return this;
  }

  /** Pops a value. */
  popValue(): ValueId {
    const top = this.#stack.pop();
    if (typeof top !== "number") throw new Unsupported("a count is not a vector");
    return top;
  }

  override get(...locals: readonly Local[]): this {
    for (const local of locals) {
      const id = this.#locals.get(local);
      if (id === undefined) throw new Unsupported("a local without a vector");
      this.#stack.push(id);
    }
    return this;
  }

  override set(local: Local): this {
    this.#locals.set(local, this.popValue());
    return this;
  }

  override tee(local: Local): this {
    return this.set(local).get(local);
  }

  override i32(value: number): this {
    this.#stack.push({ count: value });
    return this;
  }

  override f32x4(x: number, ...others: readonly number[]): this {
    return this.#literal(new Int32Array(Float32Array.of(x).buffer)[0]!, others.length);
  }

  override i32x4(x: number, ...others: readonly number[]): this {
    return this.#literal(x | 0, others.length);
  }

  #literal(first: number, others: number): this {
    if (others > 0) throw new Unsupported("lanes with different literals");
    return this.pushValue(this.#define({ kind: "literal", first, step: 0 }));
  }

  override op(...names: readonly PlainOp[]): this {
    for (const name of names) this.#stack.push(this.#apply(name));
    return this;
  }

  override call(): this {
    throw new Unsupported("a call");
  }

  override lane(): this {
    throw new Unsupported("a lane");
  }

  override shuffle(): this {
    throw new Unsupported("a shuffle");
  }

  protected override opcode(): this {
    throw new Unsupported("an instruction");
  }

  protected override structured(): this {
    throw new Unsupported("a branch");
  }

  #apply(name: PlainOp): ValueId {
    if (name in SHIFTS) return this.#shift(name as Shift);
    if (name === "v128.bitselect") {
      const [whenTrue, whenFalse, mask] = this.#pop(3) as [ValueId, ValueId, ValueId];
      return this.#define({ kind: "select", args: [whenTrue, whenFalse, mask] });
    }
    if (name === "f32x4.relaxed_madd" || name === "f32x4.relaxed_nmadd") {
      const args = this.#pop(3) as [ValueId, ValueId, ValueId];
      return this.#define({ kind: "multiplyAdd", negated: name.endsWith("nmadd"), args });
    }
    if (UNARY_OPS.has(name)) return this.#op(name as VectorOp, this.popValue());
    return this.#unary(name) ?? this.#binary(name, ...this.#pop(2) as [ValueId, ValueId]);
  }

  #shift(op: Shift): ValueId {
    const top = this.#stack.pop();
    if (typeof top !== "object") throw new Unsupported("a shift by a vector");
    return this.#define({ kind: "shift", op, count: top.count, args: [this.popValue()] });
  }

  /** Functions of one vector that are others with a literal. */
  #unary(name: PlainOp): ValueId | undefined {
    switch (name) {
      case "f32x4.neg":
        return this.#op("v128.xor", this.popValue(), this.#bits(SIGN));
      case "f32x4.abs":
        return this.#op("v128.and", this.popValue(), this.#bits(~SIGN));
      case "v128.not":
        return this.#not(this.popValue());
      case "i32x4.neg":
        return this.#op("i32x4.sub", this.#bits(0), this.popValue());
      case "i32x4.trunc_sat_f32x4_s":
        return this.#define({ kind: "truncate", args: [this.popValue()] });
    }
    return undefined;
  }

  /**
   * The greater or lesser of two numbers: -0 is less than 0, and NaN stays NaN, though its bits may
   * differ from those in WebAssembly, which does not define them.
   */
  #extreme(name: "f32x4.max" | "f32x4.min", a: ValueId, b: ValueId): ValueId {
    const plain = name === "f32x4.max" ? "f32x4.pmax" : "f32x4.pmin";
    // They differ where one side is NaN, and where zeros have different signs.
    const [one, other] = [this.#op(plain, a, b), this.#op(plain, b, a)];
    if (plain === "f32x4.pmin") return this.#op("v128.or", one, other);
    const difference = this.#op("v128.xor", one, other);
    return this.#op("f32x4.sub", this.#op("v128.or", other, difference), difference);
  }

  #binary(name: PlainOp, a: ValueId, b: ValueId): ValueId {
    if (name === "f32x4.max" || name === "f32x4.min") return this.#extreme(name, a, b);
    const other = exchanged[name];
    if (other) return this.#binary(other, b, a);
    if (name in VECTOR_OPS) return this.#op(name as VectorOp, a, b);
    if (name in COMPARISONS) return this.#compare(name as Comparison, a, b);
    if (name === "i32x4.le_u") return this.#compare("i32x4.eq", this.#op("i32x4.min_u", a, b), a);
    if (name === "i32x4.lt_u") return this.#not(this.#binary("i32x4.le_u", b, a));
    throw new Unsupported(name);
  }

  #op(op: VectorOp, ...args: readonly ValueId[]): ValueId {
    return this.#define({ kind: "op", op, args });
  }

  #compare(op: Comparison, ...args: readonly [ValueId, ValueId]): ValueId {
    return this.#define({ kind: "comparison", op, args });
  }

  #not(id: ValueId): ValueId {
    return this.#op("v128.xor", id, this.#bits(-1));
  }

  #bits(first: number): ValueId {
    return this.#define({ kind: "literal", first, step: 0 });
  }

  #pop(count: number): ValueId[] {
    return Array.from({ length: count }, () => this.popValue()).reverse();
  }
}
