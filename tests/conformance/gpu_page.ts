/**
 * A page that runs a conformance table on the WebGPU backend: `?table=part`, with `&limits=default`
 * on a device with WebGPU's default limits, and with `&class=other` as for another adapter.
 */
import { type AdapterClass, openGpu, whyNoAdapter } from "../../gpu/mod.ts";
import { useDefaultLimits, watchShaders } from "../portable/gpu_hooks.js";
import { postAnswer, reportProgress } from "./answer.ts";
import { type Outcome, runTable } from "./recording.ts";
import { gpuTables } from "./table.ts";

/** What the page posts. */
export interface GpuAnswer {
  readonly outcomes: readonly Outcome[];
  readonly description: string;
  /** Buffers that a dispatch may touch. */
  readonly slotsPerDispatch: number;
  /** Number of compiled shaders. */
  readonly modules: number;
  /** Messages of the shader compiler. */
  readonly messages: readonly string[];
}

async function run(): Promise<GpuAnswer> {
  const request = new URLSearchParams(location.search);
  const table = request.get("table") as keyof typeof gpuTables;
  const adapterClass = request.get("class") as AdapterClass | null;
  const shaders = watchShaders();
  if (request.get("limits") === "default") useDefaultLimits();
  using backend = await openGpu(adapterClass ? { adapterClass } : {});
  if (!backend) throw new Error(whyNoAdapter());
  const outcomes = await runTable(gpuTables[table], backend, reportProgress);
  const { description, limits: { slotsPerDispatch } } = backend;
  return { outcomes, description, slotsPerDispatch, ...await shaders() };
}

await postAnswer(run);
