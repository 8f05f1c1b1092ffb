/**
 * Takes the place of `open_native.ts` in programs that are bundled for browsers: the npm package
 * says so in its `browser` field. Pages cannot run native code, so they download none of it.
 */
import type { NativeMachine } from "./machine.ts";
import { type NativeOption, nativeRefusal, NOT_DENO } from "./native_option.ts";

/**
 * Opens nothing.
 * @throws {DeviceError} if an instruction set is requested
 */
export function openNative(option: NativeOption): NativeMachine | undefined {
  if (option === "off" || option === "auto") return undefined;
  throw nativeRefusal(option, NOT_DENO);
}
