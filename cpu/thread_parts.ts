/** What divides the work of a program among threads. See `loadParts` in program_parts.ts. */
export { emitChunk } from "./runtime/chunk.ts";
export { SharedParts } from "./runtime/shared_parts.ts";
export { SharedStages } from "./runtime/shared_stages.ts";
export { Threads } from "./runtime/threads.ts";
