/**
 * The tuning parameters that depend on the adapter. The values of each class are in
 * adapter_table.ts.
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
  /**
   * Whether products in registers increment indices instead of computing them from k, which
   * compilers for hardware do not simplify.
   */
  readonly matmulPointers: boolean;
  /**
   * Most invocations that share a tile of a product in registers, a power of two: each sums a part
   * of the positions of k.
   */
  readonly matmulSharers: number;
  /**
   * Most registers of an invocation for the sums of a product in registers, and for elements of
   * operands that are not aligned, which are kept from one group of four positions of k to the next.
   */
  readonly matmulRegisters: number;
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
