/**
 * A first-order model of the time of a launch: the largest of three limits, plus a constant for the
 * launch itself. Trust it to a factor of 2.
 * @module
 */
import type { Gpu } from "./gpus.ts";
import type { KernelFacts, LaunchFacts } from "./launches.ts";
import { isHeavy, type KernelClass, shares } from "./kernel_classes.ts";

/** Share of the peak bandwidth that code reaches, and of the cache that a launch can use. */
const usable = { memory: 0.8, cache: 0.6, cacheSize: 0.7 };

/** Bytes that an invocation has in flight: two vec4 loads. */
const BYTES_IN_FLIGHT = 32;

/** Most invocations of a compute unit at the same time. */
const RESIDENT_INVOCATIONS = 1024;

/** Lanes of a warp. */
const WARP = 32;

/** Most warps per scheduler at the same time, at about 120 registers. */
const RESIDENT_WARPS = 4;

/** After how many instructions a warp waits for memory, and how many cycles. */
const waits = {
  workgroup: { instructions: 1700, cycles: 1200 },
  registers: { instructions: 250, cycles: 350 },
};

/** Share of multiply-adds among instructions, from 0 to 1, by shader. */
export type MeasuredShares = ReadonlyMap<string, number>;

/** Predicts the time of a step in milliseconds. */
export function predictStep(
  launches: readonly LaunchFacts[],
  gpu: Gpu,
  measured: MeasuredShares = new Map(),
): number {
  const seconds = launches.reduce(
    (sum, launch) => sum + predictLaunch(launch, gpu, measured.get(launch.source)),
    0,
  );
  return 1000 * seconds;
}

/**
 * Predicts the time of a launch in seconds.
 * @param share of multiply-adds in its code; by default the floor of its kind
 */
export function predictLaunch(launch: LaunchFacts, gpu: Gpu, share?: number): number {
  const busiest = Math.max(
    transferTime(launch, gpu),
    waitingTime(launch, gpu),
    arithmeticTime(launch, gpu, share),
  );
  return busiest + gpu.launch * 1e-6;
}

/** Limit 1: all bytes pass at the bandwidth of the cache or of device memory. */
function transferTime({ bytes }: LaunchFacts, gpu: Gpu): number {
  const isCached = bytes <= usable.cacheSize * gpu.cacheSize * 1e6;
  const rate = isCached ? usable.cache * gpu.cacheRate : usable.memory * gpu.memoryRate;
  return bytes / (rate * 1e9);
}

/** Limit 2: few invocations have few bytes in flight, and wait for each of them. */
function waitingTime({ bytes, invocations }: LaunchFacts, gpu: Gpu): number {
  const inFlight = BYTES_IN_FLIGHT * Math.min(invocations, gpu.units * RESIDENT_INVOCATIONS);
  return bytes / Math.max(1, inFlight) * gpu.latency / (gpu.gigahertz * 1e9);
}

/** Limit 3: the busiest scheduler executes all instructions of its warps. */
function arithmeticTime(launch: LaunchFacts, gpu: Gpu, share?: number): number {
  const heaviest = heaviestOf(launch);
  if (!heaviest || launch.flops === 0) return 0;
  const multiplyAdds = launch.flops / 2 / launch.invocations;
  const instructions = multiplyAdds / (share ?? expectedShare(heaviest.class));
  const schedulers = gpu.units * gpu.lanes / WARP;
  const warps = Math.ceil(launch.invocations / WARP / schedulers);
  const wait = heaviest.class === "product in workgroup memory" ? waits.workgroup : waits.registers;
  const waiting = instructions / wait.instructions * wait.cycles;
  // Warps hide each other's waits, unless there are too few of them.
  const rounds = Math.ceil(warps / RESIDENT_WARPS);
  const cycles = Math.max(warps * instructions, rounds * (instructions + waiting));
  return cycles / (gpu.gigahertz * 1e9);
}

/** The kernel of a launch with the most arithmetic. */
export function heaviestOf({ kernels }: LaunchFacts): KernelFacts | undefined {
  return kernels.toSorted((a, b) => b.flops - a.flops)[0];
}

function expectedShare(kernelClass: KernelClass): number {
  return isHeavy(kernelClass) ? shares[kernelClass].floor / 100 : 0.3;
}
