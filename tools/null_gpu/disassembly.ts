/**
 * Reads machine code as Mesa prints it: blocks, loops, and how many instructions of each kind.
 * @module
 */
import type { InstructionKind, Machine } from "./machine.ts";

/** Number of instructions of each kind. */
export type InstructionCounts = Readonly<Record<InstructionKind, number>>;

interface Block {
  readonly label: string;
  readonly instructions: readonly string[];
}

/** A loop: the blocks from the target of a backward branch to the branch. */
interface Loop {
  readonly first: number;
  readonly last: number;
}

/**
 * Counts the instructions of the hottest loop: of the loops that contain no other, the one with the
 * most multiply-adds. Returns `undefined` if no such loop multiplies and adds.
 */
export function hottestLoop(
  assembly: string,
  machine: Machine,
): InstructionCounts | undefined {
  const blocks = blocksOf(machine.lines(assembly), machine);
  const all = loopsOf(blocks, machine);
  const counts = all
    .filter((loop) => !all.some((other) => other !== loop && contains(loop, other)))
    .map(({ first, last }) =>
      count(blocks.slice(first, last + 1).flatMap(({ instructions }) => instructions), machine)
    )
    .toSorted((a, b) => b["multiply-add"] - a["multiply-add"]);
  const [hottest] = counts;
  return hottest && hottest["multiply-add"] > 0 ? hottest : undefined;
}

/** The share of multiply-adds among the instructions. */
export function multiplyAddShare(counts: InstructionCounts): number {
  const total = Object.values(counts).reduce((sum, each) => sum + each, 0);
  return counts["multiply-add"] / total;
}

/** A block starts at a label or after a branch. */
function blocksOf(lines: readonly string[], { branch }: Machine): Block[] {
  const blocks: { label: string; instructions: string[] }[] = [{ label: "", instructions: [] }];
  for (const line of lines) {
    const [, label] = /^(\w+):$/.exec(line) ?? [];
    if (label !== undefined) blocks.push({ label, instructions: [] });
    else if (line !== "") blocks.at(-1)?.instructions.push(line);
    if (branch.test(line)) blocks.push({ label: "", instructions: [] });
  }
  return blocks;
}

function loopsOf(blocks: readonly Block[], { branch }: Machine): Loop[] {
  const numbers = new Map(blocks.map(({ label }, i) => [label, i]));
  const ends = new Map<number, number>();
  blocks.forEach(({ instructions }, last) => {
    for (const instruction of instructions) {
      const [, target] = branch.exec(instruction) ?? [];
      const first = target === undefined ? undefined : numbers.get(target);
      // several branches can go back to the start of one loop
      if (first !== undefined && first <= last) ends.set(first, last);
    }
  });
  return [...ends].map(([first, last]) => ({ first, last }));
}

function contains(outer: Loop, inner: Loop): boolean {
  return outer.first <= inner.first && inner.last <= outer.last;
}

function count(instructions: readonly string[], { kindOf }: Machine): InstructionCounts {
  const counts = {
    "multiply-add": 0,
    vector: 0,
    scalar: 0,
    memory: 0,
    "workgroup memory": 0,
    "constant memory": 0,
    wait: 0,
    unknown: 0,
  };
  for (const instruction of instructions) counts[kindOf(instruction)]++;
  return counts;
}
