import { NativeMachine } from "./machine.ts";
import { INSTRUCTIONS, type NativeOption, nativeRefusal, NOT_DENO } from "./native_option.ts";
import { detectVectorBytes } from "./processor.ts";
import type { VectorBytes } from "./registers.ts";
import { openSystem } from "./system.ts";

/** Smallest vectors that satisfy an option. */
const REQUIRED: Readonly<Record<"avx2" | "avx512", VectorBytes>> = { avx2: 32, avx512: 64 };

/**
 * Opens what native code needs; `undefined` if it should not be used. With `"auto"`, that is also so
 * if the permission has not been granted or the processor has no wide vectors. Never prompts.
 *
 * @throws {DeviceError} if an instruction set is requested that cannot be used
 */
export function openNative(
  option: NativeOption,
  engine: { readonly fused: boolean; readonly shared: boolean },
): NativeMachine | undefined {
  if (option === "off") return undefined;
  const obstacle = obstacleOf(engine);
  if (option === "auto") return obstacle ? undefined : openWidest();
  if (obstacle) throw nativeRefusal(option, obstacle);
  const required = REQUIRED[option];
  let machine;
  try {
    machine = openMachine(required);
  } catch (cause) {
    throw nativeRefusal(option, `the system refused: ${messageOf(cause)}`, cause);
  }
  if (machine) return machine;
  throw nativeRefusal(option, `the processor has no ${INSTRUCTIONS[required]}`);
}

/** Why native code cannot be used on this host, if that is known without trying. */
function obstacleOf({ fused, shared }: { fused: boolean; shared: boolean }): string | undefined {
  if (typeof Deno === "undefined" || !Deno.dlopen) return NOT_DENO;
  if (Deno.build.arch !== "x86_64") return `the processor is ${Deno.build.arch}, not x86_64`;
  if (!shared) return "the memory is not shared";
  if (!fused) return "relaxed SIMD is off or not supported, so results would differ";
  const { state } = Deno.permissions.querySync({ name: "ffi" });
  return state === "granted" ? undefined : "the permission --allow-ffi has not been granted";
}

function openWidest(): NativeMachine | undefined {
  try {
    return openMachine(undefined);
  } catch (cause) {
    console.warn(`Native code is off, and WebAssembly runs instead: ${messageOf(cause)}`);
    return undefined;
  }
}

/** Opens a machine with vectors of the given width, or of the widest; `undefined` without them. */
function openMachine(vectorBytes: VectorBytes | undefined): NativeMachine | undefined {
  const system = openSystem(Deno.build);
  try {
    const widest = detectVectorBytes(system);
    const used = vectorBytes ?? widest;
    if (used > 16 && used <= widest) return new NativeMachine(system, used);
  } catch (error) {
    system[Symbol.dispose]();
    throw error;
  }
  system[Symbol.dispose]();
  return undefined;
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
