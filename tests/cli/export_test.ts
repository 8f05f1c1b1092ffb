import { assert, assertEquals, assertLess, assertStringIncludes } from "@std/assert";
import {
  decodeNpz,
  decodeSafetensors,
  encodeSafetensors,
  fromTyped,
  loadStateDict,
  type TensorData,
} from "../../checkpoint/mod.ts";
import { openCpu } from "../../cpu/mod.ts";
import { features, loadDataset } from "../../datasets/mod.ts";
import { initialize, Linear, type Module, ReLU, ResNet, Sequential } from "../../layers/mod.ts";
import { tensor } from "../../autograd/mod.ts";
import { loadProgram } from "../../program/mod.ts";
import { HostRun } from "../layers/host_run.ts";
import { runOnnx } from "../onnx/runtime.ts";
import { call, small, temporaryFolder } from "./command.ts";

async function weightsOf(path: string): Promise<ReadonlyMap<string, TensorData>> {
  return decodeSafetensors(await Deno.readFile(path)).tensors;
}

/** The output of a model on the host. */
function forward(model: Module, x: Float32Array, shape: readonly number[]): number[] {
  return new HostRun().get(model.forward(tensor(x, shape)));
}

function assertNear(found: ArrayLike<number>, expected: readonly number[], most = 1e-5): void {
  assertEquals(found.length, expected.length);
  assertLess(Math.max(...expected.map((value, i) => Math.abs(value - found[i]!))), most);
}

Deno.test("an exported ONNX model computes what the run's model computes, and npz holds its weights", async () => {
  await using folder = await temporaryFolder();
  const run = `${folder.path}/run`;
  await call(...small, "--optimizer=sgd,gsgd", "--steps=20", "--out", run);
  const out = `${folder.path}/model.onnx`;
  const { code, stdout, stderr } = await call(
    "export",
    "--run",
    run,
    "--optimizer=gsgd",
    "--out",
    out,
  );
  assertEquals([code, stderr], [0, ""]);
  assertStringIncludes(stdout, "opset 17: input f32[batch, 16] → logits f32[batch, 10]");
  assertStringIncludes(stdout, "3 Gemm, 2 Relu; 3 weights and constants");
  const weights = await weightsOf(`${run}/gsgd/model.safetensors`);
  const bare = { bias: false };
  const layers = [new Linear(16, 32, bare), new ReLU(), new Linear(32, 32, bare), new ReLU()];
  const model = initialize(new Sequential([...layers, new Linear(32, 10, bare)]), { seed: 9 });
  loadStateDict(model, weights);
  const x = Float32Array.from({ length: 3 * 16 }, (_, i) => Math.sin(i));
  const { data } = await runOnnx(await Deno.readFile(out), { shape: [3, 16], data: x });
  assertNear(data, forward(model, x, [3, 16]));

  const npz = `${folder.path}/w.npz`;
  assertEquals((await call("export", "--run", run, "--optimizer=gsgd", "--out", npz)).code, 0);
  assertEquals(await decodeNpz(await Deno.readFile(npz)), new Map(weights));
});

Deno.test("--raw-input takes raw samples, and --softmax gives probabilities", async () => {
  await using folder = await temporaryFolder();
  const [run, out] = [`${folder.path}/run`, `${folder.path}/model.onnx`];
  const flags = ["--dataset=digits", "--limit=100", "--steps=5", "--optimizer=sgd", "--quiet"];
  await call("train", "--device=cpu", "--threads=1", ...flags, "--out", run);
  const options = ["--raw-input", "--softmax", "--batch=2", "--out", out];
  const { code, stdout, stderr } = await call("export", "--run", run, ...options);
  assertEquals([code, stderr], [0, ""]);
  assertStringIncludes(stdout, "input u8[2, 64] → probabilities f32[2, 10]");
  const digits = await loadDataset("digits");
  const two = { ...digits.test, x: digits.test.x.slice(0, 128), count: 2 };
  assert(two.x instanceof Uint8Array);
  const { data } = await runOnnx(await Deno.readFile(out), { shape: [2, 64], data: two.x });
  const bare = { bias: false };
  const model = initialize(
    new Sequential([
      new Linear(64, 32, bare),
      new ReLU(),
      new Linear(32, 32, bare),
      new ReLU(),
      new Linear(32, 10, bare),
    ]),
    { seed: 1 },
  );
  loadStateDict(model, await weightsOf(`${run}/model.safetensors`));
  const softmax = model.forward(tensor(features(digits, two), [2, 64])).softmax();
  assertNear(data, new HostRun().get(softmax));
});

Deno.test("an exported program takes raw samples, and computes what the ONNX model does", async () => {
  await using folder = await temporaryFolder();
  const [run, base] = [`${folder.path}/run`, `${folder.path}/digits`];
  const flags = ["--dataset=digits", "--limit=100", "--steps=5", "--optimizer=sgd", "--quiet"];
  await call("train", "--device=cpu", "--threads=1", ...flags, "--out", run);
  const exportTo = async (out: string, ...more: readonly string[]) => {
    const options = ["--raw-input", "--softmax", "--batch=3", ...more, "--out", out];
    const { code, stdout, stderr } = await call("export", "--run", run, ...options);
    assertEquals([code, stderr], [0, ""]);
    return stdout;
  };
  await exportTo(`${base}.onnx`);
  const stdout = await exportTo(`${base}.program.safetensors`);
  assertStringIncludes(stdout, "program: input u8[3, 64] → probabilities f32[3, 10]");
  assertStringIncludes(stdout, "input: raw numbers");
  await exportTo(`${folder.path}/other.safetensors`, "--format=program");
  const { test: { x } } = await loadDataset("digits");
  assert(x instanceof Uint8Array);
  const input = x.slice(0, 192);
  const { data } = await runOnnx(await Deno.readFile(`${base}.onnx`), {
    shape: [3, 64],
    data: input,
  });
  using backend = openCpu({ threads: 1 });
  for (const file of [`${base}.program.safetensors`, `${folder.path}/other.safetensors`]) {
    using program = await loadProgram(await Deno.readFile(file), { backend });
    program.run({ input });
    assertNear((await program.read()).probabilities!, Array.from(data));
  }
  const card = await Deno.readTextFile(`${base}.program.md`);
  assertStringIncludes(card, "program: input u8[3, 64]");
});

Deno.test("a program of a convolutional network takes images with channels last", async () => {
  await using folder = await temporaryFolder();
  const model = initialize(new ResNet(8, { classes: 7, widths: [2, 3, 4] }), { seed: 3 });
  const tensors = new Map([...model.state()].map(([name, variable]) => {
    const data = variable.hostValue();
    assert(data instanceof Float32Array);
    return [name, fromTyped(data, variable.shape)] as const;
  }));
  const [file, out] = [`${folder.path}/w.safetensors`, `${folder.path}/m.program.safetensors`];
  await Deno.writeFile(file, encodeSafetensors(tensors));
  const named = ["export", "--model=resnet-8:2-3-4", "--weights", file, "--out", out];
  const { code, stdout } = await call(...named, "--sample=3x9x8", "--classes=7", "--layout=nhwc");
  assertEquals(code, 0);
  assertStringIncludes(stdout, "program: input f32[1, 9, 8, 3] → logits f32[1, 7]");
  const input = Float32Array.from({ length: 216 }, (_, i) => Math.cos(i));
  const first = Float32Array.from(input, (_, i) => input[3 * (i % 72) + Math.floor(i / 72)]!);
  using backend = openCpu({ threads: 1 });
  using program = await loadProgram(await Deno.readFile(out), { backend });
  program.run({ input });
  assertNear((await program.read()).logits!, forward(model, first, [1, 3, 9, 8]));
});

Deno.test("a model is exported from its name and a weights file with a prefix", async () => {
  await using folder = await temporaryFolder();
  const model = initialize(new ResNet(8, { classes: 7, widths: [2, 3, 4] }), { seed: 3 });
  const tensors = new Map([...model.state()].map(([name, variable]) => {
    const data = variable.hostValue();
    if (!(data instanceof Float32Array)) throw new Error(`no value of ${name}`);
    return [`module.${name}`, fromTyped(data, variable.shape)] as const;
  }));
  const [file, out] = [`${folder.path}/w.safetensors`, `${folder.path}/m.onnx`];
  await Deno.writeFile(file, encodeSafetensors(tensors));
  const named = ["export", "--model=resnet-8:2-3-4", "--weights", file, "--out", out];
  const flags = [...named, "--sample=3x9x9", "--classes=7"];
  const wrapped = await call(...flags);
  assertEquals(wrapped.code, 1);
  assertStringIncludes(wrapped.stderr, ": use --weights-prefix module.");
  assertEquals((await call(...flags, "--weights-prefix=module.")).code, 0);
  const x = Float32Array.from({ length: 243 }, (_, i) => Math.cos(i));
  const { data } = await runOnnx(await Deno.readFile(out), { shape: [1, 3, 9, 9], data: x });
  assertNear(data, forward(model, x, [1, 3, 9, 9]));
});

Deno.test("weights are converted between npz and safetensors without a model", async () => {
  await using folder = await temporaryFolder();
  const [a, b, c] = ["a.safetensors", "b.npz", "c.safetensors"].map((name) =>
    `${folder.path}/${name}`
  );
  const tensors = new Map<string, TensorData>([
    ["w", fromTyped(Float64Array.of(1, 2), [2])],
    ["h", { dtype: "BF16", shape: [1], bytes: Uint8Array.of(0x80, 0x3f) }],
  ]);
  await Deno.writeFile(a!, encodeSafetensors(tensors));
  const first = await call("export", "--weights", a!, "--out", b!, "--compress");
  assertEquals(first.code, 0, first.stderr);
  assertStringIncludes(first.stdout, "1 converted from BF16, which NumPy lacks, to F32");
  assertEquals((await call("export", "--weights", b!, "--out", c!)).code, 0);
  const back = await weightsOf(c!);
  assertEquals(back.get("w"), tensors.get("w"));
  assertEquals(back.get("h"), fromTyped(Float32Array.of(1), [1]));
});

Deno.test("wrong flags of export give one line and exit code 2, and no file is replaced", async () => {
  await using folder = await temporaryFolder();
  const run = `${folder.path}/run`;
  await call(...small, "--optimizer=sgd,gsgd", "--steps=2", "--out", run);
  const out = ["--out", `${folder.path}/x.onnx`];
  const wrong: readonly (readonly [readonly string[], string])[] = [
    [[], "--run FOLDER, or --weights FILE and --model NAME"],
    [["--run", run], "--optimizer must be one of sgd, gsgd"],
    [["--run", run, "--optimizer=adam"], "current value is adam"],
    [["--run", run, "--model=mlp:1-2"], "the run's config.json decides it"],
    [["--runs", run], "did you mean --run?"],
    [["--run"], "Cannot use --run: it needs a value: current one is --out"],
    [["--weights=x.safetensors", "--best"], "--best without --run"],
    [["--weights=x.safetensors"], "without --model"],
    [["--run", run, "--optimizer=gsdg"], "current value is gsdg: did you mean gsgd?"],
    [["--run", run, "--optimizer=sgd", "--best"], "a run writes it with --validation"],
    [["--model=mlp:4-2", "--weights=x", "--classes=abc"], "Cannot use --classes abc: it must be"],
    [["--run", run, "--format=pdf"], "it must be onnx, program, npz, or safetensors"],
    [["--run", run, "--format=npz", "--softmax"], "it is for onnx and program only"],
    [["--run", run, "--optimizer=sgd", "--batch=0"], "a positive whole number"],
    [["--run", run, "--optimizer=sgd", "--raw-input"], "no known normalization"],
    [["--model=resnet-8", "--weights=x", "--sample=3x"], "sizes such as 3x32x32"],
  ];
  for (const [flags, message] of wrong) {
    const { code, stderr } = await call("export", ...flags, ...out);
    assertEquals([code, stderr.split("\n").length], [2, 1], stderr);
    assertStringIncludes(stderr, message);
  }
  const missing = await call("export", "--run", `${folder.path}/none`, ...out);
  assertEquals(missing.code, 1);
  assertStringIncludes(missing.stderr, "Cannot export");
  await Deno.writeTextFile(out[1]!, "precious");
  const flags = ["export", "--run", run, "--optimizer=sgd", ...out];
  const kept = await call(...flags);
  assertEquals([kept.code, await Deno.readTextFile(out[1]!)], [1, "precious"]);
  assertStringIncludes(kept.stderr, "use --force to replace it");
  assertEquals((await call(...flags, "--force")).code, 0);
  const help = await call("export", "--help");
  assertEquals(help.code, 0);
  assertStringIncludes(help.stdout, "--raw-input");
});
