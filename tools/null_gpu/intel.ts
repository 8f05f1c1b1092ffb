import type { InstructionKind, Machine } from "./machine.ts";

const kinds: readonly (readonly [InstructionKind, RegExp])[] = [
  ["multiply-add", /^(?:mad|mac)\(.*>F\s/],
  ["workgroup memory", /^sends?\(.*\bslm MsgDesc/],
  ["memory", /^sends?\(/],
  ["wait", /^(?:sync|wait|nop)\b/],
  ["scalar", /^(?:if|else|endif|while|break|cont|halt|jmpi)\(/],
  ["vector", /^[a-z][\w.]*\(/],
];

/** The output of Mesa's ANV. */
export const intel: Machine = {
  // every thread has 128 registers
  statistics: { spills: ["Spill Count"], workgroupMemory: "Workgroup Memory Size" },
  // a message is described on a line of its own, which is indented
  lines: (assembly) =>
    assembly.replaceAll(/\n {8,}/g, " ").split("\n").map((line) =>
      line.replace(/^\([+-].*?\) /, "").trim()
    ),
  branch: /^while\(\d+\)\s+JIP:\s+(\w+)/,
  kindOf: (instruction) => kinds.find(([, pattern]) => pattern.test(instruction))?.[0] ?? "unknown",
};
