/** Emits `i32` arithmetic on loop positions: addresses and other uniform integers. */
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";
import type { PlainOp } from "../wasm/opcodes.ts";
import type { Position, Scopes } from "./scopes.ts";
import {
  type ApplyValue,
  isNeverNegative,
  type LoadValue,
  type Term,
  type Value,
} from "./value.ts";

/** `base + Σ terms`. Forms that differ only by a constant are equal. */
export interface Form {
  readonly key: string;
  /** The slot whose address is added; `undefined` for a plain integer. */
  readonly slot: number | undefined;
  readonly terms: readonly Term[];
  /** Whether no term, before coefficients wrap at 32 bits, is ever negative. */
  readonly isNeverNegative: boolean;
}

/** The services that the emitter needs from its host. */
export interface IndexHost {
  readonly f: FunctionBuilder;
  readonly scopes: Scopes;
  /** The local that holds a slot's address. */
  pointer(slot: number): Local;
  bytesPerElement(slot: number): number;
  /** Pushes a value that needs vector instructions, as an `i32`. */
  pushFromVector(value: Value): void;
  /** Pushes element `load` as an `i32`. */
  pushLoad(load: LoadValue): void;
}

const scalarOps: Record<string, Partial<Record<"i32" | "u32" | "bool", PlainOp>>> = {
  add: { u32: "i32.add" },
  sub: { u32: "i32.sub" },
  mul: { i32: "i32.mul", u32: "i32.mul" },
  and: { i32: "i32.and", u32: "i32.and", bool: "i32.and" },
  or: { i32: "i32.or", u32: "i32.or", bool: "i32.or" },
  xor: { i32: "i32.xor", u32: "i32.xor", bool: "i32.xor" },
  shl: { i32: "i32.shl", u32: "i32.shl" },
  shr: { i32: "i32.shr_s", u32: "i32.shr_u" },
  lt: { i32: "i32.lt_s", u32: "i32.lt_u" },
  le: { i32: "i32.le_s", u32: "i32.le_u" },
  eq: { i32: "i32.eq", u32: "i32.eq", bool: "i32.eq" },
  ne: { i32: "i32.ne", u32: "i32.ne", bool: "i32.ne" },
};

/** Emits uniform integers. Sums are shared and hoisted as far out of the loops as possible. */
export class IndexEmitter {
  readonly #host: IndexHost;

  constructor(host: IndexHost) {
    this.#host = host;
  }

  /** The form of an integer, without its constant. */
  integerForm(terms: readonly Term[]): Form {
    const key = formKey("", terms);
    return { key, slot: undefined, terms, isNeverNegative: isNeverNegative(terms) };
  }

  /** The form of an element's address, without its constant. */
  addressForm(slot: number, terms: readonly Term[]): Form {
    const bytes = this.#host.bytesPerElement(slot);
    const scaled = terms.map(({ coefficient, atom }) => ({
      coefficient: Math.imul(coefficient, bytes),
      atom,
    }));
    const key = formKey(`s${slot}`, scaled);
    return { key, slot, terms: scaled, isNeverNegative: isNeverNegative(terms) };
  }

  /** The local that holds the sum of the form's terms up to `level`; `undefined` if it is zero. */
  partial(form: Form, level: number = this.#host.scopes.top): Local | undefined {
    const { scopes, f } = this.#host;
    if (level < 0) return form.slot === undefined ? undefined : this.#host.pointer(form.slot);
    const key = `${form.key}@${level}`;
    const known = scopes.find(key);
    if (known) return known;
    const scope = scopes.at(level);
    const induction = scope.inductions.get(form.key);
    const added = form.terms.filter(({ coefficient, atom }) => {
      if (atom.kind !== "axis") return scopes.levelOf(atom) === level;
      const position = scope.axes.get(atom.axis);
      return !induction && position !== undefined && position !== 0 && coefficient !== 0;
    });
    const before = induction ?? this.partial(form, level - 1);
    if (added.length === 0) return before;
    this.#pushSum(before, added);
    const sum = f.local("i32");
    f.set(sum);
    scopes.keep(key, sum);
    return sum;
  }

  #pushSum(before: Local | undefined, added: readonly Term[]): void {
    const { f } = this.#host;
    if (before) f.get(before);
    added.forEach(({ coefficient, atom }, i) => {
      this.push(atom);
      if (coefficient !== 1) f.i32(coefficient).op("i32.mul");
      if (before || i > 0) f.op("i32.add");
    });
  }

  /** Pushes an integer or boolean (0 or 1) that is the same in all lanes. */
  push(value: Value): void {
    const { f, scopes } = this.#host;
    switch (value.kind) {
      case "const":
        f.i32(value.value);
        return;
      case "axis":
        this.#pushPosition(value.axis);
        return;
      case "linear": {
        const sum = this.partial(this.integerForm(value.terms));
        if (sum) f.get(sum);
        if (!sum || value.constant !== 0) f.i32(value.constant);
        if (sum && value.constant !== 0) f.op("i32.add");
        return;
      }
    }
    const key = `i${value.id}`;
    const known = scopes.find(key);
    if (known) {
      f.get(known);
      return;
    }
    if (value.kind === "load") this.#host.pushLoad(value);
    else if (value.kind === "result") this.#host.pushFromVector(value);
    else this.#pushApply(value);
    const local = f.local("i32");
    f.tee(local);
    scopes.keep(key, local);
  }

  #pushPosition(axis: number): void {
    const { f, scopes } = this.#host;
    for (let level = 0; level <= scopes.top; level++) {
      const position: Position | undefined = scopes.at(level).axes.get(axis);
      if (position === undefined) continue;
      f.push(position);
      return;
    }
    throw new Error(`Internal: axis ${axis} has no position`);
  }

  #pushApply(value: ApplyValue): void {
    const { f } = this.#host;
    const [a, b] = value.args;
    const type = a?.type;
    if (!a || !type || value.args.some((arg) => arg.type === "f32") || value.type === "f32") {
      this.#host.pushFromVector(value);
    } else if (value.op === "select") this.#pushSelect(value);
    else if (value.op === "not") {
      this.push(a);
      f.op("i32.eqz");
    } else if ((value.op === "cast" || value.op === "bitcast") && value.type !== "bool") {
      this.push(a);
    } else this.#pushBinary(value, type as "i32" | "u32" | "bool", b);
  }

  #pushBinary(value: ApplyValue, type: "i32" | "u32" | "bool", b: Value | undefined): void {
    const { f } = this.#host;
    const op = scalarOps[value.op]?.[type] ?? constantDivision(value.op, type, b);
    if (!op) this.#host.pushFromVector(value);
    else {
      value.args.forEach((arg) => this.push(arg));
      f.op(op);
    }
  }

  #pushSelect(value: ApplyValue): void {
    const [condition, whenTrue, whenFalse] = value.args;
    for (const part of [whenTrue, whenFalse, condition]) if (part) this.push(part);
    this.#host.f.op("select");
  }
}

/** Whether division by this literal cannot trap. */
function constantDivision(
  op: ApplyValue["op"],
  type: "i32" | "u32" | "bool",
  divisor: Value | undefined,
): PlainOp | undefined {
  if (divisor?.kind !== "const" || divisor.value === 0 || divisor.value === -1) return undefined;
  const suffix = type === "u32" ? "u" : "s";
  if (op === "div") return `i32.div_${suffix}`;
  return op === "rem" ? `i32.rem_${suffix}` : undefined;
}

function formKey(base: string, terms: readonly Term[]): string {
  return `${base}:${terms.map(({ coefficient, atom }) => `${coefficient}*${atom.id}`).join("+")}`;
}
