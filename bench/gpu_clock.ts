/**
 * A GPU whose compute passes can be timed by its own clock.
 * @module
 */
import { type GpuBackend, openGpu } from "../gpu/mod.ts";
import type { Timed } from "./measure.ts";

/** The feature of adapters that have a clock. */
const FEATURE: GPUFeatureName = "timestamp-query";

/** A GPU, its device, and its clock if it has one. */
export interface TimedGpu {
  readonly backend: GpuBackend;
  readonly device: GPUDevice;
  readonly clock?: GpuClock;
}

/**
 * Opens the GPU like `openGpu`, with timestamp queries if it has them. Resolves to `null` if there
 * is no adapter.
 */
export async function openTimedGpu(): Promise<TimedGpu | null> {
  const { requestDevice } = GPUAdapter.prototype;
  let device: GPUDevice | undefined;
  GPUAdapter.prototype.requestDevice = async function (descriptor) {
    const requiredFeatures = this.features.has(FEATURE) ? [FEATURE] : [];
    return device = await requestDevice.call(this, { ...descriptor, requiredFeatures });
  };
  try {
    const backend = await openGpu();
    if (!backend) return null;
    if (!device) throw new Error("Internal: the backend requested no device");
    const hasClock = device.features.has(FEATURE);
    return { backend, device, ...(hasClock && { clock: new GpuClock(device) }) };
  } finally {
    GPUAdapter.prototype.requestDevice = requestDevice;
  }
}

/** Most compute passes that can be timed at once. */
const MOST_PASSES = 64;

/** Bytes of the two timestamps of a pass. */
const BYTES = 16;

/** The clock of a GPU: timestamps at the beginning and the end of each compute pass. */
export class GpuClock {
  readonly #device: GPUDevice;
  readonly #queries: GPUQuerySet;
  readonly #results: GPUBuffer;
  readonly #staging: GPUBuffer;
  #nanosecondsPerTick = 1;

  constructor(device: GPUDevice) {
    const buffer = (usage: number) =>
      device.createBuffer({ label: "timestamps", size: BYTES * MOST_PASSES, usage });
    this.#device = device;
    this.#queries = device.createQuerySet({ type: "timestamp", count: 2 * MOST_PASSES });
    this.#results = buffer(GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC);
    this.#staging = buffer(GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ);
  }

  /** Length of a tick. WebGPU says 1, but native implementations report the driver's ticks. */
  get nanosecondsPerTick(): number {
    return this.#nanosecondsPerTick;
  }

  /**
   * Compares the clock with that of the host. The job should take at least 20 ms. Drivers' ticks
   * take 1 ns, or 10 ns and more.
   */
  async calibrate(job: Timed): Promise<void> {
    await job.wait();
    const start = performance.now();
    const passes = await this.time(() => job.run(), () => job.wait());
    const ticks = passes.times.reduce((sum, time) => sum + time, 0) / this.#nanosecondsPerTick;
    const ratio = (passes.end - start) / ticks;
    this.#nanosecondsPerTick = ratio < 3 ? 1 : ratio;
  }

  /**
   * Times each compute pass that `work` submits, in milliseconds. At most 64 passes.
   * @param wait waits for the work; `end` is when it was over, on the clock of the host
   */
  async time(
    work: () => void,
    wait?: () => Promise<void>,
  ): Promise<{ readonly times: readonly number[]; readonly end: number }> {
    const passes = this.#countPasses(work);
    await wait?.();
    const end = performance.now();
    const size = BYTES * passes;
    const encoder = this.#device.createCommandEncoder({ label: "timestamps" });
    encoder.resolveQuerySet(this.#queries, 0, 2 * passes, this.#results, 0);
    encoder.copyBufferToBuffer(this.#results, 0, this.#staging, 0, size);
    this.#device.queue.submit([encoder.finish()]);
    await this.#staging.mapAsync(GPUMapMode.READ, 0, size);
    const ticks = new BigUint64Array(this.#staging.getMappedRange(0, size).slice(0));
    this.#staging.unmap();
    const times = Array.from({ length: passes }, (_, i) => {
      const length = Number((ticks[2 * i + 1] ?? 0n) - (ticks[2 * i] ?? 0n));
      return length * this.#nanosecondsPerTick / 1e6;
    });
    return { times, end };
  }

  /** Runs `work` with timestamps in each of its passes. */
  #countPasses(work: () => void): number {
    const { beginComputePass } = GPUCommandEncoder.prototype;
    const querySet = this.#queries;
    let passes = 0;
    GPUCommandEncoder.prototype.beginComputePass = function (descriptor) {
      if (passes === MOST_PASSES) throw new RangeError(`Cannot time more than ${passes} passes`);
      const first = 2 * passes++;
      const timestampWrites = {
        querySet,
        beginningOfPassWriteIndex: first,
        endOfPassWriteIndex: first + 1,
      };
      return beginComputePass.call(this, { ...descriptor, timestampWrites });
    };
    try {
      work();
    } finally {
      GPUCommandEncoder.prototype.beginComputePass = beginComputePass;
    }
    return passes;
  }
}
