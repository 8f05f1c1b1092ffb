/**
 * What differs between adapters, in one table. The software adapter (Mesa's lavapipe)
 * was measured; the figures for hardware are the field's usual choices.
 * @module
 */

/** A register tile of the matrix product: rows × columns per invocation. */
export interface MatmulTile {
  readonly rows: number;
  /** A multiple of four. */
  readonly columns: number;
}

/** The largest power of two from `least` to `most` that leaves `groups` workgroups. */
export interface WorkgroupChoice {
  readonly most: number;
  readonly least: number;
  readonly groups: number;
}

/** The choices for one class of adapters. */
export interface AdapterProfile {
  /** Invocations per workgroup of a loop kernel. */
  readonly loopWorkgroup: WorkgroupChoice;
  /** Invocations per workgroup of a matrix product, small ones and others. */
  readonly matmulWorkgroup: { readonly small: number; readonly large: number };
  /** A matrix product is small below this many multiply-adds. */
  readonly smallMatmul: number;
  /** Invocations that run at the same time. */
  readonly parallelInvocations: number;
  /** Candidates; the one with the least estimated time is taken. */
  readonly matmulTiles: readonly MatmulTile[];
  /** Time of one loaded vec4, counted in multiply-adds. */
  readonly loadCost: number;
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
  readonly parallelRows: number;
}

/** The classes of adapters. */
export type AdapterClass = "software" | "hardware";

/** The table. */
export const adapterTable: Readonly<Record<AdapterClass, AdapterProfile>> = {
  software: {
    // Big workgroups halve the cost of streaming; small work must still reach both cores.
    loopWorkgroup: { most: 64, least: 16, groups: 8 },
    matmulWorkgroup: { small: 16, large: 32 },
    smallMatmul: 2 ** 22,
    parallelInvocations: 16,
    matmulTiles: [
      { rows: 8, columns: 8 },
      { rows: 8, columns: 4 },
      { rows: 4, columns: 8 },
      { rows: 4, columns: 4 },
      { rows: 2, columns: 4 },
    ],
    loadCost: 3,
    workgroupMemoryFrom: Infinity,
    workgroupRowFrom: Infinity,
    maxTrips: 60_000,
    longRow: 4096,
    parallelRows: 64,
  },
  hardware: {
    loopWorkgroup: { most: 64, least: 64, groups: 1 },
    matmulWorkgroup: { small: 64, large: 64 },
    smallMatmul: 0,
    parallelInvocations: 16_384,
    matmulTiles: [
      { rows: 8, columns: 8 },
      { rows: 4, columns: 8 },
      { rows: 4, columns: 4 },
      { rows: 2, columns: 4 },
    ],
    loadCost: 1,
    workgroupMemoryFrom: 256 * 256 * 256,
    workgroupRowFrom: 256,
    maxTrips: 2 ** 24,
    longRow: 16_384,
    parallelRows: 256,
  },
};
