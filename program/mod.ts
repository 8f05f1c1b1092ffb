/**
 * Programs compiled ahead of time: lowered plans with their weights as files, and what runs them on
 * a backend. A page that only runs a program needs no tensors and no compiler.
 * @module
 */
import "../graph/dispose.ts";
export { resolveBackend, setBackend } from "./backend.ts";
export { Compiled } from "./compiled.ts";
export { ProgramError } from "./errors.ts";
export { loadProgram, type LoadProgramOptions } from "./load_program.ts";
