import { assertEquals } from "@std/assert";
import { detectWasmFeatures } from "../../../cpu/wasm/features.ts";

/** A module, byte by byte, with a function that has a vector on the stack three times. */
function threeVectors(instruction: readonly number[]): Uint8Array<ArrayBuffer> {
  const body = [1, 1, 0x7b, 0x20, 0, 0x20, 0, 0x20, 0, ...instruction, 0x1a, 0x0b];
  const code = [1, body.length, ...body];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...[1, 4, 1, 0x60, 0, 0],
    ...[3, 2, 1, 0],
    ...[10, code.length, ...code],
  ]);
}

Deno.test("feature detection agrees with what this engine accepts", () => {
  const features = detectWasmFeatures();
  const bitselect = [0xfd, 0x52];
  const relaxedMultiplyAdd = [0xfd, 0x85, 2];
  assertEquals(features, {
    simd: WebAssembly.validate(threeVectors(bitselect)),
    relaxedSimd: WebAssembly.validate(threeVectors(relaxedMultiplyAdd)),
    threads: typeof SharedArrayBuffer !== "undefined",
  });
  assertEquals(features.simd, true);
});
