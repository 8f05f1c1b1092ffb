import { GraphError } from "../../graph/errors.ts";
import { slotNumber } from "../../graph/kernel.ts";
import { type Apply, type Load, type Scalar, ScalarTable } from "../../graph/scalar/mod.ts";
import type { FunctionSet } from "./functions.ts";
import { indent } from "./indent.ts";
import { isSpecial, literal, typeName } from "./literal.ts";
import { complementOfErf, operatorText } from "./operators.ts";
import type { SlotAccess } from "./slot_access.ts";
import { isAlignedAlong } from "./wide_axis.ts";

/** A printed value: a scalar, or a vec4 of consecutive positions along the wide axis. */
export interface Printed {
  readonly text: string;
  readonly wide: boolean;
}

interface Binding extends Printed {
  /** Depth of the block in which the binding is valid. */
  readonly depth: number;
}

interface Block {
  readonly lines: string[];
  readonly memo: Map<string, string>;
}

/** Names of types, and those that WGSL once reserved for types. */
const types: ReadonlySet<string> = new Set(
  ["i", "u", "f"].flatMap((letter) => [8, 16, 32, 64].map((bits) => `${letter}${bits}`)),
);

/**
 * Prints scalar expressions as `let` statements. Each distinct expression is computed once, in the
 * outermost open block in which all its axes and results are bound, so loop-invariant code is
 * hoisted. An axis bound as wide stands for four consecutive positions, starting at a multiple of
 * 4.
 */
export class Printer {
  readonly #access: SlotAccess;
  readonly #functions: FunctionSet;
  readonly #table = new ScalarTable();
  readonly #dependencies = new Map<Scalar, readonly string[]>();
  readonly #bindings = new Map<string, Binding>();
  readonly #blocks: Block[] = [{ lines: [], memo: new Map() }];
  #counter = 0;

  constructor(access: SlotAccess, functions: FunctionSet) {
    this.#access = access;
    this.#functions = functions;
  }

  /**
   * Binds a loop axis to an `i32` expression: its position, or the first of four. Expressions that
   * depend only on the axis are computed in the block at `depth`. Default: the innermost block.
   */
  bindAxis(axis: number, text: string, wide = false, depth = this.depth): void {
    this.#bindings.set(`x${axis}`, { text, wide, depth });
  }

  /** Binds a reduction's result or accumulator. */
  bindResult(result: number, value: Printed): void {
    this.#bindings.set(`r${result}`, { ...value, depth: this.depth });
  }

  /** The depth of the innermost open block. */
  get depth(): number {
    return this.#blocks.length - 1;
  }

  /** A new, unique name that is neither a type of WGSL nor a slot's. */
  name(prefix: string): string {
    if (prefix === "s") throw new Error("Internal: names of slots begin with s");
    const name = `${prefix}${this.#counter++}`;
    return types.has(name) ? this.name(prefix) : name;
  }

  /** Adds a statement to the innermost open block. */
  emit(line: string): void {
    this.#block(this.depth).lines.push(line);
  }

  /** Gives a value a new name in the innermost open block, and returns the name. */
  define(prefix: string, value: string): string {
    const name = this.name(prefix);
    this.emit(`let ${name} = ${value};`);
    return name;
  }

  /** Prints `header { … }` around the statements that `body` emits. */
  block(header: string, body: () => void): void {
    this.#blocks.push({ lines: [], memo: new Map() });
    body();
    const { lines } = this.#block(this.depth);
    this.#blocks.pop();
    this.emit(`${header} {\n${lines.map((line) => indent(line)).join("\n")}\n}`);
  }

  /** Emits the statements that compute `scalar`. */
  print(scalar: Scalar): Printed {
    return this.#print(scalar, false);
  }

  /** Like `print`, but only for the first of the four positions. */
  printFirst(scalar: Scalar): string {
    return this.#print(scalar, true).text;
  }

  /** Like `print`, but always a vec4, even if its components are all equal. */
  printWide(scalar: Scalar): Printed {
    return { text: this.#widen(scalar, this.print(scalar)), wide: true };
  }

  /** Whether the index addresses an aligned group of four adjacent elements along the wide axis. */
  isAligned(index: Scalar): boolean {
    const axis = this.#wideAxis();
    return axis !== undefined && isAlignedAlong(index, axis);
  }

  /** All statements of the outermost block. */
  get text(): string {
    return this.#block(0).lines.join("\n");
  }

  #block(depth: number): Block {
    const block = this.#blocks[depth];
    if (!block) throw new RangeError(`Cannot find block ${depth} of the printed code`);
    return block;
  }

  #print(scalar: Scalar, first: boolean): Printed {
    if (scalar.op === "const") return this.#literal(scalar.value, scalar.type);
    const needs = this.#needs(scalar).map((key) => this.#binding(key));
    const isWide = needs.some(({ wide }) => wide);
    const wide = isWide && !first;
    if (scalar.op === "result") return this.#binding(`r${scalar.result}`);
    if (scalar.op === "axis" && !wide) return { text: this.#binding(`x${scalar.axis}`).text, wide };
    const depth = needs.reduce((deepest, need) => Math.max(deepest, need.depth), 0);
    const id = this.#table.id(scalar);
    const key = `${id} ${isWide && first ? "first" : ""} ${
      needs.map(({ text }) => text).join(" ")
    }`;
    const { memo, lines } = this.#block(depth);
    const known = memo.get(key);
    if (known !== undefined) return { text: known, wide };
    const value = this.#expression(scalar, wide, first);
    const text = this.name("v");
    lines.push(`let ${text} = ${value};`);
    memo.set(key, text);
    return { text, wide };
  }

  #literal(value: number, type: Scalar["type"]): Printed {
    if (isSpecial(value, type)) this.#functions.call("special", false, "");
    return { text: literal(value, type), wide: false };
  }

  #expression(scalar: Exclude<Scalar, { op: "const" | "result" }>, wide: boolean, first: boolean) {
    if (scalar.op === "axis") {
      return `vec4i(${this.#binding(`x${scalar.axis}`).text}) + vec4i(0, 1, 2, 3)`;
    }
    if (scalar.op === "load") return this.#load(scalar, wide, first);
    return this.#apply(scalar, wide, first);
  }

  #load({ source, index }: Load, wide: boolean, first: boolean): string {
    const slot = slotNumber(source);
    if (!wide) return this.#access.load(slot, this.#print(index, first).text, false);
    if (this.isAligned(index)) {
      return this.#access.load(slot, `${this.printFirst(index)} >> 2u`, true);
    }
    const at = this.print(index).text;
    const parts = ["x", "y", "z", "w"].map((part) =>
      this.#access.load(slot, `${at}.${part}`, false)
    );
    return `${typeName(this.#access.typeOf(slot), true)}(${parts.join(", ")})`;
  }

  #apply(scalar: Apply, wide: boolean, first: boolean): string {
    const complement = complementOfErf(scalar);
    if (complement) {
      const x = this.#argument(complement.x, wide, first);
      return this.#functions.call("errorComplement", wide, complement.negate ? `-${x}` : x);
    }
    const args = scalar.args.map((arg) => this.#argument(arg, wide, first));
    if (scalar.args.every((arg) => arg.op === "const")) args[0] = this.#runtime(args[0] ?? "");
    const [a, b] = scalar.args;
    const same = a !== undefined && b !== undefined && this.#table.equal(a, b);
    return operatorText({ scalar, args, wide, functions: this.#functions, same });
  }

  /**
   * Binds a literal to a name, so that the WGSL compiler does not evaluate (and reject) the
   * expression.
   */
  #runtime(text: string): string {
    const name = this.name("c");
    this.#block(0).lines.push(`let ${name} = ${text};`);
    return name;
  }

  #argument(scalar: Scalar, wide: boolean, first: boolean): string {
    const printed = this.#print(scalar, first);
    return wide ? this.#widen(scalar, printed) : printed.text;
  }

  #widen(scalar: Scalar, { text, wide }: Printed): string {
    return wide ? text : `${typeName(scalar.type, true)}(${text})`;
  }

  #binding(key: string): Binding {
    const binding = this.#bindings.get(key);
    if (!binding) {
      throw new GraphError(
        `Cannot print a kernel: ${
          key.startsWith("x") ? `axis ${key.slice(1)}` : `result ${key.slice(1)}`
        } must be bound before it is used`,
      );
    }
    return binding;
  }

  #needs(scalar: Scalar): readonly string[] {
    const known = this.#dependencies.get(scalar);
    if (known) return known;
    const needs = new Set<string>();
    if (scalar.op === "axis") needs.add(`x${scalar.axis}`);
    if (scalar.op === "result") needs.add(`r${scalar.result}`);
    if (scalar.op === "load") this.#needs(scalar.index).forEach((key) => needs.add(key));
    if ("args" in scalar) {
      for (const arg of scalar.args) this.#needs(arg).forEach((key) => needs.add(key));
    }
    const result = [...needs];
    this.#dependencies.set(scalar, result);
    return result;
  }

  #wideAxis(): number | undefined {
    for (const [key, { wide }] of this.#bindings) {
      if (wide && key.startsWith("x")) return Number(key.slice(1));
    }
    return undefined;
  }
}
