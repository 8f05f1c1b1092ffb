/** The function that makes callers of native code, as text, which workers need. */
import type { EnterFunction } from "./system.ts";

/** Makes a function that calls native code. */
export type Caller = (
  enter: EnterFunction,
  pointerTo: (address: bigint) => Deno.PointerValue,
  places: { readonly heap: bigint; readonly call: number; readonly code: bigint },
) => () => void;

/**
 * JavaScript source of a {@linkcode Caller}. Each function that it makes has a source of its own:
 * functions with the same source share what the engine learns about their calls, and cost 90 ns per
 * call instead of 8.
 */
export const callerSource = `(enter, pointerTo, { heap, call, code }) =>
  new Function("enter", "call", "heap", "code",
    "return () => enter(call, heap, 1n, 1n, code); // " + code)(
    enter, pointerTo(heap + BigInt(call)), pointerTo(heap), pointerTo(code))`;
