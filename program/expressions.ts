/**
 * Expressions as a list of rows, one for each distinct expression, parts first. Rows name their
 * parts by number.
 *
 * | row | expression |
 * | --- | --- |
 * | `["const", type, value]` | a literal |
 * | `["axis", axis, size]` | the position along a loop |
 * | `["load", type, slot, index]` | an element of a slot |
 * | `["result", type, result]` | the result of a reduction |
 * | `[function, type, ...arguments]` | a function of expressions |
 * @module
 */
import { slotNumber } from "../graph/kernel.ts";
import { binaryFunctions, unaryFunctions } from "../graph/scalar/functions.ts";
import { type Apply, makeApply, type Scalar, type ScalarType } from "../graph/scalar/mod.ts";
import { visitScalars } from "../graph/scalar/rewrite.ts";
import { MOST_ELEMENTS } from "../graph/sizes.ts";
import { type Json, numberToJson } from "./json.ts";

/** A row, as JSON. */
export type Row = readonly (string | number)[];

/** Numbers the expressions of a kernel. */
export class ExpressionWriter {
  readonly rows: Row[] = [];
  readonly #numbers = new Map<Scalar, number>();

  /** The number of an expression. */
  number(scalar: Scalar): number {
    visitScalars([scalar], (part) => {
      if (!this.#numbers.has(part)) this.#numbers.set(part, this.rows.push(this.#row(part)) - 1);
    });
    return this.#numbers.get(scalar)!;
  }

  #row(scalar: Scalar): Row {
    const { op, type } = scalar;
    switch (op) {
      case "const":
        return [op, type, numberToJson(scalar.value)];
      case "axis":
        return [op, scalar.axis, scalar.size];
      case "load":
        return [op, type, slotNumber(scalar.source), this.#numbers.get(scalar.index)!];
      case "result":
        return [op, type, scalar.result];
      default:
        return [op, type, ...scalar.args.map((arg) => this.#numbers.get(arg)!)];
    }
  }
}

const types: readonly ScalarType[] = ["f32", "i32", "u32", "bool"];
const functions = [
  ...Object.keys(unaryFunctions),
  ...Object.keys(binaryFunctions),
  ...["cast", "bitcast", "select"],
] as readonly Apply["op"][];
const kinds = ["const", "axis", "load", "result", ...functions] as const;

/**
 * Greatest depth of an expression. Code that walks expressions is recursive, and overflows the call
 * stack at about 1500. `lower` stays below: see `limitDepth`.
 */
const MOST_DEPTH = 1000;

/** Reads the rows of a kernel. Whether functions fit their arguments is for `verifyUntrusted`. */
export class ExpressionReader {
  readonly #scalars: Scalar[] = [];
  readonly #depths = new Map<Scalar, number>();

  constructor(rows: Json) {
    for (const row of rows.items()) {
      const scalar = this.#read(row);
      const parts = scalar.op === "load" ? [scalar.index] : "args" in scalar ? scalar.args : [];
      const depth = 1 + Math.max(0, ...parts.map((part) => this.#depths.get(part)!));
      if (depth > MOST_DEPTH) row.fail(`at most ${MOST_DEPTH} expressions deep`);
      this.#depths.set(scalar, depth);
      this.#scalars.push(scalar);
    }
  }

  /** The expression with a number. */
  at(number: Json): Scalar {
    return this.#scalars[number.whole(0, this.#scalars.length - 1)]!;
  }

  #read(row: Json): Scalar {
    const [head, first, ...rest] = row.items();
    if (!head || !first) return row.fail("a row of an expression");
    const op = head.oneOf(kinds);
    const [second, third] = rest;
    const hasLength = (length: number) =>
      rest.length === length || row.fail(`a row of ${length + 2}`);
    if (op === "axis") {
      hasLength(1);
      const axis = first.whole(0, MOST_ELEMENTS);
      return { op, type: "i32", axis, size: second!.whole(0, MOST_ELEMENTS) };
    }
    const type = first.oneOf(types);
    switch (op) {
      case "const":
        hasLength(1);
        return { op, type, value: second!.number() };
      case "load":
        hasLength(2);
        return { op, type, source: second!.whole(0, MOST_ELEMENTS), index: this.at(third!) };
      case "result":
        hasLength(1);
        return { op, type, result: second!.whole(0, MOST_ELEMENTS) };
      default:
        return makeApply(op, type, rest.map((arg) => this.at(arg)));
    }
  }
}
