import type { MatmulKernel } from "../../../graph/kernel.ts";
import { elementCount } from "../../../graph/types.ts";
import type { AdapterProfile } from "../../adapter_profile.ts";
import { type MatmulTiling, tilingOf } from "./tile.ts";

/** Whether the invocations of a workgroup should share the operands in workgroup memory. */
export function isCooperative(
  { batch, m, n, k }: MatmulKernel,
  { cooperativeWorkgroups, workgroupMemoryFrom }: AdapterProfile,
): boolean {
  return cooperativeWorkgroups.length > 0 && elementCount(batch) * m * n * k >= workgroupMemoryFrom;
}

/** The tiling of a cooperative product: a square of invocations, with a tile of 8×8 each. */
export function cooperativeTiling(kernel: MatmulKernel, workgroupSize: number): MatmulTiling {
  const width = Math.sqrt(workgroupSize);
  return tilingOf(kernel, { rows: 8, columns: 8 }, { workgroupSize, width });
}

/** The largest workgroup size that still occupies the adapter, or else the smallest. */
export function cooperativeWorkgroup(kernel: MatmulKernel, profile: AdapterProfile): number {
  const { cooperativeWorkgroups: sizes, cooperativeGroups: enough } = profile;
  return sizes.find((size) => cooperativeTiling(kernel, size).workgroups >= enough) ??
    sizes.at(-1)!;
}
