/**
 * What `deno task bench --device mpi` runs as each rank: `rank.ts FILE SAMPLES`. The first rank writes
 * its times to the file.
 * @module
 */
import { compileDistributed, overMpi, sumOverRanks } from "../../distributed/mod.ts";
import type { Communicator } from "../../distributed/mod.ts";
import {
  type Backend,
  compile,
  crossEntropy,
  initialize,
  openCpu,
  Optimizer,
  PlainNet,
  sgd,
  type Tensor,
  type Traced,
  type Variable,
} from "../../mod.ts";
import { plainNetInputs } from "../conv_inputs.ts";
import { type Timing, timingOf } from "../measure.ts";
import { labeledBatch } from "../training_step.ts";

/** Samples of PlainNet-20 for each rank. */
export const BATCH = 128;

/** Floats of an all-reduce: the weights of the perceptron 784-512-512-10, 2.67 MB. */
const FLOATS = 668_672;

/** All-reduces in a sample. */
const REDUCTIONS = 20;

/** Times in milliseconds of one rank among `size`. */
export interface RankTimes {
  readonly size: number;
  readonly description: string;
  readonly backend: string;
  readonly allReduce: Timing;
  /** A step that sums its gradients over the ranks. */
  readonly step: Timing;
  /** The same step as one process takes it, timed in turns with it, if there is one rank. */
  readonly plain?: Timing;
}

/** Something to time. */
type Work = () => void | Promise<void>;

async function measureRank(communicator: Communicator, samples: number): Promise<RankTimes> {
  using backend = openCpu({ threads: 1 });
  const { size, description } = communicator;
  const data = new Float32Array(new SharedArrayBuffer(4 * FLOATS)).fill(1 / FLOATS);
  const [allReduce] = await timeInTurns([async () => {
    for (let i = 0; i < REDUCTIONS; i++) await communicator.sum(data);
  }], samples);
  using distributed = await prepareStep(backend, communicator);
  using plain = size === 1 ? await prepareStep(backend) : undefined;
  const [step, alone] = await timeInTurns(
    [distributed.run, ...(plain ? [plain.run] : [])],
    samples,
  );
  return {
    ...{ size, description, backend: backend.description },
    allReduce: timingOf(allReduce!.map((time) => time / REDUCTIONS)),
    step: timingOf(step!),
    ...(alone && { plain: timingOf(alone) }),
  };
}

/** Times each work in every round, in alternating order. All ranks do the same number of rounds. */
async function timeInTurns(works: readonly Work[], samples: number): Promise<number[][]> {
  const times = works.map((): number[] => []);
  for (const work of works) await work();
  for (let round = 0; round < samples; round++) {
    const order = [...works.keys()];
    for (const i of round % 2 === 0 ? order : order.toReversed()) {
      const start = performance.now();
      await works[i]!();
      times[i]!.push(performance.now() - start);
    }
  }
  return times;
}

/** A step of PlainNet-20 on a batch that is on the device already. */
async function prepareStep(
  backend: Backend,
  communicator?: Communicator,
): Promise<Disposable & { readonly run: Work }> {
  const model = initialize(new PlainNet(20), { seed: 1 });
  const optimizer = new Optimizer(model.parameters(), sgd({ learningRate: 0.01 }));
  const { x, y } = plainNetInputs(20, BATCH);
  const types = labeledBatch([BATCH, 3, 32, 32]);
  const trace = (batch: Readonly<Record<"x" | "y", Tensor>>): Traced<never> => {
    const share = 1 / (communicator?.size ?? 1);
    const mean = communicator ? (each: Tensor) => sumOverRanks(each.mul(share)) : same;
    const statistics = new Map<Variable, Tensor>();
    const record = (variable: Variable, next: Tensor) => void statistics.set(variable, mean(next));
    const logits = model.forward(batch.x, { training: true, record, counter: optimizer.step });
    const loss = crossEntropy(logits, batch.y);
    const shared = communicator ? loss.mul(share) : loss;
    return { updates: new Map([...optimizer.minimize(shared), ...statistics]) };
  };
  const compiled = communicator
    ? await compileDistributed<"x" | "y", never>(types, trace, { communicator, backend })
    : await compile<"x" | "y", never>(types, trace, { backend });
  await compiled.run({ x, y });
  return {
    run: () => compiled.run(),
    [Symbol.dispose]: () =>
      [compiled, optimizer, model].forEach((owner) => owner[Symbol.dispose]()),
  };
}

function same(x: Tensor): Tensor {
  return x;
}

if (import.meta.main) {
  const [file = "", samples = "1"] = Deno.args;
  await overMpi(async (communicator) => {
    const times = await measureRank(communicator, Number(samples));
    if (communicator.rank === 0) Deno.writeTextFileSync(file, JSON.stringify(times));
  });
}
