/**
 * The conformance tables: what each backend is held to, in Deno and on pages of browsers. The parts
 * are what CI has time for on pages.
 */
import type { OpCase } from "../cases/op_case.ts";
import { casesByOp } from "../cases/ops.ts";
import { bytesConformance } from "./bytes_suite.ts";
import { exactValuesConformance } from "./exact_values_suite.ts";
import { extentConformance } from "./extents_suite.ts";
import { longChainConformance } from "./long_chain_suite.ts";
import { loopKernelConformance } from "./loop_kernel_suite.ts";
import { manyOperandsConformance } from "./many_operands_suite.ts";
import { scatterConformance } from "./scatter_suite.ts";
import { sharedValueConformance } from "./shared_values_suite.ts";
import { specialValuesConformance } from "./special_values_suite.ts";
import { strideConformance } from "./strides_suite.ts";
import { type BackendTest, opConformance } from "./suite.ts";

/** A list of tests. */
export type Table = (backendTest: BackendTest) => void;

/** Everything that the CPU backend is held to. */
export function cpuConformance(backendTest: BackendTest): void {
  longChainConformance(backendTest);
  manyOperandsConformance(backendTest, [1, 31, 32, 33, 122, 300, 1100]);
  loopKernelConformance(backendTest);
  sharedValueConformance(backendTest);
  scatterConformance(backendTest);
  bytesConformance(backendTest);
  opConformance(backendTest);
  extentConformance(backendTest);
  strideConformance(backendTest);
  exactValuesConformance(backendTest);
  specialValuesConformance(backendTest, { ieee: true });
}

/** The same tests with fewer sizes. */
function cpuPart(backendTest: BackendTest): void {
  longChainConformance(backendTest);
  manyOperandsConformance(backendTest, [1, 33, 300]);
  loopKernelConformance(backendTest);
  sharedValueConformance(backendTest);
  scatterConformance(backendTest);
  bytesConformance(backendTest);
  opConformance(backendTest);
  extentConformance(backendTest, [3]);
  strideConformance(backendTest, { everyNth: 5 });
  exactValuesConformance(backendTest);
  specialValuesConformance(backendTest, { ieee: true });
}

/** Everything that the GPU backend is held to: fewer sizes, as software adapters compile slowly. */
export function gpuConformance(backendTest: BackendTest): void {
  longChainConformance(backendTest);
  manyOperandsConformance(backendTest, [33, 300]);
  loopKernelConformance(backendTest);
  sharedValueConformance(backendTest);
  scatterConformance(backendTest);
  bytesConformance(backendTest);
  opConformance(backendTest);
  extentConformance(backendTest, [3]);
  strideConformance(backendTest, { everyNth: 16 });
  exactValuesConformance(backendTest);
  specialValuesConformance(backendTest, { ieee: false });
}

/** Each op of the graph once, and with it each kind of kernel. */
function gpuPart(backendTest: BackendTest): void {
  manyOperandsConformance(backendTest, [33]);
  loopKernelConformance(backendTest);
  scatterConformance(backendTest);
  bytesConformance(backendTest);
  opConformance(backendTest, lastOfEachOp());
}

/** The kernels that real GPUs get, wherever they run. Few rows are scattered in another order. */
export function gpuKernelConformance(backendTest: BackendTest): void {
  scatterConformance(backendTest, 32);
  opConformance(backendTest);
  strideConformance(backendTest, { everyNth: 16 });
}

/** What the limits of a device change: dispatches that touch many buffers. */
export function limitsConformance(backendTest: BackendTest): void {
  manyOperandsConformance(backendTest, [9, 33]);
}

/** The last case of each op of the graph, which is one of the larger ones. */
function lastOfEachOp(): Map<string, OpCase[]> {
  return new Map([...casesByOp()].map(([name, cases]) => [name, cases.slice(-1)]));
}

/** The tables of a page on the CPU, by their names in its address. */
export const cpuTables = { all: cpuConformance, part: cpuPart } as const;

/** The tables of a page on WebGPU, by their names in its address. */
export const gpuTables = {
  all: gpuConformance,
  part: gpuPart,
  kernels: gpuKernelConformance,
  limits: limitsConformance,
} as const;
