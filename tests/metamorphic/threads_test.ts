import { assertEquals } from "@std/assert";
import { bytesOf } from "../../graph/bytes_of.ts";
import { untilReady } from "../cpu/_threads.ts";
import { checkRun, expectedOf } from "./expected.ts";
import { buildCase } from "./program.ts";
import { randomProgram } from "./random_program.ts";
import { printCase } from "./report.ts";
import { run } from "./run.ts";
import { openSharing } from "./sharing.ts";
import { checkRandomGraphs } from "./suite.ts";

const [FROM, COUNT] = [3001, 200];

Deno.test(`random graphs have the same bits with 1, 2 and 4 threads (seeds ${FROM} on)`, async () => {
  using one = openSharing(1);
  using two = openSharing(2);
  using four = openSharing(4);
  const backends = [one, two, four];
  for (let seed = FROM; seed < FROM + COUNT; seed++) {
    const subject = buildCase(randomProgram(seed, { elements: 1500 }));
    const expected = expectedOf(subject);
    const results: Uint8Array[][] = [];
    for (const backend of backends) {
      const result = await run(subject, backend);
      const what = `seed ${seed}, ${backend.description}`;
      try {
        checkRun(subject, result, expected);
      } catch (error) {
        throw new Error(`${what}\n${printCase(subject)}`, { cause: error });
      }
      results.push([...result.outputs, ...result.variables.values()].map(bytesOf));
    }
    const same = results.every((result) =>
      result.every((bytes, i) => bytes.every((byte, at) => byte === results[0]![i]![at]))
    );
    if (!same) throw new Error(`seed ${seed}: bits differ\n${printCase(subject)}`);
  }
  await untilReady(two, 2);
  await untilReady(four, 4);
  backends.forEach((backend) => assertEquals(backend.memory().liveBuffers, 0));
});

Deno.test("random graphs stay inside their slots where 2 threads share everything", async () => {
  using backend = openSharing(2, { checked: true });
  await checkRandomGraphs(backend, { from: 3301, count: 60 });
  await untilReady(backend, 2);
  assertEquals(backend.memory().liveBuffers, 0);
});
