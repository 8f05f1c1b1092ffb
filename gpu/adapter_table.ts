/**
 * Tuning parameters for each class of adapters. The values for the software adapter (Mesa's
 * lavapipe) were measured. Those for GPUs are from their machine code and a model of their time,
 * not yet from devices: `deno task gpu-report`, and bench/NOTES.md.
 * @module
 */

/** A register block of a matrix product: rows × columns per invocation. */
export interface MatmulTile {
  /** Number of rows, at least 1. */
  readonly rows: number;
  /** Number of columns, a multiple of 4. */
  readonly columns: number;
  /**
   * Whether to loop over the four positions of k in a trip instead of unrolling them. The unrolled
   * code of a large tile takes seconds to compile.
   */
  readonly rolled?: boolean;
}

/** The register block of one invocation of a forward or input-gradient convolution. */
export interface Conv2dTile {
  /** Channels of the result, a multiple of 4. */
  readonly channels: number;
  /** Rows of the result. */
  readonly rows: number;
  /** Adjacent pixels of a row, a multiple of 4. */
  readonly pixels: number;
  /** Whether to loop over the rows of a small weight, too; see `MatmulTile`. */
  readonly rolled?: boolean;
}

/** The register block of one invocation of a weight gradient, for one row of the weight. */
export interface Conv2dWeightTile {
  /** Output channels of the convolution. */
  readonly out: number;
  /** Input channels of the convolution. */
  readonly in: number;
  /** Whether to loop over pixels and stores where possible; see `MatmulTile`. */
  readonly rolled?: boolean;
}

/** Chooses the largest power of two in [`least`, `most`] that still gives `groups` workgroups. */
export interface WorkgroupChoice {
  /** Largest workgroup size, a power of two. */
  readonly most: number;
  /** Smallest workgroup size, a power of two. Used even if it gives fewer workgroups. */
  readonly least: number;
  /** Number of workgroups that saturates the adapter. */
  readonly groups: number;
}

/** Tuning parameters for one class of adapters. */
export interface AdapterProfile {
  /**
   * Whether to interleave the workgroups of a launch's kernels evenly. lavapipe gives each core one
   * contiguous range of workgroups, regardless of how much work they contain.
   */
  readonly alternateKernels: boolean;
  /** Whether to join independent dispatches if one of them leaves the adapter idle. */
  readonly joinsDispatches: boolean;
  /** Invocations per workgroup of a loop kernel. */
  readonly loopWorkgroup: WorkgroupChoice;
  /** Invocations per workgroup of a matrix product, a power of two. */
  readonly matmulWorkgroup: number;
  /** Number of invocations that keep the adapter busy. */
  readonly parallelInvocations: number;
  /** Candidate tiles. The one with the lowest estimated time is used. */
  readonly matmulTiles: readonly MatmulTile[];
  /** Invocations per workgroup of a tiled convolution. */
  readonly conv2dWorkgroup: WorkgroupChoice;
  /**
   * Whether all invocations of a workgroup of a tiled convolution have the same channels. Compilers
   * for hardware then load the weights once per wave.
   */
  readonly channelsPerWorkgroup: boolean;
  /** Candidate tiles for forward and input gradient, chosen by estimated time. */
  readonly conv2dTiles: readonly Conv2dTile[];
  /**
   * Most invocations that share a tile, a power of two: each sums a part of the source channels.
   * They keep the adapter busy with tiles that need fewer loads than smaller ones.
   */
  readonly conv2dSharers: number;
  /** Whether weight gradients are products through workgroup memory where that is possible. */
  readonly conv2dWeightProducts: boolean;
  /** Candidate tiles for other weight gradients, chosen by estimated time. */
  readonly conv2dWeightTiles: readonly Conv2dWeightTile[];
  /** Most accumulators per invocation of a weight gradient. */
  readonly conv2dAccumulators: number;
  /**
   * A weight gradient is split over images and rows until it has at least this many invocations.
   * One through workgroup memory has at most as many, unless fewer than `parallelInvocations`.
   */
  readonly conv2dWeightInvocations: number;
  /**
   * It is also split until no sum has more terms than this, because rounding error grows with their
   * number.
   */
  readonly conv2dWeightTerms: number;
  /**
   * Cost of loading a vec4, in units of one vec4 multiply-add. lavapipe loads the elements of each
   * invocation one by one, and each load waits for the previous one.
   */
  readonly loadCost: number;
  /**
   * Compile time per tile element of a matrix product, or of a convolution for one row of the
   * weight, in the same units, amortized over a thousand runs.
   */
  readonly compileCost: number;
  /**
   * Invocations per workgroup, squares of powers of two, of products that stage their operands in
   * workgroup memory, largest first. Empty on lavapipe, where workgroup memory is no faster than
   * global memory.
   */
  readonly cooperativeWorkgroups: readonly number[];
  /** Number of workgroups of such a product that keep the adapter busy. */
  readonly cooperativeGroups: number;
  /** Positions of k that such a product unrolls: 1, 2, 4, 8, or 16. */
  readonly cooperativeUnroll: number;
  /**
   * Matrix products with at least this many multiply-adds stage their operands in workgroup memory,
   * if there are `cooperativeWorkgroups`.
   */
  readonly workgroupMemoryFrom: number;
  /**
   * Invocations per workgroup of a reduction in which several invocations share a row, a power of
   * two.
   */
  readonly reductionWorkgroup: number;
  /**
   * Fewest loop turns that each invocation keeps if several share a row. Infinity: they share one
   * only to stay below `maxTrips`.
   */
  readonly leastTurns: number;
  /**
   * Most loop trips of one invocation. Mesa before 25 silently stops an invocation's loops after
   * 65,535 trips in total.
   */
  readonly maxTrips: number;
  /** See `Limits` of the plan. */
  readonly longRow: number;
  /** See `Limits` of the plan. */
  readonly parallelRows: number;
}

/** Classes of adapters: those that compute on the CPU, and GPUs by vendor. */
export type AdapterClass = "software" | "nvidia" | "amd" | "apple" | "intel" | "other";

/** What GPUs have in common. The classes of vendors differ from it in a few values. */
const gpu: AdapterProfile = {
  alternateKernels: false,
  joinsDispatches: true,
  loopWorkgroup: { most: 64, least: 64, groups: 1 },
  matmulWorkgroup: 64,
  parallelInvocations: 16_384,
  matmulTiles: [
    { rows: 8, columns: 8 },
    { rows: 4, columns: 8 },
    { rows: 4, columns: 4 },
    { rows: 2, columns: 4 },
  ],
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
