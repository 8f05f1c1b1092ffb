/**
 * Gspace as a contender, in a process of its own like the others.
 * @module
 */
import { openBackend } from "../../mod.ts";
import { type Job, prepareOp, prepareTraining } from "../job.ts";
import { CHECKED_STEPS, type Contender, type Job as Work, probes, serve } from "./protocol.ts";

const [device] = Deno.args;

await serve(open);

async function open(): Promise<Contender> {
  const backend = await openBackend(device === "gpu" ? "gpu" : "cpu");
  return {
    description: `gspace ${backend.description.replace(/ \(.*\)/, "")}`,
    async prepare(subject) {
      if (subject.kind === "matmul") {
        const { m, n, k } = subject;
        const job = await prepareOp({
          name: "matmul",
          inputs: { a: [m, k], b: [k, n] },
          build: ({ a, b }) => a!.matmul(b!),
        }, backend);
        const c = await job.result.data();
        return workOf(job, probes({ m, n }).map((i) => c[i] ?? NaN));
      }
      const job = await prepareTraining({ name: "step", optimizer: "sgd", ...subject }, backend);
      const losses: number[] = [];
      for (let i = 0; i < CHECKED_STEPS; i++) {
        job.run();
        losses.push(await job.loss());
      }
      return workOf(job, losses);
    },
  };
}

function workOf(job: Job, check: readonly number[]): Work {
  return {
    check,
    async run(times) {
      for (let i = 0; i < times; i++) job.run();
      await job.wait();
    },
    close: () => job[Symbol.dispose](),
  };
}
