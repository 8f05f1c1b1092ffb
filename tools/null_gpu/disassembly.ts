/**
 * Reads AMD machine code as Mesa prints it: blocks, loops, and how many instructions of each kind.
 * @module
 */

/** What an instruction keeps busy. */
export type InstructionKind =
  | "multiply-add"
  | "vector"
  | "scalar"
  | "memory"
  | "workgroup memory"
  | "constant memory"
  | "wait"
  /** The disassembler of an older LLVM does not know every instruction. */
  | "unknown";

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

const kinds: readonly (readonly [InstructionKind, RegExp])[] = [
  // also two in one instruction (dual) and packed ones
  ["multiply-add", /^v_(?:dual_|pk_)?(?:fma|fmac|fmaak|fmamk|mad|mac)_(?:mix_)?f(?:32|16)/],
  ["vector", /^v_/],
  ["workgroup memory", /^ds_/],
  ["memory", /^(?:buffer|global|flat|scratch|image)_/],
  ["constant memory", /^s_(?:buffer_)?load_/],
  ["wait", /^s_(?:waitcnt|nop|delay_alu|barrier|clause|sleep)/],
  ["scalar", /^s_/],
];

/** The kind of an instruction, by its name. */
export function kindOf(instruction: string): InstructionKind {
  return kinds.find(([, pattern]) => pattern.test(instruction))?.[0] ?? "unknown";
}

/**
 * Counts the instructions of the hottest loop: of the loops that contain no other, the one with the
 * most multiply-adds. Returns `undefined` if no such loop multiplies and adds.
 */
export function hottestLoop(assembly: string): InstructionCounts | undefined {
  const blocks = blocksOf(assembly);
  const all = loopsOf(blocks);
  const counts = all
    .filter((loop) => !all.some((other) => other !== loop && contains(loop, other)))
    .map(({ first, last }) =>
      count(blocks.slice(first, last + 1).flatMap(({ instructions }) => instructions))
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

function blocksOf(assembly: string): Block[] {
  const blocks: { label: string; instructions: string[] }[] = [{ label: "", instructions: [] }];
  for (const line of assembly.split("\n")) {
    const [, label] = /^\s*(\w+):/.exec(line) ?? [];
    if (label !== undefined) blocks.push({ label, instructions: [] });
    const [text = ""] = line.split(";");
    if (label === undefined && text.trim() !== "") blocks.at(-1)?.instructions.push(text.trim());
  }
  return blocks;
}

function loopsOf(blocks: readonly Block[]): Loop[] {
  const numbers = new Map(blocks.map(({ label }, i) => [label, i]));
  const ends = new Map<number, number>();
  blocks.forEach(({ instructions }, last) => {
    for (const instruction of instructions) {
      const [, target] = /^s_c?branch\w*\s+(\w+)$/.exec(instruction) ?? [];
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

function count(instructions: readonly string[]): InstructionCounts {
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
