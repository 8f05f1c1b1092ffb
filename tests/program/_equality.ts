/** That a program computes what `compile` does, bit for bit. */
import { assertEquals } from "@std/assert";
import type { Backend, HostArray } from "../../graph/mod.ts";
import { bytesOf } from "../../graph/bytes_of.ts";
import * as gs from "../../mod.ts";
import { type ProgramCase, valuesFor } from "./_cases.ts";

/** The outputs of several runs, as bytes. */
export async function outputsOf(
  step: gs.Compiled<string, string>,
  inputs: ProgramCase["inputs"],
): Promise<unknown[]> {
  const outputs: unknown[] = [];
  for (let run = 0; run < 3; run++) {
    const values = Object.entries(inputs).map(([name, type], i) =>
      [name, valuesFor(type, 10 * run + i)] as const
    );
    step.run(Object.fromEntries(values));
    const read: Record<string, HostArray> = await step.read();
    outputs.push(
      Object.entries(read).map(([name, data]) => [name, data.constructor.name, [...bytesOf(data)]]),
    );
  }
  return outputs;
}

/** Exports and loads a case on a backend, and compares it with the same function compiled there. */
export async function assertSameAsCompiled(
  { inputs, fn, owned = [] }: ProgramCase,
  backend: Backend,
): Promise<void> {
  const traced = gs.trace(inputs, fn);
  const file = await gs.exportProgram(traced, { target: backend });
  const program = await gs.loadProgram(file, { backend });
  const step = await gs.compile(traced, { backend });
  assertEquals(program.inputs, inputs);
  assertEquals(program.outputs, step.outputs);
  const actual = await outputsOf(program, inputs);
  assertEquals(actual, await outputsOf(step, inputs));
  for (const each of [program, step, ...owned]) each[Symbol.dispose]();
}
