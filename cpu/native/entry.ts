/**
 * The first function of a program's machine code. It is called with the address of a call and that
 * of the heap, and continues with the tile that the call names.
 */
import { CALL } from "./call_layout.ts";
import { Assembler } from "./x64.ts";

/** How an operating system's functions pass arguments. */
export type Convention = "System V" | "Windows";

/** Vector registers whose low halves a function for Windows must preserve. */
const PRESERVED = [6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/** Bytes for these registers on the stack, rounded so that it stays aligned to 16. */
const PRESERVED_BYTES = 16 * PRESERVED.length + 8;

/** Assembles the function. It must be at the start of the program's code. */
export function assembleEntry(convention: Convention): readonly number[] {
  const code = new Assembler(16);
  const locate = (): Assembler =>
    code.load32("rax", { base: "rdi", offset: CALL.code }).addressOfStart("rdx").add("rax", "rdx");
  if (convention === "System V") return locate().jumpTo("rax").bytes;
  code.push("rdi").push("rsi").addConstant("rsp", -PRESERVED_BYTES);
  const memory = (i: number) => ({ base: "rsp", offset: 16 * i }) as const;
  PRESERVED.forEach((register, i) => code.storeVector(memory(i), register));
  code.move("rdi", "rcx").move("rsi", "rdx");
  locate().callTo("rax");
  PRESERVED.forEach((register, i) => code.loadVector(register, memory(i)));
  return code.addConstant("rsp", PRESERVED_BYTES).pop("rsi").pop("rdi").return().bytes;
}
