import type { InstructionKind, Machine } from "../machine.ts";

const kinds: readonly (readonly [InstructionKind, RegExp])[] = [
  ["multiply-add", /^FFMA$/],
  ["workgroup memory", /^(?:LDS|STS)$/],
  ["memory", /^(?:LDG|STG|LDL|STL)$/],
  ["constant memory", /^U?LDC$/],
  ["wait", /^(?:BAR|DEPBAR|NOP)$/],
  ["scalar", /^(?:U\w+|BRA .*|EXIT|BSSY|BSYNC|BMOV)$/],
  ["unknown", /^OP/],
  ["vector", /./],
];

/** The machine code of NVIDIA's GPUs, as `readCubin` prints it. */
export const nvidia: Machine = {
  statistics: {
    registers: "Registers",
    spills: ["Spilled registers"],
    workgroupMemory: "Shared memory",
  },
  lines: (assembly) => assembly.split("\n"),
  branch: /^BRA (\w+)$/,
  kindOf: (instruction) => kinds.find(([, pattern]) => pattern.test(instruction))?.[0] ?? "unknown",
};
