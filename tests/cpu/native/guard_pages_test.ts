import { assert, assertEquals } from "@std/assert";
import { guardedByteLength, guardMemory } from "../../../cpu/native/guard_pages.ts";
import { openSystem } from "../../../cpu/native/system.ts";
import { isAvailable } from "./_native.ts";

const ignore = !isAvailable("avx2");

Deno.test({
  name: "guarded memory ends at a page that nothing may access, wherever its block is",
  ignore,
  fn() {
    for (const block of [0, 64, 4032, 4096, 5000 * 64]) {
      for (const byteLength of [1, 64, 4095, 4096, 4097, 100_000]) {
        const pages: bigint[] = [];
        using real = openSystem(Deno.build);
        const system = {
          ...real,
          protect: (page: bigint) => pages.push(page) > 0,
          unprotect: (page: bigint) => void pages.splice(pages.indexOf(page), 1),
        };
        const { address, open } = guardMemory(system, 0n, { block, byteLength });
        const [before, after] = pages.map(Number);
        assertEquals([before! % 4096, after! % 4096, address % 64], [0, 0, 0]);
        assert(block <= before! && before! + 4096 <= address);
        assert(address + byteLength <= after! && after! - address - byteLength < 64);
        assert(after! + 4096 <= block + guardedByteLength(byteLength));
        open();
        assertEquals(pages, []);
      }
    }
  },
});

Deno.test({
  name: "a program that reads behind its scratch memory ends there",
  ignore,
  async fn() {
    const program = `${import.meta.dirname}/_guard_pages.ts`;
    const run = async (offset: number) => {
      const { success, stdout } = await new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "--no-check",
          "--no-config",
          "--no-lock",
          "--allow-ffi",
          program,
          `${offset}`,
        ],
        stdout: "piped",
        stderr: "null",
      }).output();
      return [success, new TextDecoder().decode(stdout).trim()];
    };
    assertEquals(await run(-4), [true, "7"]);
    assertEquals(await run(0), [false, ""]);
    assertEquals(await run(4092), [false, ""]);
  },
});
