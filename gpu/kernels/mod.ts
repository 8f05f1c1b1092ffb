import type { Kernel } from "../../graph/kernel.ts";
import type { Plan } from "../../graph/plan.ts";
import type { AdapterProfile } from "../adapter_profile.ts";
import type { FuseContext } from "../fuse_part_sums.ts";
import type {
  Families,
  FamilyKernel,
  FamilyName,
  GpuKernelOf,
  KernelParts,
  KernelRow,
  KernelRows,
  LoopParts,
} from "./family.ts";
import type { GpuKernel, GpuKernelKind } from "./gpu_kernel.ts";
import type { KernelCode, ShaderContext } from "./kernel_code.ts";
import type { Scratch, StagedPlan, Stages } from "./stages.ts";
import type { ElementaryFunctions } from "../wgsl/functions.ts";
import { loadFunctions } from "../wgsl/load_functions.ts";

const loaders: { readonly [Name in FamilyName]: () => Promise<Required<Families>[Name]> } = {
  matmul: async () => (await import("./matmul/family.ts")).matmulFamily,
  conv2d: async () => (await import("./conv2d/family.ts")).conv2dFamily,
  scatter: async () => (await import("./scatter/family.ts")).scatterFamily,
};

/** What the kernels to print depend on. */
interface Needs {
  readonly plan: Pick<Plan, "dispatches">;
  readonly profile: AdapterProfile;
}

/**
 * Loads the parts that a plan needs, so that pages need not download the others. Default: all parts.
 */
export async function loadKernelParts(needs?: Needs): Promise<KernelParts> {
  const kernels = needs?.plan.dispatches.flatMap(({ kernels }) => kernels);
  const hasLoops = !kernels || kernels.some(({ kind }) => kind === "loop");
  const [families, functions, loops] = await Promise.all([
    loadFamilies(kernels),
    loadFunctions(needs?.plan),
    hasLoops ? loadLoops() : undefined,
  ]);
  const needsLoops = needs && kernels?.some((kernel) => printsLoops(kernel, families, needs));
  return { families, functions, loops: loops ?? (needsLoops ? await loadLoops() : undefined) };
}

async function loadFamilies(kernels: readonly Kernel[] | undefined): Promise<Families> {
  const names = kernels?.map(({ kind }) => kind) ?? (Object.keys(loaders) as FamilyName[]);
  const families = [...new Set(names)].flatMap((name) =>
    name === "loop" ? [] : [loaders[name]().then((family) => [name, family] as const)]
  );
  return Object.fromEntries(await Promise.all(families));
}

function loadLoops(): Promise<LoopParts> {
  return import("../loop_parts.ts");
}

function printsLoops(kernel: Kernel, families: Families, { profile }: Needs): boolean {
  return kernel.kind === "loop" || familyPrintsLoops(kernel, families, profile);
}

function familyPrintsLoops<Name extends FamilyName>(
  kernel: FamilyKernel<Name>,
  families: Families,
  profile: AdapterProfile,
): boolean {
  return families[kernel.kind]?.printsLoops(kernel, profile) ?? false;
}

/** How the kernels of a plan are split and printed for a class of adapters. */
export class KernelTable {
  /** The properties of the adapter. */
  readonly profile: AdapterProfile;
  /** The elementary functions that shaders may call. */
  readonly functions: ElementaryFunctions;
  readonly #families: Families;
  readonly #rows: KernelRows;
  readonly #loops: LoopParts | undefined;

  /** `parts` must contain those of all kernels. */
  constructor({ families, functions, loops }: KernelParts, profile: AdapterProfile) {
    this.profile = profile;
    this.functions = functions;
    this.#families = families;
    this.#rows = Object.assign({}, ...Object.values(families).map(({ rows }) => rows));
    this.#loops = loops;
  }

  /** Splits a kernel into stages where that is faster. `scratch` allocates slots. */
  stagesOf(kernel: Kernel, scratch: Scratch): Stages {
    return kernel.kind === "loop" ? { main: kernel } : this.#stagesOf(kernel, scratch);
  }

  #stagesOf<Name extends FamilyName>(kernel: FamilyKernel<Name>, scratch: Scratch): Stages {
    return this.#families[kernel.kind]?.stages(kernel, this.profile, scratch) ?? { main: kernel };
  }

  /** Fuses kernels that add parts into reductions that read the sums. */
  fusePartSums(
    dispatches: StagedPlan["dispatches"],
    context: Omit<FuseContext, "profile">,
  ): StagedPlan["dispatches"] {
    const { profile } = this;
    return this.#loops?.fusePartSums(dispatches, { ...context, profile }) ?? dispatches;
  }

  /** Whether a kernel is printed as a loop nest, and so fits any workgroup size. */
  isLoop(kernel: GpuKernel): boolean {
    return this.#rowOf(kernel) === undefined;
  }

  /** Counts the invocations that it takes to compute any kernel. */
  invocationsOf<Kind extends GpuKernelKind>(kernel: GpuKernelOf<Kind>): number {
    const row = this.#rowOf(kernel) ?? this.#loopRow;
    return row.invocations(kernel, this.profile);
  }

  /** Prints any kernel into a shader. */
  print<Kind extends GpuKernelKind>(kernel: GpuKernelOf<Kind>, context: ShaderContext): KernelCode {
    const row = this.#rowOf(kernel) ?? this.#loopRow;
    return row.print(kernel, context);
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
      : this.#loopRow.workgroupSize(kernel, this.profile, onlyLoops);
  }

  get #loopRow(): LoopParts["loopRow"] {
    if (!this.#loops) throw new Error("Internal: what prints loop nests has not been loaded");
    return this.#loops.loopRow;
  }

  #rowOf<Kind extends GpuKernelKind>({ kind }: GpuKernelOf<Kind>): KernelRow<Kind> | undefined {
    return this.#rows[kind];
  }
}

/** Whether workgroups larger than a kernel asks for are as good: then it fits beside others. */
export function fitsLargerWorkgroups({ kind }: GpuKernel): boolean {
  return kind === "conv2dWeight" || kind === "conv2dWeightProduct" || kind === "conv2dPacking";
}
