/**
 * What the drivers' statistics and disassemblies have in common.
 * @module
 */

/** What an instruction keeps busy. */
export type InstructionKind =
  | "multiply-add"
  | "vector"
  /** Control flow, and on AMD, arithmetic that all lanes share. */
  | "scalar"
  | "memory"
  | "workgroup memory"
  | "constant memory"
  | "wait"
  /** The disassembler of an older LLVM does not know every instruction. */
  | "unknown";

/** What a compiler made of a shader. */
export interface CompiledShader {
  /** The compiler's statistics by name, for example `VGPRs`. */
  readonly statistics: ReadonlyMap<string, number>;
  /** The disassembled machine code. */
  readonly assembly: string;
}

/** How to read the output of a compiler. */
export interface Machine {
  /** Names of the compiler's statistics. Several are added. */
  readonly statistics: {
    readonly registers?: string;
    readonly spills: readonly string[];
    readonly workgroupMemory: string;
    readonly waves?: string;
  };
  /** Splits a disassembly into instructions and labels (`BB1:`). */
  readonly lines: (assembly: string) => readonly string[];
  /** Where a branch that can go back goes. */
  readonly branch: RegExp;
  readonly kindOf: (instruction: string) => InstructionKind;
}
