/**
 * Checks random graphs by hand:
 *
 *     deno run -A tests/metamorphic/main.ts --graphs 10000 --threads 2 --seed 1 --backend cpu
 */
import { parseArgs } from "node:util";
import type { Backend } from "../../graph/mod.ts";
import { openGpu } from "../../gpu/mod.ts";
import { properties } from "./properties.ts";
import { randomProgram } from "./random_program.ts";
import { Checker } from "./report.ts";
import { openSharing } from "./sharing.ts";
import { countSharpness, type SharpnessCounts } from "./sharpness.ts";

/** Failures after which the command stops: each is shrunk, which takes a while. */
const MOST_FAILURES = 10;

/** One graph of so many is looked at for how much its comparisons say. */
const SAMPLED = 20;

const { values: flags } = parseArgs({
  args: Deno.args,
  options: {
    graphs: { type: "string", default: "1000" },
    threads: { type: "string", default: "2" },
    seed: { type: "string", default: "1" },
    backend: { type: "string", default: "cpu" },
    checked: { type: "boolean" },
  },
});

function wholeNumber(name: "graphs" | "threads" | "seed", least: number): number {
  const value = Number(flags[name]);
  if (Number.isInteger(value) && value >= least) return value;
  throw new RangeError(
    `Cannot check random graphs: --${name} must be a whole number from ${least}: current value ` +
      `is ${flags[name]}`,
  );
}

async function open(): Promise<Backend> {
  if (flags.backend === "cpu") {
    return openSharing(wholeNumber("threads", 1), { checked: flags.checked === true });
  }
  const gpu = flags.backend === "gpu" ? await openGpu() : null;
  if (gpu) return gpu;
  throw new Error(
    `Cannot check random graphs: --backend must be cpu or gpu, and the device must be there: ` +
      `current value is ${flags.backend}`,
  );
}

async function main(): Promise<number> {
  const [graphs, seed] = [wholeNumber("graphs", 1), wholeNumber("seed", 0)];
  const backend = await open();
  console.log(`${graphs} graphs from seed ${seed} on ${backend.description}`);
  const checker = new Checker(backend, properties);
  const counts: SharpnessCounts = { exact: 0, tight: 0, loose: 0 };
  const started = performance.now();
  let failures = 0;
  for (let i = 0; i < graphs && failures < MOST_FAILURES; i++) {
    const program = randomProgram(seed + i);
    try {
      await checker.check(program, `seed ${seed + i}`);
    } catch (error) {
      failures++;
      console.error(error instanceof Error ? error.message : error);
    }
    if (i % SAMPLED === 0) countSharpness(program, counts);
    if ((i + 1) % 100 === 0) console.log(`${i + 1} graphs, ${failures} wrong`);
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  console.log(`${failures} wrong of ${graphs} graphs in ${seconds} s`);
  console.log(
    `elements of one graph in ${SAMPLED}: ${JSON.stringify(counts)}; left: ${
      JSON.stringify(backend.memory())
    }`,
  );
  backend[Symbol.dispose]();
  return failures;
}

if (import.meta.main) Deno.exit(await main() > 0 ? 1 : 0);
