/** What tests of native code share: backends with and without it, and comparison of bits. */
import { assertEquals } from "@std/assert";
import { CpuBackend, type CpuConfiguration } from "../../../cpu/backend.ts";
import { openCpu, type OpenCpuOptions } from "../../../cpu/mod.ts";
import { openNative } from "../../../cpu/native/open_native.ts";
import { bytesOf } from "../../../graph/bytes_of.ts";
import type { Executable, HostArray, Kernel } from "../../../graph/mod.ts";
import { externalPlan, runOn, type SlotData } from "../../gpu/_plans.ts";
import { until } from "../_threads.ts";

/** An instruction set that has native code. */
export type Instructions = "avx2" | "avx512";

/** The instruction sets. */
export const instructionSets: readonly Instructions[] = ["avx2", "avx512"];

/** Whether this host can run the instructions and the tests may. */
export function isAvailable(native: Instructions): boolean {
  try {
    openCpu({ threads: 1, native })[Symbol.dispose]();
    return true;
  } catch {
    return false;
  }
}

/** A test for each instruction set, which is ignored, visibly, where there is none. */
export function nativeTest(
  name: string,
  test: (native: Instructions) => Promise<void> | void,
): void {
  for (const native of instructionSets) {
    Deno.test({ name: `${native}: ${name}`, ignore: !isAvailable(native), fn: () => test(native) });
  }
}

/** Opens a backend that shares even the smallest work between its threads. */
export function openSharing(native: Instructions | "off", threads: number): CpuBackend {
  const configuration: CpuConfiguration = {
    shared: true,
    threads,
    fused: true,
    mainMaySleep: true,
    checked: false,
    native: openNative(native, { fused: true, shared: true }),
    thresholds: { parallelDispatch: 1, parallelPlan: 1, chunk: 1 },
    description: `${native}, ${threads} threads that share everything`,
  };
  return new CpuBackend(configuration);
}

/**
 * Runs an executable until all threads of its backend are there, and then a few times more. Workers
 * that went away in the meantime are started again by the runs.
 */
export async function runTogether(
  cpu: CpuBackend,
  executable: Executable,
  threads: number,
): Promise<void> {
  await until(() => {
    executable.run();
    return cpu.readyThreads === threads;
  });
  for (let run = 0; run < 5; run++) executable.run();
}

/** Runs a kernel on a new backend; gives what every slot holds afterwards. */
export async function runKernel(
  kernel: Kernel,
  slots: readonly SlotData[],
  options: OpenCpuOptions,
): Promise<readonly HostArray[]> {
  using cpu = openCpu(options);
  return await runOn(cpu, externalPlan([[kernel]], slots), slots);
}

/** Asserts that arrays have the same bits. Those of NaN are undefined in WebAssembly. */
export function assertSameBits(
  actual: readonly HostArray[],
  expected: readonly HostArray[],
  what: string,
): void {
  assertEquals(actual.length, expected.length);
  actual.forEach((data, slot) => {
    const [a, b] = [data, expected[slot]!].map(bytesOf);
    const isNaN = (i: number) =>
      Number.isNaN(data[i >> 2]) && Number.isNaN(expected[slot]![i >> 2]);
    const different = a!.findIndex((byte, i) => byte !== b![i] && !isNaN(i));
    const place = different < 0
      ? ""
      : `: element ${different >> 2} is ${data[different >> 2]}, not ${
        expected[slot]![different >> 2]
      }`;
    assertEquals([a!.length, different], [b!.length, -1], `${what}, slot ${slot}${place}`);
  });
}
