import { CpuBackend } from "../../cpu/backend.ts";
import type { Thresholds } from "../../cpu/schedule.ts";
import { detectWasmFeatures } from "../../cpu/wasm/features.ts";

/** Random graphs are small: all of their work is shared all the same, in the smallest pieces. */
const everything: Thresholds = { parallelDispatch: 0, parallelPlan: 0, chunk: 1 };

/** A CPU backend whose threads share every kernel, unlike that of `openCpu`. */
export function openSharing(
  threads: number,
  { checked = false, mainMaySleep = true }: {
    readonly checked?: boolean;
    /** False on a page, whose main thread may not block. */
    readonly mainMaySleep?: boolean;
  } = {},
): CpuBackend {
  return new CpuBackend({
    description: `${threads} threads that share everything${checked ? ", checked" : ""}`,
    shared: threads > 1,
    threads,
    fused: detectWasmFeatures().relaxedSimd,
    mainMaySleep,
    checked,
    thresholds: everything,
  });
}
