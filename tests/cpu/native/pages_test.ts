import { assertEquals, assertThrows } from "@std/assert";
import { nativeOptions } from "../../../cpu/native/native_option.ts";
import { openNative } from "../../../cpu/native/open_native_on_pages.ts";
import { DeviceError } from "../../../graph/mod.ts";

for (const option of nativeOptions) {
  Deno.test(`on pages, "${option}" opens no native code`, () => {
    if (option === "auto" || option === "off") assertEquals(openNative(option), undefined);
    else {
      assertThrows(
        () => openNative(option),
        DeviceError,
        `Cannot open cpu: native: "${option}" needs Deno with --allow-ffi on an x86-64 processor ` +
          "with these instructions, relaxed SIMD, and shared memory: the runtime is not Deno",
      );
    }
  });
}
