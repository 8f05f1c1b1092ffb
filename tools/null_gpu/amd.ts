import type { InstructionKind, Machine } from "./machine.ts";

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

/** The output of Mesa's RADV. */
export const amd: Machine = {
  statistics: {
    registers: "VGPRs",
    spills: ["Spilled VGPRs", "Spilled SGPRs"],
    workgroupMemory: "LDS size",
    waves: "Subgroups per SIMD",
  },
  // the encoding follows a semicolon
  lines: (assembly) => assembly.split("\n").map((line) => line.split(";")[0]?.trim() ?? ""),
  branch: /^s_c?branch\w*\s+(\w+)$/,
  kindOf: (instruction) => kinds.find(([, pattern]) => pattern.test(instruction))?.[0] ?? "unknown",
};
