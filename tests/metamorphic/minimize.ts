/** Shrinks a program that fails to a small one that still fails. */
import { is, type Node, type TensorType, variable } from "../../graph/mod.ts";
import { Builder, type Instruction, type Program } from "./program.ts";
import { sourceNumbers } from "./rows/sources.ts";

/** Does this program fail in the way that is looked for? */
export type Fails = (program: Program) => Promise<boolean>;

/** Tries smaller programs until none of them fails, or there were `attempts` of them. */
export async function minimize(
  program: Program,
  fails: Fails,
  { attempts = 4000 }: { readonly attempts?: number } = {},
): Promise<Program> {
  let smallest = program;
  let left = attempts;
  for (let progress = true; progress && left > 0;) {
    progress = false;
    for (const shrink of [fewerRoots, withoutInstructions, sourcesInstead, smallerNumbers]) {
      for (let next: Program | undefined; left > 0;) {
        next = undefined;
        for (const candidate of shrink(smallest)) {
          if (left-- <= 0) break;
          if (!await fails(candidate)) continue;
          next = candidate;
          break;
        }
        if (!next) break;
        smallest = next;
        progress = true;
      }
    }
  }
  return smallest;
}

type Shrink = (program: Program) => Iterable<Program>;

/** One output, one step, fewer updates. */
function* fewerRoots(program: Program): Iterable<Program> {
  const { outputs, updates, steps } = program;
  if (updates.length > 0) yield { ...program, updates: [], steps: 1 };
  if (steps > 1) yield { ...program, steps: steps - 1 };
  for (let i = 0; i < outputs.length; i++) {
    yield { ...program, outputs: outputs.toSpliced(i, 1) };
  }
  for (let i = 0; i < updates.length; i++) {
    yield { ...program, updates: updates.toSpliced(i, 1) };
  }
}

/** Leaves out half of the instructions, then a quarter, at last single ones, the last first. */
function* withoutInstructions(program: Program): Iterable<Program> {
  const count = program.instructions.length;
  for (let size = Math.ceil(count / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let start = count - size; start > -size; start -= size) {
      const first = Math.max(0, start);
      const gone = new Set(Array.from({ length: size }, (_, i) => first + i));
      if (gone.size < count) yield without(program, gone);
    }
  }
}

/** What read an instruction that is gone reads its first operand instead. */
function without(program: Program, gone: ReadonlySet<number>): Program {
  const { instructions } = program;
  const kept = instructions.map((_, i) => i).filter((i) => !gone.has(i));
  const position = new Map(kept.map((old, now) => [old, now]));
  const resolve = (index: number): number => {
    let current = index;
    while (current > 0 && gone.has(current)) {
      current = instructions[current]?.operands[0] ?? current - 1;
    }
    return position.get(current) ?? 0;
  };
  return {
    ...program,
    instructions: kept.map((i) => ({
      ...instructions[i]!,
      operands: instructions[i]!.operands.map(resolve),
    })),
    outputs: program.outputs.map(resolve),
    updates: program.updates.map(([key, next]) => [resolve(key), resolve(next)] as const),
  };
}

/** A variable of the same type in place of a computed value. */
function* sourcesInstead(program: Program): Iterable<Program> {
  const nodes = nodesOf(program);
  for (let i = program.instructions.length - 1; i >= 0; i--) {
    const node = nodes[i];
    if (!node || is(node, variable)) continue;
    yield replaced(program, i, sourceOf(node.type));
  }
}

function nodesOf({ instructions }: Program): readonly (Node | undefined)[] {
  const builder = new Builder();
  instructions.forEach((instruction) => builder.push(instruction));
  return builder.nodes;
}

function sourceOf(type: TensorType): Instruction {
  return { row: "variable", operands: [], numbers: [...sourceNumbers(type), 0, 1] };
}

function replaced(program: Program, index: number, instruction: Instruction): Program {
  return { ...program, instructions: program.instructions.with(index, instruction) };
}

/** Fewer numbers; zero, half, or one less for each number; the simplest choice of every row is 0. */
function* smallerNumbers(program: Program): Iterable<Program> {
  for (const [i, instruction] of program.instructions.entries()) {
    const { numbers } = instruction;
    for (let used = 0; used < numbers.length; used = Math.max(1, 2 * used)) {
      yield replaced(program, i, { ...instruction, numbers: numbers.slice(0, used) });
    }
    if (numbers.length > 0) {
      yield replaced(program, i, { ...instruction, numbers: numbers.slice(0, -1) });
    }
    for (const [at, number] of numbers.entries()) {
      for (const smaller of new Set([0, number >> 1, number - 1])) {
        if (smaller < 0 || smaller >= number) continue;
        yield replaced(program, i, { ...instruction, numbers: numbers.with(at, smaller) });
      }
    }
  }
}
