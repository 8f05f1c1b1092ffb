/**
 * What a device can do at best, measured in the same run as what it is compared with.
 * @module
 */
import type { Backend } from "../mod.ts";
import { type OpCase, peakCase, streamCase } from "./cases.ts";
import { prepareOp } from "./job.ts";
import { type Effort, measure } from "./measure.ts";
import { planBytes } from "./traffic.ts";

/** The best that was seen of a device. */
export interface Ceiling {
  /** Of a large product. */
  readonly gflops: number;
  /** Of streams far larger than the caches. */
  readonly gigabytes: number;
}

/** Measures both ceilings; they are the fastest stretch, not the median. */
export async function measureCeiling(backend: Backend, effort: Effort): Promise<Ceiling> {
  const best = async (benchCase: OpCase) => {
    using job = await prepareOp(benchCase, backend);
    const { min } = await measure(job, effort);
    return { min, bytes: planBytes(job.plan) };
  };
  const peak = await best(peakCase);
  const stream = await best(streamCase);
  return {
    gflops: peakCase.flops / peak.min / 1e6,
    gigabytes: stream.bytes / stream.min / 1e6,
  };
}

/**
 * Time that the ceiling allows ÷ time taken: the larger of arithmetic and memory counts. Work that
 * stays in the caches can pass 1.
 */
export function shareOfCeiling(
  { flops, bytes, milliseconds }: { flops: number; bytes: number; milliseconds: number },
  ceiling: Ceiling,
): number {
  const least = Math.max(flops / ceiling.gflops, bytes / ceiling.gigabytes) / 1e6;
  return least / milliseconds;
}
