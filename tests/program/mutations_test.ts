/** Damaged and forged files: a typed error, or a program that runs within its memory. */
import { assert, assertEquals, assertInstanceOf, assertLess } from "@std/assert";
import { decodeCheckedSafetensors, encodeCheckedSafetensors } from "../../checkpoint/mod.ts";
import { CheckError, openCpu } from "../../cpu/mod.ts";
import type { Backend, PlanLoop } from "../../graph/mod.ts";
import * as gs from "../../mod.ts";
import { mutate } from "../fuzz/mutate.ts";
import { generator } from "../support/random.ts";
import { programCases, valuesFor } from "./_cases.ts";

const KEY = "gspace.program";

async function fileOf(name: string): Promise<Uint8Array<ArrayBuffer>> {
  const { inputs, fn, owned } = programCases[name]!();
  const file = await gs.exportProgram(inputs, fn);
  owned?.forEach((each) => each[Symbol.dispose]());
  return file;
}

/** How often a program's loops run. A forged program may take forever, and this must not. */
function turnsOf(loops: readonly PlanLoop[] = []): number {
  return loops.reduce((sum, { turns, loops }) => sum + turns * (1 + turnsOf(loops)), 0);
}

/** Loads a file and runs it once. Returns the error, which must be typed. */
async function attempt(
  file: Uint8Array<ArrayBuffer>,
  backend: Backend,
): Promise<Error | undefined> {
  let program: gs.Compiled<string, string> | undefined;
  try {
    program = await gs.loadProgram(file, { backend });
    if (turnsOf(program.plan.loops) > 1000) return undefined;
    for (const [name, type] of Object.entries(program.inputs)) {
      program.write(name, valuesFor(type, 1));
    }
    program.run();
    await program.read();
    return undefined;
  } catch (error) {
    assertInstanceOf(error, Error);
    return error;
  } finally {
    program?.[Symbol.dispose]();
  }
}

for (const name of ["a perceptron", "nested loops", "bytes, integers, and booleans"]) {
  Deno.test(`each changed byte of a file is noticed: ${name}`, async () => {
    using backend = openCpu({ threads: 1 });
    const file = await fileOf(name);
    const random = generator(7);
    for (let i = 0; i < 400; i++) {
      const broken = Uint8Array.from(mutate(file, random));
      const isSame = broken.length === file.length && broken.every((byte, k) => byte === file[k]);
      const error = await attempt(broken, backend);
      if (isSame) assertEquals(error, undefined);
      else assertInstanceOf(error, gs.ProgramError, `mutation ${i}: ${error?.stack}`);
    }
    assertEquals(backend.memory().liveBuffers, 0);
  });
}

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** The places of all values in JSON, each as a function that replaces it. */
function placesIn(json: Json): ((value: (old: Json) => Json) => void)[] {
  if (typeof json !== "object" || json === null) return [];
  return Object.entries(json).flatMap(([key, old]) => [
    (value: (old: Json) => Json) => void Reflect.set(json, key, value(old)),
    ...placesIn(old),
  ]);
}

/** Values that take the place of another one. Numbers that are near it pass most checks. */
const replacements: readonly ((old: Json) => Json)[] = [
  ...[0, 1, -1, 2, 3, 7, 0.5, 64, 4096, 2 ** 31, -(2 ** 31), 2 ** 53].map((value) => () => value),
  ...[1, -1, 4, -4].map((step) => (old: Json) => typeof old === "number" ? old + step : step),
  ...["", "f32", "i32", "u8", "NaN", "add", "max", "select", "external"].map((value) => () =>
    value
  ),
  ...[
    () => null,
    () => true,
    () => [],
    () => ({}),
    (old: Json) => [old],
    (old: Json) => [old, old],
  ],
  (old) => Array.isArray(old) ? old.slice(1) : old,
  (old) => Array.isArray(old) ? [...old, ...old.slice(-1)] : old,
  (old) => Array.isArray(old) ? old.toReversed() : old,
];

/** Whether a program that was accepted may fail so: the device lacks room, or a function. */
function isAllowed(error: Error): boolean {
  if (["DeviceError", "OutOfMemoryError", "GraphError", "ShapeError"].includes(error.name)) {
    return true;
  }
  // Loads are clamped; the checked mode says of which ones the element is used.
  return error instanceof CheckError && error.message.includes("must only use elements");
}

for (const name of Object.keys(programCases)) {
  Deno.test(`forged fields are refused, or harmless: ${name}`, async () => {
    using backend = openCpu({ threads: 1, checked: true, maximumBytes: 2 ** 28 });
    const { tensors, metadata } = await decodeCheckedSafetensors(await fileOf(name));
    const text = metadata.get(KEY)!;
    const count = placesIn(JSON.parse(text)).length;
    const random = generator(name.length);
    let refused = 0;
    const tries = 300;
    for (let i = 0; i < tries; i++) {
      const json = JSON.parse(text);
      const replacement = replacements[Math.floor(random() * replacements.length)]!;
      placesIn(json)[Math.floor(random() * count)]!(replacement);
      const file = await encodeCheckedSafetensors(tensors, { [KEY]: JSON.stringify(json) });
      const error = await attempt(file, backend);
      const what = `mutation ${i}: ${error?.stack}`;
      if (error instanceof gs.ProgramError) refused++;
      else if (error) assert(isAllowed(error), what);
    }
    assertLess(tries / 3, refused);
    assertEquals(backend.memory().liveBuffers, 0);
  });
}
