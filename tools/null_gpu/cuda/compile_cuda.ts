/**
 * Compiles shaders for NVIDIA's GPUs, by way of CUDA.
 * @module
 */
import { MissingTool } from "../layer.ts";
import type { CompiledShader } from "../machine.ts";
import { readCubin } from "./sass.ts";
import { translateShader } from "./translate.ts";

/** Shaders per run of the compiler, whose start takes longer than most shaders. */
const BATCH = 16;

/** Runs of the compiler at the same time. */
const PROCESSES = 2;

/**
 * Translates shaders to CUDA and compiles them for an architecture, for example `sm_89`.
 * @returns one entry for each shader, in order
 * @throws {MissingTool} if nvcc is not on the PATH
 */
export async function compileCuda(
  architecture: string,
  sources: readonly string[],
): Promise<readonly CompiledShader[]> {
  const prelude = await Deno.readTextFile(new URL("prelude.cu", import.meta.url));
  const batches = Array.from({ length: Math.ceil(sources.length / BATCH) }, (_, i) => ({
    first: i * BATCH,
    sources: sources.slice(i * BATCH, (i + 1) * BATCH),
  }));
  const folder = await Deno.makeTempDir({ prefix: "gspace_null_gpu_" });
  try {
    const compiled: CompiledShader[] = [];
    const work = batches.values(); // shared by the workers
    const worker = async () => {
      for (const { first, sources } of work) {
        const results = await compileBatch(
          { architecture, prelude, sources },
          `${folder}/${first}`,
        );
        results.forEach((result, i) => compiled[first + i] = result);
      }
    };
    await Promise.all(Array.from({ length: PROCESSES }, worker));
    return compiled;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

interface Batch {
  readonly architecture: string;
  readonly prelude: string;
  readonly sources: readonly string[];
}

async function compileBatch(
  { architecture, prelude, sources }: Batch,
  path: string,
): Promise<CompiledShader[]> {
  const kernels = sources.map((source, i) => translateShader(source, nameOf(i)));
  await Deno.writeTextFile(`${path}.cu`, prelude + kernels.join("\n"));
  const messages = await runCompiler([
    ...[`-arch=${architecture}`, "-std=c++17", "-O3", "-Xptxas=-v", "-cubin"],
    ...["-o", `${path}.cubin`, `${path}.cu`],
  ]);
  const code = readCubin(await Deno.readFile(`${path}.cubin`));
  return sources.map((_, i) => ({
    statistics: statisticsOf(messages, nameOf(i)),
    assembly: code.get(nameOf(i)) ?? "",
  }));
}

function nameOf(number: number): string {
  return `shader${number}`;
}

async function runCompiler(args: string[]): Promise<string> {
  try {
    const command = new Deno.Command("nvcc", { args, stdout: "null", stderr: "piped" });
    const { success, stderr } = await command.output();
    const message = new TextDecoder().decode(stderr);
    if (success) return message;
    throw new Error(
      `Cannot compile with nvcc: it must accept the translation: current is\n${message}`,
    );
  } catch (error) {
    throw error instanceof Deno.errors.NotFound ? new MissingTool("nvidia-cuda-toolkit") : error;
  }
}

/** What ptxas says of a kernel, with the names of `nvidia.statistics`. */
export function statisticsOf(messages: string, kernel: string): ReadonlyMap<string, number> {
  const start = messages.indexOf(`Compiling entry function '${kernel}' for`);
  const own = messages.slice(start).split("Compiling entry function").slice(0, 2).join("");
  const numberBefore = (words: string) => {
    const [, number] = new RegExp(`(\\d+) ${words}`).exec(own) ?? [];
    return Number(number ?? 0);
  };
  const spilledBytes = numberBefore("bytes spill stores") + numberBefore("bytes spill loads");
  if (start < 0 || !own.includes("registers")) {
    throw new Error(`Cannot read what ptxas says of ${kernel}: it must report registers`);
  }
  return new Map([
    ["Registers", numberBefore("registers")],
    ["Spilled registers", spilledBytes / 4],
    ["Shared memory", numberBefore("bytes smem")],
  ]);
}
