import { assertEquals, assertThrows } from "@std/assert";
import { DeviceError } from "../../graph/errors.ts";
import { s } from "../../graph/mod.ts";
import { adapterTable } from "../../gpu/adapter_table.ts";
import { printLaunches } from "../../gpu/launch.ts";
import { at, externalPlan, loop, position, product, tableOf, zeros } from "./_plans.ts";

const size = 2048;

/** A product with tiles of 8 KiB in workgroup memory, and sums of rows, which use it, too. */
const kernels = [
  product({ m: size, n: size, k: 256 }, [
    { slot: 2, index: position([size, size], [0, 1]), value: s.result(0, "f32") },
  ]),
  loop({
    outer: [16],
    inner: [4096],
    reductions: [{ combine: "sum", value: at(3, [16, 4096], { axes: [0, 1] }) }],
    outerStores: [{ slot: 4, index: position([16], [0]), value: s.result(0, "f32") }],
  }),
];

const { slots } = externalPlan([kernels], [
  zeros("f32", [size, 256]),
  zeros("f32", [256, size]),
  zeros("f32", [size, size]),
  zeros("f32", [16, 4096]),
  zeros("f32", [16]),
]);

function launches(options: { maxSlots: number; maxWorkgroupBytes: number }) {
  const table = tableOf({ ...adapterTable.other, cooperativeWorkgroups: [64] });
  return printLaunches({ kernels }, { slots, table, ...options });
}

const parts = (options: { maxSlots: number; maxWorkgroupBytes: number }) =>
  launches(options).map((launch) => launch.parts.map(({ kernel }) => kernel.kind));

Deno.test("kernels that do not fit in workgroup memory together have launches of their own", () => {
  assertEquals(parts({ maxSlots: 64, maxWorkgroupBytes: 32_768 }), [["matmul", "loop"]]);
  assertEquals(parts({ maxSlots: 64, maxWorkgroupBytes: 8192 }), [["matmul"], ["loop"]]);
});

Deno.test("a kernel that does not fit in workgroup memory alone is refused by name", () => {
  assertThrows(
    () => parts({ maxSlots: 64, maxWorkgroupBytes: 8191 }),
    DeviceError,
    "8191 bytes of workgroup memory: current kernel needs 8192",
  );
});

Deno.test("kernels that bind too many buffers together have launches of their own", () => {
  assertEquals(parts({ maxSlots: 5, maxWorkgroupBytes: 32_768 }), [["matmul", "loop"]]);
  assertEquals(parts({ maxSlots: 4, maxWorkgroupBytes: 32_768 }), [["matmul"], ["loop"]]);
});
