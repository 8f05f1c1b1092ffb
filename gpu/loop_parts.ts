/** What prints loop nests. See `loadKernelParts` in kernels/mod.ts. */
export { fusePartSums } from "./fuse_part_sums.ts";
export { loopRow } from "./kernels/loops/row.ts";
