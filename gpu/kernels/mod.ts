import { asLoop, type Kernel } from "../../graph/kernel.ts";
import type { Plan } from "../../graph/plan.ts";
import type { AdapterProfile } from "../adapter_profile.ts";
import type {
  Families,
  FamilyKernel,
  FamilyName,
  GpuKernelOf,
  KernelParts,
  KernelRow,
  KernelRows,
} from "./family.ts";
import { type GpuKernel, type GpuKernelKind, plainKernel } from "./gpu_kernel.ts";
import type { KernelCode, ShaderContext } from "./kernel_code.ts";
import { loopInvocations, loopWorkgroupSize, printLoop } from "./loops/loop.ts";
import type { Scratch, Stages } from "./stages.ts";
import type { ElementaryFunctions } from "../wgsl/functions.ts";
import { loadFunctions } from "../wgsl/load_functions.ts";

const loaders: { readonly [Name in FamilyName]: () => Promise<Required<Families>[Name]> } = {
  matmul: async () => (await import("./matmul/family.ts")).matmulFamily,
  conv2d: async () => (await import("./conv2d/family.ts")).conv2dFamily,
  scatter: async () => (await import("./scatter/family.ts")).scatterFamily,
};

/**
 * Loads the parts that a plan needs, so that pages need not download the others. Default: all parts.
 */
export async function loadKernelParts(plan?: Pick<Plan, "dispatches">): Promise<KernelParts> {
  const [families, functions] = await Promise.all([loadFamilies(plan), loadFunctions(plan)]);
  return { families, functions };
}

async function loadFamilies(plan: Pick<Plan, "dispatches"> | undefined): Promise<Families> {
  const kernels = plan?.dispatches.flatMap(({ kernels }) => kernels);
  const names = kernels?.map(({ kind }) => kind) ?? (Object.keys(loaders) as FamilyName[]);
  const families = [...new Set(names)].flatMap((name) =>
    name === "loop" ? [] : [loaders[name]().then((family) => [name, family] as const)]
  );
  return Object.fromEntries(await Promise.all(families));
}

/** How the kernels of a plan are split and printed for a class of adapters. */
export class KernelTable {
  /** The properties of the adapter. */
  readonly profile: AdapterProfile;
  /** The elementary functions that shaders may call. */
  readonly functions: ElementaryFunctions;
  readonly #families: Families;
  readonly #rows: KernelRows;

  /** `parts` must contain those of all kernels. */
  constructor({ families, functions }: KernelParts, profile: AdapterProfile) {
    this.profile = profile;
    this.functions = functions;
    this.#families = families;
    this.#rows = Object.assign({}, ...Object.values(families).map(({ rows }) => rows));
  }

  /** Splits a kernel into stages where that is faster. `scratch` allocates slots. */
  stagesOf(kernel: Kernel, scratch: Scratch): Stages {
    return kernel.kind === "loop" ? { main: kernel } : this.#stagesOf(kernel, scratch);
  }

  #stagesOf<Name extends FamilyName>(kernel: FamilyKernel<Name>, scratch: Scratch): Stages {
    return this.#families[kernel.kind]?.stages(kernel, this.profile, scratch) ?? { main: kernel };
  }

  /** Whether a kernel is printed as a loop nest, and so fits any workgroup size. */
  isLoop(kernel: GpuKernel): boolean {
    return this.#rowOf(kernel) === undefined;
  }

  /** Counts the invocations that it takes to compute any kernel. */
  invocationsOf<Kind extends GpuKernelKind>(kernel: GpuKernelOf<Kind>): number {
    const row = this.#rowOf(kernel);
    return row
      ? row.invocations(kernel, this.profile)
      : loopInvocations(asLoop(plainKernel(kernel)), this.profile);
  }

  /** Prints any kernel into a shader. */
  print<Kind extends GpuKernelKind>(kernel: GpuKernelOf<Kind>, context: ShaderContext): KernelCode {
    const row = this.#rowOf(kernel);
    return row ? row.print(kernel, context) : printLoop(asLoop(plainKernel(kernel)), context);
  }

  /** Chooses the number of invocations per workgroup of a launch. */
  workgroupSizeOf(kernels: readonly GpuKernel[]): number {
    const company = {
      alone: kernels.length === 1,
      onlyLoops: kernels.every((kernel) => this.isLoop(kernel)),
    };
    return Math.max(...kernels.map((kernel) => this.#workgroupSizeFor(kernel, company)));
  }

  #workgroupSizeFor<Kind extends GpuKernelKind>(
    kernel: GpuKernelOf<Kind>,
    { alone, onlyLoops }: { readonly alone: boolean; readonly onlyLoops: boolean },
  ): number {
    const row = this.#rowOf(kernel);
    return row
      ? row.workgroupSize(kernel, this.profile, alone)
      : loopWorkgroupSize(asLoop(plainKernel(kernel)), this.profile, onlyLoops);
  }

  #rowOf<Kind extends GpuKernelKind>({ kind }: GpuKernelOf<Kind>): KernelRow<Kind> | undefined {
    return this.#rows[kind];
  }
}

/** Whether workgroups larger than a kernel asks for are as good: then it fits beside others. */
export function fitsLargerWorkgroups({ kind }: GpuKernel): boolean {
  return kind === "conv2dWeight" || kind === "conv2dWeightProduct" || kind === "conv2dPacking";
}
