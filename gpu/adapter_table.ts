/**
 * Tuning parameters for each class of adapters. The values for the software adapter (Mesa's
 * lavapipe) were measured. Those for GPUs are from their machine code and a model of their time,
 * not yet from devices: `deno task gpu-report`, and bench/NOTES.md.
 * @module
 */

import type { AdapterClass } from "./adapter_class.ts";
import type { AdapterProfile } from "./adapter_profile.ts";

/** What GPUs have in common. The classes of vendors differ from it in a few values. */
const gpu: AdapterProfile = {
  alternateKernels: false,
  joinsDispatches: true,
  loopWorkgroup: { most: 64, least: 64, groups: 1 },
  matmulWorkgroup: 64,
  parallelInvocations: 16_384,
  matmulTiles: [
    { rows: 8, columns: 8 },
    { rows: 8, columns: 4 },
    { rows: 4, columns: 8 },
    { rows: 4, columns: 4 },
  ],
  matmulPointers: true,
  matmulSharers: 8,
  matmulRegisters: 128,
  conv2dWorkgroup: { most: 64, least: 64, groups: 1 },
  channelsPerWorkgroup: true,
  conv2dWeightProducts: true,
  conv2dTiles: [
    { channels: 8, rows: 1, pixels: 8 },
    { channels: 8, rows: 1, pixels: 4 },
    { channels: 4, rows: 1, pixels: 8 },
  ],
  conv2dSharers: 4,
  conv2dWeightTiles: [
    { out: 8, in: 8 },
    { out: 8, in: 4 },
    { out: 4, in: 4 },
    { out: 4, in: 2 },
  ],
  conv2dAccumulators: 64,
  conv2dWeightInvocations: 65_536,
  conv2dWeightTerms: 16_384,
  loadCost: 1,
  compileCost: 0,
  cooperativeWorkgroups: [256, 64],
  cooperativeGroups: 128,
  cooperativeUnroll: 4,
  workgroupMemoryFrom: 256 * 256 * 256,
  reductionWorkgroup: 256,
  leastTurns: 4,
  maxTrips: 2 ** 24,
  longRow: 4096,
  parallelRows: 32,
};

/** The tuning parameters of each class of adapters. */
export const adapterTable: Readonly<Record<AdapterClass, AdapterProfile>> = {
  software: {
    alternateKernels: true,
    joinsDispatches: false,
    // Large workgroups halve the cost of streaming, but small launches must still use both cores.
    loopWorkgroup: { most: 64, least: 16, groups: 8 },
    matmulWorkgroup: 16,
    parallelInvocations: 16,
    matmulTiles: [
      { rows: 32, columns: 32, rolled: true },
      { rows: 16, columns: 16, rolled: true },
      { rows: 8, columns: 8 },
      { rows: 8, columns: 4 },
      { rows: 4, columns: 8 },
      { rows: 4, columns: 4 },
      { rows: 2, columns: 4 },
    ],
    matmulPointers: false,
    matmulSharers: 1,
    matmulRegisters: 128,
    conv2dWorkgroup: { most: 32, least: 8, groups: 16 },
    channelsPerWorkgroup: false,
    conv2dWeightProducts: false,
    conv2dTiles: [
      { channels: 16, rows: 1, pixels: 32, rolled: true },
      { channels: 16, rows: 2, pixels: 16, rolled: true },
      { channels: 16, rows: 4, pixels: 8, rolled: true },
      { channels: 16, rows: 4, pixels: 4, rolled: true },
      { channels: 8, rows: 1, pixels: 16 },
      { channels: 8, rows: 1, pixels: 8 },
      { channels: 8, rows: 1, pixels: 4 },
      { channels: 4, rows: 1, pixels: 8 },
      { channels: 4, rows: 1, pixels: 4 },
    ],
    conv2dSharers: 1,
    conv2dWeightTiles: [
      { out: 16, in: 16, rolled: true },
      { out: 16, in: 8, rolled: true },
      { out: 8, in: 8, rolled: true },
      { out: 8, in: 4 },
      { out: 4, in: 4 },
      { out: 4, in: 2 },
    ],
    conv2dAccumulators: 768,
    conv2dWeightInvocations: 96,
    conv2dWeightTerms: 16_384,
    loadCost: 30,
    compileCost: 1000,
    cooperativeWorkgroups: [],
    cooperativeGroups: 1,
    cooperativeUnroll: 4,
    workgroupMemoryFrom: Infinity,
    reductionWorkgroup: 64,
    leastTurns: Infinity,
    maxTrips: 60_000,
    longRow: 4096,
    parallelRows: 16,
  },
  nvidia: { ...gpu, parallelInvocations: 32_768 },
  amd: gpu,
  apple: { ...gpu, cooperativeGroups: 32 },
  intel: {
    ...gpu,
    // Half the registers of other GPUs: smaller tiles, and loops where the others unroll.
    matmulTiles: gpu.matmulTiles.filter(({ rows, columns }) => rows * columns <= 32),
    matmulRegisters: 80,
    conv2dTiles: [
      { channels: 8, rows: 1, pixels: 4 },
      { channels: 4, rows: 1, pixels: 8 },
      { channels: 4, rows: 1, pixels: 4 },
    ],
    conv2dWeightProducts: false,
    conv2dAccumulators: 32,
    conv2dWeightInvocations: 8192,
    cooperativeWorkgroups: [64],
    cooperativeGroups: 64,
    cooperativeUnroll: 1,
  },
  other: gpu,
};
