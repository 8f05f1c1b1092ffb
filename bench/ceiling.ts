/**
 * The ceiling of a device: its peak rates, measured in the same run as the cases compared with it.
 * @module
 */
import type { Backend } from "../mod.ts";
import { type OpCase, peakCase, streamCase } from "./op_cases.ts";
import { prepareOp } from "./job.ts";
import { type Effort, measure } from "./measure.ts";
import { planBytes } from "./traffic.ts";

/** Peak rates of a device. */
export interface Ceiling {
  /** GFLOP/s of a large matrix product. */
  readonly gflops: number;
  /** GB/s of streams far larger than the caches. */
  readonly gigabytes: number;
}

/** Measures both peak rates, as the fastest sample instead of the median. */
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
 * Time at the ceiling ÷ measured time. The time at the ceiling is the larger one of arithmetic and
 * memory. Work that fits in the caches can exceed 1.
 */
export function shareOfCeiling(
  { flops, bytes, milliseconds }: { flops: number; bytes: number; milliseconds: number },
  ceiling: Ceiling,
): number {
  const least = Math.max(flops / ceiling.gflops, bytes / ceiling.gigabytes) / 1e6;
  return least / milliseconds;
}
