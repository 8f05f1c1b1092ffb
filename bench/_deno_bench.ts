/**
 * Runs cases of the table under `deno bench`.
 * @module
 */
import type { Backend } from "../mod.ts";
import type { Case } from "./cases.ts";
import { type Job, prepare } from "./job.ts";

/** Runs per measured call, so that the wait at its end is negligible. */
const RUNS = 4;

/** Compiles and warms up a case, and registers runs that end with one wait with `deno bench`. */
export async function measuredJob(
  benchCase: Case,
  { backend, group }: { readonly backend: Backend; readonly group: string },
): Promise<Job> {
  const job = await prepare(benchCase, backend);
  const runs = async () => {
    for (let i = 0; i < RUNS; i++) job.run();
    await job.wait();
  };
  await runs();
  const name = `${backend.name} ${benchCase.name}, ${RUNS} runs`;
  Deno.bench({ name, group, baseline: benchCase.name.endsWith(" sgd"), n: 5, warmup: 1, fn: runs });
  return job;
}
