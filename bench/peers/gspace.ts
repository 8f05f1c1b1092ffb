/**
 * Gspace as a contender, in a separate process like the others.
 * @module
 */
import type { Backend } from "../../mod.ts";
import { conv3x3, type OpCase, product } from "../op_cases.ts";
import { deviceNames, openDevice } from "../devices.ts";
import {
  type Job,
  prepareOp,
  preparePlainNet,
  prepareRecurrent,
  prepareTraining,
  prepareTransformer,
  type TrainingJob,
} from "../job.ts";
import {
  CHECKED_PLAIN_NET_STEPS,
  CHECKED_STEPS,
  type Contender,
  type Job as Work,
  lossesOf,
  probedResults,
  serve,
  type Subject,
} from "./protocol.ts";

const [device] = Deno.args;

await serve(open);

async function open(): Promise<Contender> {
  const name = deviceNames.find((each) => each === device);
  const backend = name && await openDevice(name);
  if (!backend) throw new Error(`Cannot open "${device}": there is no such device`);
  return {
    description: `gspace ${backend.description.replace(/ \(.*\)/, "")}`,
    prepare: (subject) => workFor(subject, backend),
  };
}

async function workFor(subject: Subject, backend: Backend): Promise<Work> {
  switch (subject.kind) {
    case "matmul": {
      const { m, n, k } = subject;
      return await opWork(product(m, k, n), backend);
    }
    case "conv":
      return await opWork(
        conv3x3(subject, subject.backward ? "forward+backward" : "forward"),
        backend,
      );
    case "training": {
      const job = await prepareTraining({ name: "step", optimizer: "sgd", ...subject }, backend);
      return await stepWork(job, CHECKED_STEPS);
    }
    case "plainNet": {
      const job = await preparePlainNet({ name: "step", optimizer: "sgd", ...subject }, backend);
      return await stepWork(job, CHECKED_PLAIN_NET_STEPS);
    }
    case "recurrent": {
      const job = await prepareRecurrent({ name: "step", optimizer: "sgd", ...subject }, backend);
      return await stepWork(job, CHECKED_STEPS);
    }
    case "transformer": {
      const job = await prepareTransformer({ name: "step", optimizer: "sgd", ...subject }, backend);
      return await stepWork(job, CHECKED_STEPS);
    }
  }
}

/** Checks scalar results themselves, and the elements at the probes of other results. */
async function opWork(benchCase: OpCase, backend: Backend): Promise<Work> {
  const job = await prepareOp(benchCase, backend);
  const results = await Promise.all(job.results.map((result) => result.data()));
  return workOf(job, probedResults(results));
}

async function stepWork(job: TrainingJob, steps: number): Promise<Work> {
  const losses = await lossesOf(steps, () => {
    job.run();
    return job.loss();
  });
  return workOf(job, losses);
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
