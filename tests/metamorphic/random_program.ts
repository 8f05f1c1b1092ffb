/** Draws programs: the same seed gives the same one. */
import { type DType, type Node, sameShape, type Shape } from "../../graph/mod.ts";
import { generator } from "../support/random.ts";
import { Builder, type Instruction, type Program } from "./program.ts";
import { imageRows } from "./rows/images.ts";
import { rows } from "./rows/mod.ts";
import { sourceNumbers } from "./rows/sources.ts";

/** How large programs are. */
export interface ProgramOptions {
  /** Most instructions; 14 by default. */
  readonly length?: number;
  /** Most elements of a variable or an input; 600 by default. */
  readonly elements?: number;
}

type Random = () => number;

const sizes = [1, 2, 3, 4, 5, 7, 8, 16, 17, 31, 32, 33, 64, 65];

/** Numbers of an instruction: no row reads more. */
const NUMBERS = 24;

function below(random: Random, count: number): number {
  return Math.floor(random() * count);
}

function one<T>(random: Random, list: readonly T[]): T {
  return list[below(random, list.length)]!;
}

function drawShape(random: Random, elements: number): Shape {
  for (;;) {
    const rank = one(random, [0, 1, 1, 2, 2, 2, 3, 3, 4]);
    const shape = Array.from(
      { length: rank },
      () => random() < 0.03 ? 0 : random() < 0.5 ? 1 + below(random, 7) : one(random, sizes),
    );
    if (shape.reduce((a, b) => a * b, 1) <= elements) return shape;
  }
}

const sourceTypes: readonly (readonly [row: string, dtype: DType])[] = [
  ["variable", "f32"],
  ["variable", "f32"],
  ["variable", "f32"],
  ["input", "f32"],
  ["constant", "f32"],
  ["variable", "i32"],
  ["input", "i32"],
  ["iota", "i32"],
  ["input", "bool"],
  ["input", "u8"],
  ["constant", "u32"],
];

function drawSource(random: Random, elements: number): Instruction {
  const [row, dtype] = one(random, sourceTypes);
  const type = { dtype, shape: drawShape(random, elements) };
  // Mostly small whole numbers, on which results are exact.
  const kind = random() < 0.8 ? 0 : below(random, 3);
  const data = [kind, below(random, 2 ** 16)];
  return { row, operands: [], numbers: [...sourceNumbers(type), ...data] };
}

const products = ["matmul", "pooledProduct", "derivative", "mean", "transpose", "relu", "add"];

/** Rows that a program is mostly made of, so that their patterns meet. */
const themes: readonly (readonly string[])[] = [
  Object.keys(rows),
  Object.keys(rows),
  products,
  products,
  ["concat", "pad", "gather", "prefix", "suffix", "middle", "reduceSum", "severalExtents", "add"],
  ["select", "mask", "iota", "less", "prefix", "slice", "reduceSum", "mul", "reshape", "flip"],
  ["cast", "mod", "div", "bitXor", "bitAnd", "shiftRight", "sub", "neg", "clamp", "equal", "slice"],
  ["exp", "log", "softmax", "logSumExp", "tanh", "sigmoid", "erf", "pow", "derivative", "mean"],
  [...Object.keys(imageRows), "relu", "derivative", "applyUpdate", "add"],
];

function deckOf(theme: readonly string[]): readonly string[] {
  return theme.flatMap((name) => Array.from({ length: rows[name]!.weight ?? 1 }, () => name));
}

const everything = deckOf(Object.keys(rows));

/** Recent values are read more often, and values of equal shape together. */
function drawOperands(random: Random, row: string, nodes: readonly (Node | undefined)[]): number[] {
  const present = nodes.flatMap((node, i) => node ? [i] : []);
  const recent = () => {
    const back = Math.floor(present.length * random() ** 2);
    return present[present.length - 1 - back]!;
  };
  const [first, ...others] = rows[row]!.operands;
  if (first === undefined) return [];
  const start = recent();
  const shape = nodes[start]!.type.shape;
  const alike = present.filter((i) => sameShape(nodes[i]!.type.shape, shape));
  return [start, ...others.map(() => random() < 0.5 ? one(random, alike) : recent())];
}

function drawInstruction(
  random: Random,
  theme: readonly string[],
  nodes: readonly (Node | undefined)[],
): Instruction {
  const row = one(random, random() < 0.3 ? everything : theme);
  const operands = drawOperands(random, row, nodes);
  return { row, operands, numbers: Array.from({ length: NUMBERS }, () => below(random, 256)) };
}

/** A program with its own sources, outputs and updates. */
export function randomProgram(
  seed: number,
  { length = 14, elements = 600 }: ProgramOptions = {},
): Program {
  const random = generator(seed);
  const builder = new Builder();
  const instructions: Instruction[] = [];
  const push = (instruction: Instruction): boolean => {
    if (!builder.push(instruction)) {
      builder.nodes.pop();
      return false;
    }
    instructions.push(instruction);
    return true;
  };
  const sources = 1 + below(random, 4);
  while (instructions.length < sources) push(drawSource(random, elements));
  const theme = deckOf(one(random, themes));
  const wanted = sources + 2 + below(random, length - 1);
  for (let left = 10 * wanted; instructions.length < wanted && left > 0; left--) {
    push(drawInstruction(random, theme, builder.nodes));
  }
  const outputs = drawOutputs(random, instructions);
  return { instructions, outputs, ...drawUpdates(random, builder.nodes) };
}

/** Values that nothing reads, so that little is computed in vain, and any others. */
function drawOutputs(random: Random, instructions: readonly Instruction[]): number[] {
  const read = new Set(instructions.flatMap(({ operands }) => operands));
  const unread = instructions.flatMap(({ operands }, i) =>
    operands.length > 0 && !read.has(i) ? [i] : []
  );
  const last = instructions.length - 1;
  const others = Array.from({ length: below(random, 3) }, () => below(random, last + 1));
  return [...new Set([last, ...unread.slice(-4), ...others])];
}

/** Half of the programs update variables, by any of their values, over several steps. */
function drawUpdates(
  random: Random,
  nodes: readonly (Node | undefined)[],
): Pick<Program, "updates" | "steps"> {
  if (random() < 0.5) return { updates: [], steps: 1 };
  const variables = nodes.flatMap((node, i) => node?.op.name === "variable" ? [i] : []);
  const updates = variables.map((variable) => {
    const own = nodes[variable]!.type;
    const fitting = nodes.flatMap((node, i) =>
      node && node.type.dtype === own.dtype && sameShape(node.type.shape, own.shape) ? [i] : []
    );
    const next = random() < 0.6
      ? fitting.at(-1 - below(random, Math.min(3, fitting.length)))!
      : below(random, nodes.length);
    return [variable, next] as const;
  });
  return { updates, steps: 1 + below(random, 3) };
}
