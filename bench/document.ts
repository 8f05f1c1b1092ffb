/**
 * The results of a run as one JSON document, made to be sent to others. It holds nothing about the
 * person or the machine beyond the processor's cores, the GPU, and software versions.
 * @module
 */
import manifest from "../deno.json" with { type: "json" };
import type { GpuBackend } from "../gpu/mod.ts";
import type { Ceiling } from "./ceiling.ts";
import type { GoalResult } from "./goals.ts";
import type { TimedGpu } from "./gpu_clock.ts";
import type { CompileRow } from "./compile_time.ts";
import type { MemoryRow } from "./memory.ts";
import type { OwnRow } from "./own.ts";
import type { PeerRow } from "./peers/compare.ts";
import type { RanksRow } from "./ranks/measure_ranks.ts";
import type { StartUp } from "./start_up.ts";

/** The format. Its number increases when a field changes or disappears. */
export const SCHEMA = "gspace-bench/1";

/** The GPU of a run. */
export interface GpuFacts {
  readonly adapter: GpuBackend["adapter"];
  /** What the device provides, which is what the adapter has. */
  readonly limits: Readonly<Record<string, number>>;
  /** Nanoseconds of a tick of the GPU's clock; missing without timestamp queries. */
  readonly nanosecondsPerTick?: number;
}

/** Results of a run. Times are in milliseconds. */
export interface Results {
  /** Description of each device that was measured. */
  readonly devices: Readonly<Record<string, string>>;
  readonly gpu?: GpuFacts;
  /** Peak rates of each device. */
  readonly ceilings: Readonly<Record<string, Ceiling>>;
  readonly own: readonly OwnRow[];
  readonly peers: readonly PeerRow[];
  readonly memory: readonly MemoryRow[];
  readonly compile: readonly CompileRow[];
  readonly goals: readonly GoalResult[];
  readonly startUp?: StartUp;
  /** With `--device mpi`. */
  readonly ranks?: RanksRow;
}

/** A document. */
export interface BenchDocument extends Results {
  readonly schema: typeof SCHEMA;
  readonly date: string;
  /** Whether the run has ended. An interrupted run leaves what it has measured. */
  readonly isComplete: boolean;
  readonly versions: Readonly<Record<"gspace" | "deno" | "v8", string>>;
  readonly platform: { readonly os: string; readonly arch: string; readonly cores: number };
  /** Average number of running processes in the last 1, 5, and 15 minutes. */
  readonly load: readonly number[];
  readonly options: { readonly quick: boolean; readonly filter: string };
}

const limitNames = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupsPerDimension",
] as const satisfies readonly (keyof GPUSupportedLimits)[];

/** Describes a GPU, after its clock was calibrated. */
export function gpuFacts({ backend, device, clock }: TimedGpu): GpuFacts {
  return {
    adapter: backend.adapter,
    limits: Object.fromEntries(limitNames.map((name) => [name, device.limits[name]])),
    ...(clock && { nanosecondsPerTick: clock.nanosecondsPerTick }),
  };
}

/** Adds when and with what the results were measured. */
export function documentOf(
  results: Results,
  { quick, filter, isComplete }: BenchDocument["options"] & Pick<BenchDocument, "isComplete">,
): BenchDocument {
  return {
    schema: SCHEMA,
    date: new Date().toISOString(),
    isComplete,
    versions: { gspace: manifest.version, deno: Deno.version.deno, v8: Deno.version.v8 },
    platform: {
      os: Deno.build.os,
      arch: Deno.build.arch,
      cores: navigator.hardwareConcurrency,
    },
    load: Deno.loadavg(),
    options: { quick, filter },
    ...results,
  };
}
