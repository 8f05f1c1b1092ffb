import { assert, assertEquals, assertRejects } from "@std/assert";
import { compare, type PeerRow } from "../../bench/peers/compare.ts";
import { ContenderProcess } from "../../bench/peers/contender_process.ts";

/** A contender that answers from a script instead of computing. */
function scripted(framework: string, answers: readonly unknown[]) {
  const program = `
    const answers = ${JSON.stringify(answers)};
    console.log("a banner that is no answer");
    for await (const _ of Deno.stdin.readable) console.log(JSON.stringify(answers.shift()));
  `;
  const ready = `console.log(JSON.stringify({ ready: "scripted" }));`;
  return { framework, command: Deno.execPath(), args: ["eval", ready + program] };
}

const losses = [2.5, 2.4, 2.3, 2.2, 2.1];
const sample = { milliseconds: 5, cpuMilliseconds: 9, runs: 3 };
const effort = { rounds: 2, milliseconds: 1, budget: 1000 };

async function compareSteps(commands: ReturnType<typeof scripted>[]): Promise<PeerRow[]> {
  const rows: PeerRow[] = [];
  const wanted = (name: string) => name.startsWith("step 49:");
  await compare("cpu", commands, { effort, wanted, onRow: (row) => rows.push(row) });
  return rows;
}

Deno.test("contenders that agree are timed in turns", async () => {
  const rows = await compareSteps(
    ["gspace", "other"].map((name) => scripted(name, [{ check: losses }, sample, sample, sample])),
  );
  assertEquals(rows.map(({ framework }) => framework), ["gspace", "other"]);
  assertEquals(rows.map(({ timing }) => timing?.samples), [[5, 5], [5, 5]]);
  assert(rows.every(({ preparation }) => preparation! > 0));
});

Deno.test("a contender whose losses differ is named and not timed", async () => {
  const wrong = [...losses.slice(0, 4), 2.2];
  const [own, other] = await compareSteps([
    scripted("gspace", [{ check: losses }, sample, sample, sample]),
    scripted("other", [{ check: wrong }]),
  ]);
  assertEquals(own?.timing?.median, 5);
  assertEquals(other?.timing, undefined);
  assertEquals(other?.problem, "result 4 is 2.2, expected 2.1");
});

Deno.test("a contender may decline work and say why", async () => {
  const [own, other] = await compareSteps([
    scripted("gspace", [{ check: losses }, sample, sample, sample]),
    scripted("other", [{ declined: "a step takes a minute" }]),
  ]);
  assertEquals(own?.timing?.samples.length, 2);
  assertEquals([other?.timing, other?.problem], [undefined, undefined]);
  assertEquals(other?.declined, "a step takes a minute");
  assertEquals(other?.preparation, undefined);
});

Deno.test("a slow contender is timed in only two rounds", async () => {
  const long = { milliseconds: 2000, cpuMilliseconds: 9, runs: 1 };
  const rows: PeerRow[] = [];
  await compare("cpu", [
    scripted("gspace", [{ check: losses }, ...Array.from({ length: 5 }, () => sample)]),
    scripted("other", [{ check: losses }, long, long, long]),
  ], {
    effort: { rounds: 4, milliseconds: 1, budget: 1000 },
    wanted: (name) => name.startsWith("step 49:"),
    onRow: (row) => rows.push(row),
  });
  assertEquals(rows.map(({ timing }) => timing?.samples.length), [4, 2]);
});

Deno.test("a contender that exits early is reported with its error output", async () => {
  const command = {
    framework: "broken",
    command: Deno.execPath(),
    args: ["eval", `console.error("no such device"); Deno.exit(1)`],
  };
  await assertRejects(() => ContenderProcess.start(command), Error, "no such device");
});
