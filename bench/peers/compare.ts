/**
 * Compares Gspace with other frameworks in one session: checks that results agree, and then times
 * all contenders alternately.
 * @module
 */
import {
  networks,
  plainNet,
  plainNetName,
  recurrentName,
  recurrentNet,
  resNet,
  resNetName,
  transformer,
  transformerName,
} from "../cases.ts";
import { convName, convShapes, peakCase } from "../op_cases.ts";
import type { DeviceName } from "../devices.ts";
import { type Timing, timingOf } from "../measure.ts";
import { type ContenderCommand, ContenderProcess } from "./contender_process.ts";
import type { Sample, Subject } from "./protocol.ts";
import { disagreement, referenceOf, tolerated } from "./references.ts";

/** Work to compare, with the name of its case. */
interface Comparison {
  readonly name: string;
  readonly subject: Subject;
}

const comparisons: readonly Comparison[] = [
  { name: peakCase.name, subject: { kind: "matmul", m: 1024, n: 1024, k: 1024 } },
  ...Object.values(networks).map(({ widths, batch }): Comparison => ({
    name: `step ${widths.join(":")} b${batch} sgd`,
    subject: { kind: "training", widths, batch },
  })),
  ...convShapes.flatMap((shape): Comparison[] => [
    { name: convName(shape, "forward"), subject: { kind: "conv", ...shape, backward: false } },
    {
      name: convName(shape, "forward+backward"),
      subject: { kind: "conv", ...shape, backward: true },
    },
  ]),
  ...plainNet.batches.map((batch): Comparison => ({
    name: `${plainNetName(batch)} sgd`,
    subject: { kind: "plainNet", depth: plainNet.depth, batch, shortcuts: false },
  })),
  { name: `${recurrentName} sgd`, subject: { kind: "recurrent", ...recurrentNet } },
  { name: `${resNetName} sgd`, subject: { kind: "plainNet", ...resNet, shortcuts: true } },
  { name: `${transformerName} sgd`, subject: { kind: "transformer", ...transformer } },
];

/** Result of a contender. */
export interface PeerRow {
  readonly device: DeviceName;
  readonly name: string;
  readonly framework: string;
  readonly description: string;
  /**
   * Milliseconds from the request to the results that are checked: model, compilation, and, for
   * training, the first steps. Missing if it failed or declined.
   */
  readonly preparation?: number;
  /** Missing if its results disagree or it failed: see `problem`. */
  readonly timing?: Timing;
  /** CPU time of all threads. */
  readonly cpuTiming?: Timing;
  readonly problem?: string;
  /** Why the contender does not support this work; then there is no timing. */
  readonly declined?: string;
}

/** How long to measure. */
export interface CompareEffort {
  readonly rounds: number;
  readonly milliseconds: number;
  /** Time limit per contender in milliseconds; each one is timed in at least two rounds. */
  readonly budget: number;
}

/** Minimum number of rounds, even for slow contenders. */
const FEWEST_ROUNDS = 2;

/** Runs all comparisons on one device. The first command is that of Gspace. */
export async function compare(
  device: DeviceName,
  commands: readonly ContenderCommand[],
  { effort, wanted, onRow }: {
    readonly effort: CompareEffort;
    readonly wanted: (name: string) => boolean;
    readonly onRow: (row: PeerRow) => void;
  },
): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const contenders: ContenderProcess[] = [];
  for (const command of commands) {
    try {
      contenders.push(stack.use(await ContenderProcess.start(command)));
    } catch (error) {
      const { framework } = command;
      onRow({ device, name: "start", framework, description: framework, ...failureOf(error) });
    }
  }
  for (const comparison of comparisons.filter(({ name }) => wanted(name))) {
    const rows = await compareOne(contenders, comparison, effort);
    rows.forEach((row) => onRow({ device, ...row }));
  }
}

async function compareOne(
  contenders: readonly ContenderProcess[],
  { name, subject }: Comparison,
  effort: CompareEffort,
): Promise<Omit<PeerRow, "device">[]> {
  const samples = new Map<ContenderProcess, Sample[]>();
  const failures = new Map<ContenderProcess, Pick<PeerRow, "problem" | "declined">>();
  const preparations = new Map<ContenderProcess, number>();
  let expected = referenceOf(subject);
  for (const contender of contenders) {
    const start = performance.now();
    const answer = await contender.prepare(subject).catch(failureOf);
    if (!("check" in answer)) {
      failures.set(contender, answer);
      continue;
    }
    preparations.set(contender, performance.now() - start);
    expected ??= tolerated(answer.check, subject);
    const problem = disagreement(answer.check, expected);
    if (problem) failures.set(contender, { problem });
    else samples.set(contender, []);
  }
  await sampleInTurns(samples, effort, (contender, error) => {
    samples.delete(contender);
    failures.set(contender, failureOf(error));
  });
  return contenders.map((contender) => {
    const { framework, description } = contender;
    const taken = samples.get(contender);
    const preparation = preparations.get(contender);
    return {
      name,
      framework,
      description,
      ...(preparation !== undefined && { preparation }),
      ...(taken && timingsOf(taken)),
      ...failures.get(contender),
    };
  });
}

function timingsOf(taken: readonly Sample[]): Pick<PeerRow, "timing" | "cpuTiming"> {
  return {
    timing: timingOf(taken.map(({ milliseconds }) => milliseconds)),
    cpuTiming: timingOf(taken.map(({ cpuMilliseconds }) => cpuMilliseconds)),
  };
}

/** Takes one sample of each contender per round. The first round is a warm-up. */
async function sampleInTurns(
  samples: ReadonlyMap<ContenderProcess, Sample[]>,
  { rounds, milliseconds, budget }: CompareEffort,
  onFailure: (contender: ContenderProcess, error: unknown) => void,
): Promise<void> {
  const spent = new Map<ContenderProcess, number>();
  for (let round = 0; round <= rounds; round++) {
    for (const [contender, taken] of samples) {
      const before = spent.get(contender) ?? 0;
      if (before > budget && taken.length >= FEWEST_ROUNDS) continue;
      try {
        const sample = await contender.sample(milliseconds);
        spent.set(contender, before + sample.milliseconds * sample.runs);
        if (round > 0) taken.push(sample);
      } catch (error) {
        onFailure(contender, error);
      }
    }
  }
}

function failureOf(error: unknown): { readonly problem: string } {
  return { problem: error instanceof Error ? error.message : String(error) };
}
