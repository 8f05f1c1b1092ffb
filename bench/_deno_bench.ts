/**
 * Gives cases of the table to `deno bench`.
 * @module
 */
import type { Backend } from "../mod.ts";
import type { Case } from "./cases.ts";
import { type Job, prepare } from "./job.ts";

/** Runs in one measured call, so that the wait at its end is small beside them. */
const RUNS = 4;

/** Compiles and warms a case, and has `deno bench` time runs that end with one wait. */
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
