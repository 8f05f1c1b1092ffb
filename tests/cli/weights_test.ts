import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { encodeNpz, encodeSafetensors, fromTyped, type TensorData } from "../../checkpoint/mod.ts";
import { call, small, temporaryFolder } from "./command.ts";

/** Weights of mlp:16-8-10, all of one value. */
function weights(prefix = ""): Map<string, TensorData> {
  return new Map([
    [`${prefix}0.weight`, fromTyped(new Float64Array(8 * 16).fill(0.25), [8, 16])],
    [`${prefix}2.weight`, fromTyped(new Float32Array(10 * 8).fill(0.5), [10, 8])],
  ]);
}

const flags = [
  ...small,
  "--model=mlp:16-8-10",
  "--optimizer=sgd,momentum",
  "--skeleton-init=keep",
  "--steps=1",
];

Deno.test("--weights reports once what was converted and ignored", async () => {
  await using folder = await temporaryFolder();
  const file = `${folder.path}/w.safetensors`;
  const tensors = weights().set("num_batches_tracked", fromTyped(BigInt64Array.of(1n), []));
  await Deno.writeFile(file, encodeSafetensors(tensors));
  const loud = flags.filter((flag) => flag !== "--quiet");
  const { code, stderr } = await call(...loud, "--weights", file, "--out", `${folder.path}/run`);
  assertEquals(code, 0, stderr);
  assertEquals(stderr.split("weights of ").length, 2);
  assertStringIncludes(stderr, "2 of 2 tensors loaded");
  assertStringIncludes(stderr, "converted: 1 of F64");
  assertStringIncludes(stderr, "ignored: 1 × num_batches_tracked");
});

Deno.test("--weights reads .npz files", async () => {
  await using folder = await temporaryFolder();
  const [one, two] = [`${folder.path}/w.npz`, `${folder.path}/w.safetensors`];
  await Deno.writeFile(one, await encodeNpz(weights(), { compress: true }));
  await Deno.writeFile(two, encodeSafetensors(weights()));
  for (const [file, out] of [[one, "a"], [two, "b"]] as const) {
    const { code, stderr } = await call(
      ...flags,
      "--weights",
      file,
      "--out",
      `${folder.path}/${out}`,
    );
    assertEquals([code, stderr], [0, ""]);
  }
  const [a, b] = await Promise.all(
    ["a", "b"].map((out) => Deno.readFile(`${folder.path}/${out}/sgd/model.safetensors`)),
  );
  assertEquals(a, b);
});

Deno.test("weights that do not fit are refused with advice in one line", async () => {
  await using folder = await temporaryFolder();
  const file = `${folder.path}/w.safetensors`;
  const run = async (tensors: Map<string, TensorData>, ...more: string[]) => {
    await Deno.writeFile(file, encodeSafetensors(tensors));
    const out = `${folder.path}/${crypto.randomUUID()}`;
    return await call(...flags, "--weights", file, "--out", out, ...more);
  };
  const wrapped = await run(weights("module."));
  assertEquals([wrapped.code, wrapped.stderr.split("\n").length], [1, 1]);
  assert(wrapped.stderr.endsWith(": use --weights-prefix module."), wrapped.stderr);
  assertEquals((await run(weights("module."), "--weights-prefix=module.")).code, 0);

  const wrong = weights();
  wrong.set("4.weight", fromTyped(Float32Array.of(1), [1]));
  const refused = await run(wrong);
  assertEquals([refused.code, refused.stderr.split("\n").length], [1, 1]);
  assertStringIncludes(refused.stderr, 'unexpected are "4.weight": use --weights-partial to load');
  const partial = await run(wrong, "--weights-partial");
  assertEquals(partial.code, 0);
  assertStringIncludes(partial.stderr, "warning: weights of");
  assertStringIncludes(partial.stderr, 'unexpected, not used: "4.weight"');
});

Deno.test("a damaged weights file is named, and flags without --weights are refused", async () => {
  await using folder = await temporaryFolder();
  const file = `${folder.path}/w.npz`;
  await Deno.writeFile(file, new Uint8Array(40));
  const { code, stderr } = await call(...flags, "--weights", file, "--out", `${folder.path}/run`);
  assertEquals(code, 1);
  assertStringIncludes(stderr, `Cannot read ${file}: Cannot read npz archive`);
  for (const flag of ["--weights-partial", "--weights-prefix=x."]) {
    const { code, stderr } = await call(...flags, flag);
    assertEquals(code, 2);
    assertStringIncludes(stderr, "without --weights");
  }
});
