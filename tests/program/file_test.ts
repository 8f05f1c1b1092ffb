/** Files of programs: what they keep, and what is refused. */
import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { decodeCheckedSafetensors, encodeCheckedSafetensors } from "../../checkpoint/mod.ts";
import { openCpu } from "../../cpu/mod.ts";
import { GraphError, ShapeError } from "../../graph/mod.ts";
import * as gs from "../../mod.ts";
import { decodeProgram, encodeProgram } from "../../program/file.ts";
import { NarrowBackend } from "../support/narrow_backend.ts";
import { assertAllClose } from "../support/close.ts";
import { programCases, valuesFor } from "./_cases.ts";

/** All that is in a file, whatever the order of fields is. */
async function contentsOf(file: Uint8Array<ArrayBuffer>): Promise<unknown> {
  const { tensors, metadata } = await decodeCheckedSafetensors(file);
  return [tensors, JSON.parse(metadata.get("gspace.program")!)];
}

for (const [name, make] of Object.entries(programCases)) {
  Deno.test(`a file has all of a program: ${name}`, async () => {
    const { inputs, fn, owned = [] } = make();
    const file = await gs.exportProgram(inputs, fn);
    const again = await encodeProgram(await decodeProgram(file));
    assertEquals(await contentsOf(again), await contentsOf(file));
    owned.forEach((each) => each[Symbol.dispose]());
  });
}

Deno.test("a program without a target runs on the CPU, nearly as compile does", async () => {
  const { inputs, fn, owned } = programCases["a residual network"]!();
  using backend = openCpu({ threads: 1 });
  using program = await gs.loadProgram(await gs.exportProgram(inputs, fn), { backend });
  using step = await gs.compile(inputs, fn, { backend });
  const x = valuesFor(inputs.x!, 1);
  for (const each of [program, step]) each.run({ x });
  const [actual, expected] = [(await program.read()).y!, (await step.read()).y!];
  assertAllClose(actual, expected, { relative: 1e-4, absolute: 1e-5 }, "y");
  owned?.forEach((each) => each[Symbol.dispose]());
});

Deno.test("weights are tensors of the file under their names, as other tools read them", async () => {
  const { inputs, fn, owned } = programCases["a perceptron"]!();
  const { tensors } = gs.decodeSafetensors(await gs.exportProgram(inputs, fn));
  assertEquals([...tensors.keys()].toSorted(), ["0.bias", "0.weight", "2.bias", "2.weight"]);
  assertEquals(tensors.get("0.weight")!.shape, [16, 5]);
  owned?.forEach((each) => each[Symbol.dispose]());
});

Deno.test("values that share a name are stored under distinct ones", async () => {
  using backend = openCpu({ threads: 1 });
  const names = ["w", "w", "", "__metadata__", "\ud800"];
  const variables = names.map((name, i) =>
    new gs.Variable(name, gs.f32([1]), () => Float32Array.of(10 ** i))
  );
  const file = await gs.exportProgram({}, () => ({
    outputs: { sum: variables.reduce((sum: gs.Tensor, each) => sum.add(each), gs.zeros([1])) },
  }));
  using program = await gs.loadProgram(file, { backend });
  program.run();
  assertEquals([...(await program.read()).sum!], [11111]);
});

Deno.test("a loaded program starts from the values at export, and has its own", async () => {
  using backend = openCpu({ threads: 1 });
  using count = new gs.Variable("count", gs.f32([]));
  const traced = gs.trace({}, () => ({
    outputs: { count: count.add(1) },
    updates: new Map([[count, count.add(1)]]),
  }));
  using step = await gs.compile(traced, { backend });
  for (let i = 0; i < 3; i++) step.run();
  const file = await gs.exportProgram(traced);
  step.run();
  for (let load = 0; load < 2; load++) {
    using program = await gs.loadProgram(file, { backend });
    for (const expected of [4, 5]) {
      program.run();
      assertEquals([...(await program.read()).count!], [expected]);
    }
  }
  assertEquals([...await count.data()], [4]);
});

Deno.test("a loaded program has the errors of a compiled one", async () => {
  using backend = openCpu({ threads: 1 });
  const file = await gs.exportProgram(
    { x: gs.f32([2]), y: gs.f32([2]) },
    ({ x, y }) => ({ outputs: { sum: x.add(y) } }),
    { label: "sum" },
  );
  using program = await gs.loadProgram(file, { backend });
  await assertRejects(() => program.read(), GraphError, 'Cannot read "sum": it has not run yet');
  program.write("x", Float32Array.of(1, 2));
  assertThrows(() => program.run(), GraphError, 'missing: "y"');
  assertThrows(() => program.write("z", Float32Array.of(1)), GraphError, "the inputs are x, y");
  assertThrows(() => program.run({ y: Float32Array.of(1) }), ShapeError, "a Float32Array of 2");
});

Deno.test("a backend that allows less refuses a program, and says what to do", async () => {
  using cpu = openCpu({ threads: 1 });
  const add = (count: number) =>
    gs.trace(
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`x${i}`, gs.f32([9])])),
      (inputs) => ({ outputs: { sum: Object.values(inputs).reduce((a, b) => a.add(b)) } }),
    );
  const file = await gs.exportProgram(add(20), { target: cpu, label: "many" });
  const few = new NarrowBackend(cpu, { slotsPerDispatch: 8 });
  const error = await assertRejects(() => gs.loadProgram(file, { backend: few }), gs.ProgramError);
  assertStringIncludes(error.message, 'Cannot load program "many" on this cpu backend: a dispatch');
  assertStringIncludes(error.message, "may access 8 values");
  assertStringIncludes(error.message, "accesses 21: export it again, with");
  using _ = await gs.loadProgram(await gs.exportProgram(add(20)), { backend: few });
  const small = new NarrowBackend(cpu, { bytesPerSlot: 32 });
  await assertRejects(
    () => gs.loadProgram(file, { backend: small }),
    gs.ProgramError,
    "may take at most 32 bytes",
  );
  assertEquals(cpu.memory().liveBuffers > 0, true);
});

Deno.test("what is no file of a program is refused", async () => {
  using backend = openCpu({ threads: 1 });
  const weights = new Map([["w", gs.fromTyped(Float32Array.of(1), [1])]]);
  const load = (bytes: Uint8Array<ArrayBuffer>) => gs.loadProgram(bytes, { backend });
  await assertRejects(() => load(gs.encodeSafetensors(weights)), gs.ProgramError, "gspace.program");
  await assertRejects(() => load(new Uint8Array(3)), gs.ProgramError, "header length");
  const file = await gs.exportProgram({}, () => ({ outputs: { x: gs.ones([1]) } }));
  const { tensors, metadata } = await decodeCheckedSafetensors(file);
  const unchecked = gs.encodeSafetensors(tensors, metadata);
  await assertRejects(() => load(unchecked), gs.ProgramError, "missing checksum");
  const later = metadata.get("gspace.program")!.replace('"version":1', '"version":2,"more":[]');
  await assertRejects(
    async () => load(await encodeCheckedSafetensors(tensors, { "gspace.program": later })),
    gs.ProgramError,
    "program.version must be a whole number from 1 to 1: current is 2",
  );
  const text = "model.safetensors" as unknown as Uint8Array<ArrayBuffer>;
  await assertRejects(() => load(text), TypeError, "as a Uint8Array");
  await assertRejects(() => gs.loadProgram(file, JSON.parse('{"device":1}')), TypeError, "device");
  await assertRejects(() => gs.loadProgram(file), GraphError, "there is no backend");
});
