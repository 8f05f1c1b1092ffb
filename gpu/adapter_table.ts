/**
 * What differs between adapters, in one table. The software adapter (Mesa's lavapipe)
 * was measured; the figures for hardware are the field's usual choices.
 * @module
 */

/** A register tile of the matrix product: rows × columns per invocation. */
export interface MatmulTile {
  /** At least one. */
  readonly rows: number;
  /** A multiple of four. */
  readonly columns: number;
  /**
   * Whether the four positions of k in a trip are a loop: written out, the code of a
   * big tile takes seconds to compile.
   */
  readonly rolled?: boolean;
}

/** A tile of a forward or input-gradient convolution, per invocation. */
export interface Conv2dTile {
  /** Channels of the result, a multiple of four. */
  readonly channels: number;
  /** Rows of the result. */
  readonly rows: number;
  /** Neighbouring pixels of a row, a multiple of four. */
  readonly pixels: number;
  /** Whether the rows of a small weight are a loop too, see `MatmulTile`. */
  readonly rolled?: boolean;
}

/** A tile of a weight gradient, per invocation, for one row of the weight. */
export interface Conv2dWeightTile {
  /** Channels of the convolution's result. */
  readonly out: number;
  /** Channels of its images. */
  readonly in: number;
  /** Whether pixels and stores are loops wherever they can be, see `MatmulTile`. */
  readonly rolled?: boolean;
}

/** The largest power of two from `least` to `most` that leaves `groups` workgroups. */
export interface WorkgroupChoice {
  /** A power of two. */
  readonly most: number;
  /** A power of two, taken where even it leaves fewer groups. */
  readonly least: number;
  /** Workgroups that keep the adapter busy. */
  readonly groups: number;
}

/** The choices for one class of adapters. */
export interface AdapterProfile {
  /**
   * Whether the workgroups of a launch's kernels lie evenly among each other. lavapipe
   * gives each core one unbroken run of workgroups, however much work they hold.
   */
  readonly alternateKernels: boolean;
  /** Invocations per workgroup of a loop kernel. */
  readonly loopWorkgroup: WorkgroupChoice;
  /** Invocations per workgroup of a matrix product. */
  readonly matmulWorkgroup: number;
  /** Invocations that run at the same time. */
  readonly parallelInvocations: number;
  /** Candidates; the one with the least estimated time is taken. */
  readonly matmulTiles: readonly MatmulTile[];
  /** Invocations per workgroup of a tiled convolution. */
  readonly conv2dWorkgroup: WorkgroupChoice;
  /** Candidates for forward and input gradient; the one with the least estimated time is taken. */
  readonly conv2dTiles: readonly Conv2dTile[];
  /** Candidates for the weight gradient. */
  readonly conv2dWeightTiles: readonly Conv2dWeightTile[];
  /** Most sums that an invocation of a weight gradient holds. */
  readonly conv2dAccumulators: number;
  /** A weight gradient is split over images and rows until it has this many invocations. */
  readonly conv2dWeightInvocations: number;
  /** And until no sum has more terms than this: rounding errors grow with the number. */
  readonly conv2dWeightTerms: number;
  /**
   * Time of one loaded vec4, counted in multiply-adds of a vec4. lavapipe loads every
   * element of every invocation by itself, and each waits for the one before.
   */
  readonly loadCost: number;
  /**
   * Compile time for each element of a tile of a product or of a convolution with one row
   * of the weight, in the same units, spread over a thousand runs.
   */
  readonly compileCost: number;
  /**
   * Big matrix products go through workgroup memory from this many multiply-adds on.
   * lavapipe executes workgroup memory no faster than global memory, so never there.
   */
  readonly workgroupMemoryFrom: number;
  /** Rows of at least this many elements are reduced by a whole workgroup. */
  readonly workgroupRowFrom: number;
  /**
   * Most loop trips of one invocation. Mesa before 25 silently ends an invocation's
   * loops after 65,535 trips in all.
   */
  readonly maxTrips: number;
  /** See `Limits` of the plan. */
  readonly longRow: number;
  /** See `Limits` of the plan. */
  readonly parallelRows: number;
}

/** The classes of adapters. */
export type AdapterClass = "software" | "hardware";

/** The table. */
export const adapterTable: Readonly<Record<AdapterClass, AdapterProfile>> = {
  software: {
    alternateKernels: true,
    // Big workgroups halve the cost of streaming; small work must still reach both cores.
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
    workgroupMemoryFrom: Infinity,
    workgroupRowFrom: Infinity,
    maxTrips: 60_000,
    longRow: 4096,
    parallelRows: 16,
  },
  hardware: {
    alternateKernels: false,
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
    conv2dTiles: [
      { channels: 8, rows: 1, pixels: 8 },
      { channels: 8, rows: 1, pixels: 4 },
      { channels: 4, rows: 1, pixels: 8 },
      { channels: 4, rows: 1, pixels: 4 },
    ],
    conv2dWeightTiles: [
      { out: 8, in: 8 },
      { out: 8, in: 4 },
      { out: 4, in: 4 },
      { out: 4, in: 2 },
    ],
    conv2dAccumulators: 64,
    conv2dWeightInvocations: 16_384,
    conv2dWeightTerms: 16_384,
    loadCost: 1,
    compileCost: 0,
    workgroupMemoryFrom: 256 * 256 * 256,
    workgroupRowFrom: 256,
    maxTrips: 2 ** 24,
    longRow: 16_384,
    parallelRows: 256,
  },
};
