/**
 * The same work in Gspace and in its peers, in one session: results are compared first, then all
 * contenders are timed in turns.
 * @module
 */
import { networks, peakCase, stepFlops } from "../cases.ts";
import { values } from "../inputs.ts";
import { type Timing, timingOf } from "../measure.ts";
import { type ContenderCommand, ContenderProcess } from "./contender_process.ts";
import { probes, type Sample, type Subject } from "./protocol.ts";

/** A piece of work with a name. */
export interface Comparison {
  readonly name: string;
  readonly subject: Subject;
  readonly flops: number;
}

/** What all contenders do. */
export const comparisons: readonly Comparison[] = [
  {
    name: peakCase.name,
    subject: { kind: "matmul", m: 1024, n: 1024, k: 1024 },
    flops: peakCase.flops,
  },
  ...Object.values(networks).map(({ widths, batch }): Comparison => ({
    name: `step ${widths.join(":")} b${batch} sgd`,
    subject: { kind: "training", widths, batch },
    flops: stepFlops(widths, batch),
  })),
];

/** How one contender did. */
export interface PeerRow {
  readonly device: "cpu" | "gpu";
  readonly name: string;
  readonly framework: string;
  readonly description: string;
  /** Absent if its results disagree or it failed, for the reason in `problem`. */
  readonly timing?: Timing;
  /** Processor time of all threads. */
  readonly cpuTiming?: Timing;
  readonly problem?: string;
}

/** How long to compare. */
export interface CompareEffort {
  readonly rounds: number;
  readonly milliseconds: number;
}

/** Runs all comparisons of one device; the first command is Gspace's. */
export async function compare(
  device: "cpu" | "gpu",
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
      onRow({ device, name: "start", framework, description: framework, problem: reason(error) });
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
  { rounds, milliseconds }: CompareEffort,
): Promise<Omit<PeerRow, "device">[]> {
  const problems = new Map<ContenderProcess, string>();
  const samples = new Map<ContenderProcess, Sample[]>();
  let expected = subject.kind === "matmul" ? productReference(subject) : undefined;
  for (const contender of contenders) {
    try {
      const check = await contender.prepare(subject);
      expected ??= check.map((value) => ({ value, tolerance: 1e-4 * Math.abs(value) }));
      const problem = disagreement(check, expected);
      if (problem) problems.set(contender, problem);
      else samples.set(contender, []);
    } catch (error) {
      problems.set(contender, reason(error));
    }
  }
  // the first round warms up
  for (let round = 0; round <= rounds; round++) {
    for (const [contender, taken] of samples) {
      try {
        const sample = await contender.sample(milliseconds);
        if (round > 0) taken.push(sample);
      } catch (error) {
        samples.delete(contender);
        problems.set(contender, reason(error));
      }
    }
  }
  return contenders.map((contender) => {
    const { framework, description } = contender;
    const taken = samples.get(contender);
    const problem = problems.get(contender);
    return {
      name,
      framework,
      description,
      ...(taken && {
        timing: timingOf(taken.map(({ milliseconds }) => milliseconds)),
        cpuTiming: timingOf(taken.map(({ cpuMilliseconds }) => cpuMilliseconds)),
      }),
      ...(problem && { problem }),
    };
  });
}

interface Expected {
  readonly value: number;
  readonly tolerance: number;
}

/** The probed elements of the product in float64, with a rounding bound: 1e-5 · Σ|a·b|. */
function productReference({ m, n, k }: { m: number; n: number; k: number }): Expected[] {
  const a = values(m * k, 1);
  const b = values(k * n, 2);
  return probes({ m, n }).map((position) => {
    const [row, column] = [Math.trunc(position / n), position % n];
    let [value, size] = [0, 0];
    for (let i = 0; i < k; i++) {
      const term = (a[row * k + i] ?? NaN) * (b[i * n + column] ?? NaN);
      value += term;
      size += Math.abs(term);
    }
    return { value, tolerance: 1e-5 * size };
  });
}

function disagreement(check: readonly number[], expected: readonly Expected[]): string | undefined {
  if (check.length !== expected.length) return `gave ${check.length} values`;
  const at = expected.findIndex(({ value, tolerance }, i) =>
    // so written that NaN disagrees
    !(Math.abs((check[i] ?? NaN) - value) <= tolerance)
  );
  return at < 0 ? undefined : `result ${at} is ${check[at]}, expected ${expected[at]?.value}`;
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
