/** GPUs that the model predicts times for. Figures are from the vendors' data sheets unless noted. */

import type { AdapterClass } from "../../gpu/adapter_class.ts";

/** What the model knows of a GPU. */
export interface Gpu {
  readonly name: string;
  /** The class whose launches it runs. */
  readonly adapterClass: AdapterClass;
  /** Compute units: streaming multiprocessors of NVIDIA, compute units of AMD, cores of Apple. */
  readonly units: number;
  /** Lanes of a unit that start a multiply-add in each cycle. */
  readonly lanes: number;
  readonly gigahertz: number;
  /** Bandwidth of device memory in GB/s. */
  readonly memoryRate: number;
  /** Size of the last-level cache in MB, and its bandwidth in GB/s (estimated). */
  readonly cacheSize: number;
  readonly cacheRate: number;
  /** Cycles until a load returns (estimated). */
  readonly latency: number;
  /** Time of a launch that does nothing, in microseconds (estimated). */
  readonly launch: number;
}

/** To add a GPU to the report, add a row. */
export const gpus: readonly Gpu[] = [
  {
    name: "RTX 4090",
    adapterClass: "nvidia",
    units: 128,
    lanes: 128,
    gigahertz: 2.52,
    memoryRate: 1008,
    cacheSize: 72,
    cacheRate: 4500,
    latency: 600,
    launch: 3,
  },
  {
    name: "H200",
    adapterClass: "nvidia",
    units: 132,
    lanes: 128,
    gigahertz: 1.98,
    memoryRate: 4800,
    cacheSize: 50,
    cacheRate: 5500,
    latency: 600,
    launch: 3,
  },
  {
    name: "RX 7900 XTX",
    adapterClass: "amd",
    units: 96,
    lanes: 64, // without dual issue, which our code does not use
    gigahertz: 2.5,
    memoryRate: 960,
    cacheSize: 96,
    cacheRate: 3000,
    latency: 700,
    launch: 4,
  },
  {
    name: "M2",
    adapterClass: "apple",
    units: 10,
    lanes: 128,
    gigahertz: 1.4,
    memoryRate: 100,
    cacheSize: 8,
    cacheRate: 300,
    latency: 500,
    launch: 6,
  },
  {
    name: "Arc A770",
    adapterClass: "intel",
    units: 32,
    lanes: 128,
    gigahertz: 2.1,
    memoryRate: 560,
    cacheSize: 16,
    cacheRate: 1500,
    latency: 700,
    launch: 6,
  },
];
