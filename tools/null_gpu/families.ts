import type { AdapterClass } from "../../gpu/adapter_table.ts";
import { amd } from "./amd.ts";
import { intel } from "./intel.ts";
import type { Machine } from "./machine.ts";

/** A GPU that one of Mesa's drivers can compile for without having it. */
export interface FamilyRow {
  readonly description: string;
  readonly machine: Machine;
  /** What chooses the GPU, for the driver. */
  readonly environment: Readonly<Record<string, string>>;
  /** A part of the adapter's name. */
  readonly adapter: string;
  /** The classes of adapters whose shaders to compile for it. */
  readonly classes: readonly AdapterClass[];
}

/** GPUs to compile for, by the driver's name for them. */
export const families = {
  gfx1100: amdRow("gfx1100", "AMD RDNA 3: RX 7900"),
  navi21: amdRow("navi21", "AMD RDNA 2: RX 6800, 6900"),
  dg2: {
    description: "Intel Arc A770",
    machine: intel,
    environment: { INTEL_STUB_GPU_PLATFORM: "dg2" },
    adapter: "DG2",
    classes: ["intel"],
  },
} as const satisfies Readonly<Record<string, FamilyRow>>;

/** The driver's name of a GPU family. */
export type Family = keyof typeof families;

function amdRow(name: string, description: string): FamilyRow {
  const environment = { RADV_FORCE_FAMILY: name };
  const classes: AdapterClass[] = ["nvidia", "amd", "apple", "intel", "other"];
  return { description, machine: amd, environment, adapter: "RADV", classes };
}
