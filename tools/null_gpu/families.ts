import type { AdapterClass } from "../../gpu/adapter_class.ts";
import { amd } from "./amd.ts";
import { nvidia } from "./cuda/nvidia.ts";
import { intel } from "./intel.ts";
import type { Machine } from "./machine.ts";

/** A GPU that a compiler can compile for without having it. */
export interface FamilyRow {
  readonly description: string;
  readonly machine: Machine;
  /** The classes of adapters whose shaders to compile for it. */
  readonly classes: readonly AdapterClass[];
  /** The driver that compiles. Default: none; NVIDIA's compiler compiles a translation to CUDA. */
  readonly mesa?: MesaDriver;
}

/** One of Mesa's drivers, and what makes it believe in a GPU. */
export interface MesaDriver {
  /** How the name of the driver's manifest starts. */
  readonly manifest: string;
  /** What chooses the GPU. */
  readonly environment: Readonly<Record<string, string>>;
  /** A part of the adapter's name. */
  readonly adapter: string;
}

/** GPUs to compile for, by the compiler's name for them. */
export const families = {
  gfx1100: amdRow("gfx1100", "AMD RDNA 3: RX 7900"),
  navi21: amdRow("navi21", "AMD RDNA 2: RX 6800, 6900"),
  dg2: {
    description: "Intel Arc A770",
    machine: intel,
    classes: ["intel"],
    mesa: {
      manifest: "intel_icd",
      environment: { INTEL_STUB_GPU_PLATFORM: "dg2" },
      adapter: "DG2",
    },
  },
  sm_89: { description: "NVIDIA RTX 40, by way of CUDA", machine: nvidia, classes: ["nvidia"] },
} as const satisfies Readonly<Record<string, FamilyRow>>;

/** The compiler's name of a GPU family. */
export type Family = keyof typeof families;

function amdRow(name: string, description: string): FamilyRow {
  const mesa = {
    manifest: "radeon_icd",
    environment: { RADV_FORCE_FAMILY: name },
    adapter: "RADV",
  };
  const classes: AdapterClass[] = ["nvidia", "amd", "apple", "intel", "other"];
  return { description, machine: amd, classes, mesa };
}
