/**
 * Measurements of Gspace: all cases on one device.
 * @module
 */
import type { Backend } from "../mod.ts";
import { type Case, cases } from "./cases.ts";
import type { OpCase } from "./op_cases.ts";
import { type Ceiling, measureCeiling, shareOfCeiling } from "./ceiling.ts";
import { measureGpuCeiling } from "./gpu_ceiling.ts";
import type { TimedGpu } from "./gpu_clock.ts";
import { type Job, prepare } from "./job.ts";
import { type Effort, measureInTurns, pairedRatio, type Timing, timingOf } from "./measure.ts";
import { type DispatchRow, profile } from "./profile.ts";
import { planBytes } from "./traffic.ts";
import { countWebGpuCalls, type WebGpuCalls } from "./webgpu_calls.ts";

/** Measurements of a case on a device. */
export interface OwnRow {
  readonly device: string;
  readonly name: string;
  readonly timing: Timing;
  /** Time of the kernels of a run by the GPU's clock, if it has one. */
  readonly kernelTiming?: Timing;
  /** Rates are by the GPU's clock, too, if it has one. */
  readonly gflops: number;
  readonly gigabytes: number;
  /** Fraction of the ceiling; 1 means as fast as the ceiling. */
  readonly share: number;
  /** Kernel launches of one run: counted on WebGPU, taken from the plan on the CPU. */
  readonly dispatches: number;
  /** WebGPU calls of one run after warm-up. */
  readonly calls?: WebGpuCalls;
  /** Time ÷ time of plain SGD, measured alternately with it. */
  readonly timesSgd?: number;
}

/** How long to measure. */
export interface OwnEffort {
  readonly ceiling: Effort;
  readonly op: Effort;
  readonly training: Effort;
}

/** Callbacks for results as they are measured. */
interface OwnListener {
  ceiling(ceiling: Ceiling): void;
  row(row: OwnRow): void;
  /** Called after the row of a case if a profile is requested. */
  profile(rows: readonly DispatchRow[]): void;
}

/** Measures the selected cases. */
export async function measureOwn(
  backend: Backend,
  { device, gpu, effort, wanted, profiled, listener }: {
    /** Name of the device in the rows. */
    readonly device: string;
    /** The same device, if it is a GPU. */
    readonly gpu?: TimedGpu;
    readonly effort: OwnEffort;
    readonly wanted: (name: string) => boolean;
    readonly profiled: boolean;
    readonly listener: OwnListener;
  },
): Promise<void> {
  const groups = inGroups(cases.filter(({ name }) => wanted(name)));
  if (groups.length === 0) return;
  const ceiling = gpu
    ? await measureGpuCeiling(gpu, effort.ceiling)
    : await measureCeiling(backend, effort.ceiling);
  listener.ceiling(ceiling);
  for (const group of groups) {
    const isTraining = group[0]?.kind !== "op";
    await measureGroup(group, {
      device,
      backend,
      ...(gpu && { gpu }),
      ceiling,
      effort: isTraining ? effort.training : effort.op,
      profiled,
      listener,
    });
  }
}

/** Groups training steps of one network, so that optimizers can be compared. */
function inGroups(list: readonly Case[]): Case[][] {
  const keyOf = (item: Case) => item.kind === "op" ? item.name : networkKey(item);
  return [...Map.groupBy(list, keyOf).values()];
}

function networkKey({ name, optimizer }: Exclude<Case, OpCase>): string {
  return name.slice(0, -optimizer.length);
}

interface Setting {
  readonly device: string;
  readonly backend: Backend;
  readonly gpu?: TimedGpu;
  readonly ceiling: Ceiling;
  readonly effort: Effort;
  readonly profiled: boolean;
  readonly listener: OwnListener;
}

async function measureGroup(group: readonly Case[], setting: Setting): Promise<void> {
  const { backend, effort, profiled, listener } = setting;
  using stack = new DisposableStack();
  const jobs: Job[] = [];
  for (const item of group) jobs.push(stack.use(await prepare(item, backend)));
  const timings = await measureInTurns(jobs, effort);
  for (const [i, job] of jobs.entries()) await checkFinite(group[i]?.name ?? "", job);
  const sgd = timings[group.findIndex((item) => "optimizer" in item && item.optimizer === "sgd")];
  for (const [i, item] of group.entries()) {
    const [job, timing] = [jobs[i], timings[i]];
    if (!job || !timing) throw new Error(`Internal: "${item.name}" was not measured`);
    const timesSgd = sgd && sgd !== timing ? pairedRatio(timing, sgd) : undefined;
    const kernelTiming = await timeKernels(job, timing, setting);
    const measured = { job, timing, ...(kernelTiming && { kernelTiming }) };
    listener.row({ ...rowOf(item, measured, setting), ...(timesSgd && { timesSgd }) });
    if (profiled) listener.profile(await profile(job.plan, backend, effort));
  }
  // wait for the counted runs: disposing a backend with much pending work ends the process
  for (const job of jobs) await job.wait();
}

/** Most runs whose kernels are timed, and about how many milliseconds they should take. */
const TIMED_RUNS = { most: 5, milliseconds: 1000 };

/** Times the kernels of a job by the GPU's clock, if it has one. */
async function timeKernels(
  { run }: Job,
  { median }: Timing,
  { gpu }: Setting,
): Promise<Timing | undefined> {
  if (!gpu?.clock) return undefined;
  const { most, milliseconds } = TIMED_RUNS;
  const runs = Math.max(1, Math.min(most, Math.floor(milliseconds / median)));
  const { times } = await gpu.clock.time(() => {
    for (let i = 0; i < runs; i++) run();
  });
  return timingOf(times);
}

/** Checks that the loss is finite, since arithmetic on NaN can take a different time. */
async function checkFinite(name: string, job: Job): Promise<void> {
  const loss = await job.loss?.();
  if (loss === undefined || Number.isFinite(loss)) return;
  throw new Error(`Cannot time "${name}": its loss must stay finite: current value is ${loss}`);
}

function rowOf(
  { name, flops }: Case,
  { job, timing, kernelTiming }: {
    readonly job: Job;
    readonly timing: Timing;
    readonly kernelTiming?: Timing;
  },
  { device, backend, ceiling }: Setting,
): OwnRow {
  const milliseconds = (kernelTiming ?? timing).median;
  const bytes = planBytes(job.plan);
  const calls = backend.name === "gpu" ? countWebGpuCalls(() => job.run()) : undefined;
  return {
    device,
    name,
    timing,
    ...(kernelTiming && { kernelTiming }),
    gflops: flops / milliseconds / 1e6,
    gigabytes: bytes / milliseconds / 1e6,
    share: shareOfCeiling({ flops, bytes, milliseconds }, ceiling),
    dispatches: calls?.dispatches ?? job.plan.dispatches.length,
    ...(calls && { calls }),
  };
}
