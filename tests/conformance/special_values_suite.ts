import { evaluate, pullBack } from "../../autograd/mod.ts";
import { type Backend, constant, fullLike, type HostArray, type Node } from "../../graph/mod.ts";
import {
  isPromised,
  type SpecialMap,
  specialMaps,
  type SpecialRow,
  specialRows,
  specialRowsOf,
  specials,
} from "../cases/special_values.ts";
import { assertAllClose } from "../support/close.ts";
import type { BackendTest } from "./suite.ts";

/** Vectors of four, and what is left over. */
const SIZES = [1, 3, 4, 5, 17];
/** Each takes a device some compiling. */
const FEWER_SIZES = [4, 5];

interface Question {
  readonly node: Node;
  readonly expected: readonly number[];
  readonly what: string;
  /** Is −0 another number than 0 here? */
  readonly signedZeros?: boolean;
}

const close = { relative: 1e-5, absolute: 1e-37 };
const fround = (values: readonly number[]) => values.map(Math.fround);

async function ask(questions: readonly Question[], backend: Backend): Promise<void> {
  const results = await evaluate(questions.map(({ node }) => ({ node })), { backend });
  questions.forEach(({ expected, what, signedZeros }, i) => {
    const message = `${what} on ${backend.name}`;
    assertAllClose(results[i]!, expected, close, message);
    if (signedZeros) checkZeros(results[i]!, expected, message);
  });
}

function checkZeros(actual: HostArray, expected: readonly number[], what: string): void {
  expected.forEach((value, i) => {
    if (value !== 0 || Object.is(actual[i], value)) return;
    throw new Error(`${what}: element ${i} is a zero of the wrong sign: ${actual[i]}`);
  });
}

/** The first `size` of all operands, from place `from` on. */
function operandsOf(entry: SpecialMap, keep: (a: number, b: number) => boolean): number[][] {
  const all = entry.arity === 1
    ? specials.map((a) => [a, 1])
    : specials.flatMap((a) => specials.map((b) => [a, b]));
  const kept = all.filter(([a, b]) => keep(a!, b!));
  return [kept.map(([a]) => a!), kept.map(([, b]) => b!)].slice(0, entry.arity);
}

function mapQuestions(
  entry: SpecialMap,
  operands: readonly (readonly number[])[],
  signedZeros: boolean,
): Question[] {
  const x = operands.map((list) => constant(Float32Array.from(list), [list.length]));
  const y = entry.build(...x);
  const isFloat = y.type.dtype === "f32";
  const at = (fn: (a: number, b: number) => number) =>
    operands[0]!.map((a, i) => fn(a, operands[1]?.[i] ?? 0));
  const value = at(entry.value);
  const what = `${entry.op}(${operands.map((list) => `[${list}]`)})`;
  const expected = isFloat ? fround(value) : value;
  const slopes = entry.slopes.length > 0 ? pullBack(y, fullLike(y, 1), x) : [];
  return [
    { node: y, expected, what, signedZeros: signedZeros && isFloat && entry.arity === 1 },
    ...slopes.map((node, i) => ({
      node,
      expected: fround(at(entry.slopes[i]!)),
      what: `gradient ${i} of ${what}`,
    })),
  ];
}

/** All operands at once, and then as many as fill no vector, a part of one, or several. */
function pieces(
  operands: readonly (readonly number[])[],
  sizes: readonly number[],
): (readonly (readonly number[])[])[] {
  const count = operands[0]!.length;
  const sliced = sizes.filter((size) => size < count).map((size, i) =>
    operands.map((list) => list.slice(i, i + size))
  );
  return [operands, ...sliced];
}

function rowQuestions(entry: SpecialRow, row: readonly number[]): Question[] {
  const x = constant(Float32Array.from(row), [row.length]);
  const y = entry.build(x);
  const what = `${entry.op}([${row}])`;
  const slopes = entry.slopes ? pullBack(y, fullLike(y, 1), [x]) : [];
  return [
    { node: y, expected: fround([entry.value(row)]), what },
    ...slopes.map((node) => ({
      node,
      expected: fround(entry.slopes!(row)),
      what: `gradient of ${what}`,
    })),
  ];
}

/** How much a backend promises. */
export interface SpecialValuesOptions {
  /** Everything, as IEEE 754 has it; else what WGSL lets a device promise. */
  readonly ieee: boolean;
}

/** Holds a backend to docs/nan-and-infinity.md. */
export function specialValuesConformance(
  backendTest: BackendTest,
  { ieee }: SpecialValuesOptions,
): void {
  const sizes = ieee ? SIZES : FEWER_SIZES;
  const byName = (list: readonly { readonly op: string }[]) => new Set(list.map(({ op }) => op));
  for (const name of byName(specialMaps)) {
    backendTest(`${name}() treats NaN, infinities and zeros as documented`, async (backend) => {
      const questions = specialMaps.filter(({ op }) => op === name).flatMap((entry) => {
        const operands = operandsOf(entry, (a, b) => ieee || isPromised(entry, a, b));
        return pieces(operands, sizes).flatMap((piece) => mapQuestions(entry, piece, ieee));
      });
      await ask(questions, backend);
    });
  }
  for (const entry of specialRows) {
    backendTest(
      `${entry.op}() of rows treats NaN and infinities as documented`,
      async (backend) => {
        const rows = sizes.flatMap(specialRowsOf).filter((row) => ieee || !row.includes(Infinity));
        await ask(rows.flatMap((row) => rowQuestions(entry, row)), backend);
      },
    );
  }
}
