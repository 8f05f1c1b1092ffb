import { assertEquals } from "@std/assert";
import { openCpu, type OpenCpuOptions } from "../../cpu/mod.ts";
import type { CpuBackend } from "../../cpu/mod.ts";

/** The options with which a test runs. */
export const configurations: readonly OpenCpuOptions[] = [
  { threads: 2 },
  { threads: 1 },
  { threads: 1, sharedMemory: false, relaxedSimd: false },
  { threads: 2, checked: true },
];

/** A test with its own backend, which fails if buffers are left over. */
export function cpuTest(
  name: string,
  test: (cpu: CpuBackend) => Promise<void> | void,
  options: OpenCpuOptions = {},
): void {
  Deno.test(name, async () => {
    using cpu = openCpu(options);
    await test(cpu);
    assertEquals(cpu.memory(), { liveBuffers: 0, liveBytes: 0 });
  });
}

/** The same in checked mode, where a kernel that leaves its slots fails the test. */
export function checkedCpuTest(
  name: string,
  test: (cpu: CpuBackend) => Promise<void> | void,
): void {
  cpuTest(`cpu, checked: ${name}`, test, { checked: true });
}
