import { assert, assertEquals, assertLess, assertMatch, assertRejects } from "@std/assert";
import { encodeSafetensors, fromTyped } from "../../checkpoint/mod.ts";
import * as gs from "../../mod.ts";
import { temporaryFolder } from "../cli/command.ts";
import { run } from "../portable/_bundle.ts";
import { bundleInParts, bundleWhole, projectWithPackage } from "./_package.ts";

const hasGpu = await navigator.gpu?.requestAdapter() instanceof GPUAdapter;

/**
 * Most bytes that a page downloads, minified: before the program starts, and in all, with the parts
 * that its first step loads. The goals are 210 kB for training on the CPU and 150 kB for inference on
 * the GPU. Training meets the first one in all, and a program compiled ahead of time (`gpu_program.js`)
 * the second one. Inference with the compiler (`gpu_inference.js`) meets it at first, but not in all: a
 * tensor has all methods, and an op's row has its derivative and its batching rule; what a program
 * uses of neither takes about 30 kB. Passes and lowering, which any graph needs, take another 35 kB.
 */
const programs = [
  {
    name: "cpu_training.js",
    canRun: true,
    load: () => weights,
    prints: /^0\.\d+\n$/,
    goal: 210_000,
    most: { first: 152_000, all: 210_000 },
    parts: ["cpu/program.js", "cpu/matmul/kernel.js"],
    others: [
      "cpu/conv2d/kernel.js",
      "cpu/math/pow.js",
      "cpu/thread_parts.js",
      "gpu/open_adapter.js",
    ],
  },
  {
    name: "gpu_inference.js",
    canRun: hasGpu,
    load: () => weights,
    prints: /^Float32Array\(2\) \[ 2, 2 \]\n$/,
    goal: 150_000,
    most: { first: 128_500, all: 187_500 },
    parts: ["gpu/open_adapter.js", "gpu/kernels/matmul/family.js"],
    others: [
      "gpu/loop_parts.js",
      "gpu/kernels/conv2d/family.js",
      "gpu/wgsl/elementary.js",
      "cpu/program.js",
    ],
  },
  {
    name: "gpu_program.js",
    canRun: hasGpu,
    load: compiledModel,
    prints: /^Float32Array\(2\) \[ 2, 2 \]\n$/,
    goal: 150_000,
    most: { first: 50_500, all: 109_000 },
    parts: ["gpu/open_adapter.js", "gpu/kernels/matmul/family.js"],
    others: ["gpu/loop_parts.js", "gpu/kernels/conv2d/family.js", "cpu/program.js"],
  },
  {
    name: "cpu_program.js",
    canRun: true,
    load: compiledModel,
    prints: /^Float32Array\(2\) \[ 2, 2 \]\n$/,
    goal: 150_000,
    most: { first: 73_000, all: 131_000 },
    parts: ["cpu/program.js", "cpu/matmul/kernel.js"],
    others: ["cpu/conv2d/kernel.js", "cpu/thread_parts.js", "gpu/open_adapter.js"],
  },
] as const;

/** Modules that define tensors and ops, or that compile graphs. Entries of rooms define nothing. */
const compiler =
  /^(?:autograd|layers|optim|graph\/(?:ops|lower|passes|scan|interpret))\/(?!mod\.js)/;

/** Weights of the model for inference. */
const tensors = new Map([
  ["0.weight", fromTyped(new Float32Array(32).fill(0.5), [16, 2])],
  ["0.bias", fromTyped(new Float32Array(16), [16])],
  ["2.weight", fromTyped(new Float32Array(32).fill(0.25), [2, 16])],
  ["2.bias", fromTyped(new Float32Array(2), [2])],
]);
const weights = encodeSafetensors(tensors);

/** The same model, compiled ahead of time. */
async function compiledModel(): Promise<Uint8Array<ArrayBuffer>> {
  const layers = [new gs.Linear(2, 16), new gs.ReLU(), new gs.Linear(16, 2)];
  using model = gs.initialize(new gs.Sequential(layers));
  gs.loadStateDict(model, tensors);
  return await gs.exportProgram({ x: gs.f32([1, 2]) }, ({ x }) => ({
    outputs: { y: model.forward(x) },
  }));
}

/**
 * Runs a program like a page of a server that has the weights, and returns what it prints. The page is
 * not isolated, so it has no shared memory.
 */
async function runBundle(
  folder: string,
  name: string,
  file: Uint8Array<ArrayBuffer>,
): Promise<string> {
  const path = `${folder}/page.js`;
  await Deno.writeTextFile(
    path,
    `delete globalThis.SharedArrayBuffer;\nawait import("./${name}");\n`,
  );
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    () => new Response(file),
  );
  const host = `127.0.0.1:${server.addr.port}`;
  return await run(Deno.execPath(), [
    ...["run", "--quiet", "--no-config", "--no-lock", `--location=http://${host}/`],
    ...[`--allow-net=${host}`, "--allow-read", "--allow-env", path],
  ]);
}

Deno.test("pages download only what their programs use", async (t) => {
  await using project = await projectWithPackage();
  const runsWith = async ({ name, parts, prints, load }: (typeof programs)[number]) => {
    const file = await load();
    const bundle = await bundleInParts(project.path, name);
    const runWith = async (modules: readonly string[]): Promise<string> => {
      await using alone = await temporaryFolder();
      await bundle.copyWith(modules, alone.path);
      return await runBundle(alone.path, name, file);
    };
    assertMatch(await runWith(parts), prints);
    for (const part of parts) {
      await assertRejects(() => runWith(parts.filter((other) => other !== part)), part);
    }
  };
  for (const { name, goal, most, parts, others, load } of programs) {
    await t.step(name, async () => {
      const bundle = await bundleInParts(project.path, name);
      const [first, all] = [bundle.bytesWith([]), bundle.bytesWith(parts)];
      console.log(`${name}: ${first} bytes at first, ${all} in all; the goal is ${goal}`);
      assertLess(first, most.first);
      assertLess(all, most.all);
      for (const other of others) assert(bundle.bytesWith([...parts, other]) > all, other);
      const ofCompiler = bundle.modules.filter((module) => compiler.test(module));
      if (load === compiledModel) assertEquals(ofCompiler, []);
      else assert(ofCompiler.includes("graph/lower/emit.js"));
      assert(!bundle.modules.includes("cpu/native/x64.js"), "native code");
    });
  }
  for (const program of programs) {
    const step = `${program.name} runs with the parts that are counted, and not with fewer`;
    await t.step({ name: step, ignore: !program.canRun, fn: () => runsWith(program) });
  }
  await t.step("an import alone", async () => {
    assertLess(await bundleWhole(project.path, "empty.js"), 1000);
  });
  await t.step("safetensors alone", async () => {
    assertLess(await bundleWhole(project.path, "safetensors.js"), 8000);
  });
});
