/**
 * Compiles shaders for a GPU that is not there.
 * @module
 */
import { compileCuda } from "./cuda/compile_cuda.ts";
import { families, type Family, type FamilyRow, type MesaDriver } from "./families.ts";
import { buildLayer, findDriver, LAYER_NAME } from "./layer.ts";
import type { CompiledShader } from "./machine.ts";

/** Options for `compileShaders`. */
export interface CompileOptions {
  /** Path of Mesa's `libintel_noop_drm_shim.so`. Required for Intel's GPUs. */
  readonly intelShim?: string | undefined;
}

/**
 * Compiles shaders with one of Mesa's drivers, through WebGPU as the backend does, or for NVIDIA's
 * GPUs by way of CUDA.
 * @returns one entry for each shader, in order
 * @throws {MissingTool} if a compiler or driver is not installed
 */
export async function compileShaders(
  family: Family,
  sources: readonly string[],
  { intelShim }: CompileOptions = {},
): Promise<readonly CompiledShader[]> {
  const { mesa, description }: FamilyRow = families[family];
  if (!mesa) return compileCuda(family, sources);
  const driver = await findDriver(mesa.manifest);
  const folder = await Deno.makeTempDir({ prefix: "gspace_null_gpu_" });
  try {
    await buildLayer(folder);
    await Deno.mkdir(`${folder}/out`);
    await Deno.writeTextFile(`${folder}/sources.json`, JSON.stringify(sources));
    const shim = family === "dg2" ? intelShim : undefined;
    await runCompiler(folder, { ...mesa, description, driver, shim });
    return await readResults(`${folder}/out`, sources.length);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function runCompiler(
  folder: string,
  { description, adapter, environment, driver, shim }: MesaDriver & {
    readonly description: string;
    readonly driver: string;
    readonly shim: string | undefined;
  },
): Promise<void> {
  const script = `${import.meta.dirname}/compile_all.ts`;
  const args = [
    ...["run", "--quiet", "--no-prompt", "--no-config", `--allow-read=${folder}`],
    ...[script, `${folder}/sources.json`, adapter],
  ];
  const env = {
    ...environment,
    DENO_WEBGPU_BACKEND: "vulkan",
    NULL_GPU_OUT: `${folder}/out`,
    MESA_SHADER_CACHE_DISABLE: "true",
    VK_DRIVER_FILES: driver,
    VK_ICD_FILENAMES: driver, // for loaders before 1.3.234
    VK_INSTANCE_LAYERS: LAYER_NAME,
    VK_LAYER_PATH: folder,
    XDG_RUNTIME_DIR: folder,
  };
  const deno = Deno.execPath();
  // Deno sets LD_PRELOAD only for a process that may run anything.
  const [program, ...first] = shim === undefined ? [deno] : ["env", `LD_PRELOAD=${shim}`, deno];
  const { success, stderr } = await new Deno.Command(program ?? deno, {
    args: [...first, ...args],
    env,
    stdout: "null",
    stderr: "piped",
  }).output();
  if (success) return;
  throw new Error(
    `Cannot compile for ${description}: the driver's process failed: current error is\n` +
      new TextDecoder().decode(stderr),
  );
}

/** wgpu creates pipelines of its own first, so the last ones are ours. */
async function readResults(folder: string, count: number): Promise<CompiledShader[]> {
  const files = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).toSorted();
  if (files.length < count) {
    throw new Error(
      `Internal: the layer saw ${files.length} pipelines: ${count} shaders were compiled`,
    );
  }
  const own = files.slice(files.length - count);
  return await Promise.all(own.map(async (file) => {
    return parseResult(await Deno.readTextFile(`${folder}/${file}`));
  }));
}

/** Parses a file that the layer wrote: statistics, an empty line, machine code. */
export function parseResult(text: string): CompiledShader {
  const end = text.indexOf("\n\n");
  const lines = text.slice(0, end < 0 ? undefined : end).split("\n");
  const statistics = lines.flatMap((line): [string, number][] => {
    const match = /^(.+): (\d+)$/.exec(line);
    return match?.[1] === undefined ? [] : [[match[1], Number(match[2])]];
  });
  return { statistics: new Map(statistics), assembly: end < 0 ? "" : text.slice(end + 2) };
}
