/** That random graphs compute the same from a file as when they are compiled. */
import { assertEquals } from "@std/assert";
import { type Backend, type HostArray, lower } from "../../graph/mod.ts";
import { bytesOf } from "../../graph/bytes_of.ts";
import { loadProgram } from "../../program/mod.ts";
import { encodeProgram } from "../../program/file.ts";
import type { StoredInput, StoredOutput, StoredValue } from "../../program/stored_program.ts";
import { buildCase, type Case } from "../metamorphic/program.ts";
import { randomProgram } from "../metamorphic/random_program.ts";
import { run } from "../metamorphic/run.ts";

/** The file of a graph with the data of its variables, and the values of its inputs. */
async function fileOf({ graph, data }: Case, backend: Backend) {
  const { plan, externals } = lower(graph, backend.limits, "random");
  const inputs = new Map<string, StoredInput>();
  const outputs: (readonly [string, StoredOutput])[] = [];
  const values: StoredValue[] = [];
  for (const [slot, external] of externals) {
    const { type } = plan.slots[slot]!;
    if (external.kind === "input") inputs.set(external.name, { type, slot });
    if (external.kind === "constant") values.push({ slot, data: external.data, isUpdated: false });
    if (external.kind === "variable") {
      const isUpdated = graph.updates.has(external.node);
      values.push({ slot, data: data.get(external.node)!, isUpdated });
    }
    if (external.kind === "output") {
      const { dtype } = graph.outputs[external.index]!.type;
      outputs[external.index] = [`y${external.index}`, { dtype, slot }];
    }
  }
  return await encodeProgram({ plan, inputs, outputs: new Map(outputs), values });
}

/** Compares the outputs of the last step, bit for bit. */
export async function assertSameFromFile(seed: number, backend: Backend): Promise<void> {
  const random = buildCase(randomProgram(seed));
  const named = new Map<string, HostArray>();
  for (const [{ attrs }, data] of random.data) {
    named.set((attrs as { readonly name: string }).name, data);
  }
  const expected = (await run(random, backend)).outputs;
  const program = await loadProgram(await fileOf(random, backend), { backend });
  for (const name of Object.keys(program.inputs)) program.write(name, named.get(name)!);
  for (let step = 0; step < random.steps; step++) program.run();
  const actual = Object.values(await program.read());
  program[Symbol.dispose]();
  assertEquals(actual.map(bytesOf), expected.map(bytesOf), `seed ${seed}`);
}
