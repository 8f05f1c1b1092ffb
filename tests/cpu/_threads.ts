import type { CpuBackend } from "../../cpu/mod.ts";

/** Waits until all workers have started; fails after ten seconds. */
export async function untilReady(cpu: CpuBackend, threads: number): Promise<void> {
  for (let i = 0; i < 1000; i++) {
    if (cpu.readyThreads === threads) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`only ${cpu.readyThreads} of ${threads} threads are there`);
}
