import type { CpuBackend } from "../../cpu/mod.ts";

/** Waits until something is so; fails after ten seconds. */
export async function until(isSo: () => boolean): Promise<boolean> {
  for (let i = 0; i < 1000; i++) {
    if (isSo()) return true;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("it did not happen within ten seconds");
}

/** Waits until this many threads are ready. */
export async function untilReady(cpu: CpuBackend, threads: number): Promise<void> {
  await until(() => cpu.readyThreads === threads);
}
