import type { RunData } from "../cli/report/run_data.ts";
import type { SparkCurve } from "./spark_line.ts";

/** What the list of runs shows of a run. */
export interface RunFacts {
  /** Path of its folder. */
  readonly path: string;
  /** All settings by name. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Its optimizers, in their order. */
  readonly arms: readonly ArmFacts[];
  /** Seconds of training, of all optimizers together. */
  readonly seconds: number;
  /** Length in epochs or steps, if known. */
  readonly length: { readonly unit: "epoch" | "step"; readonly count: number } | undefined;
}

/** What the list of runs shows of an optimizer. */
export interface ArmFacts extends SparkCurve {
  /** Whether it has been trained to the end. */
  readonly isFinished: boolean;
  /** Number of epochs or steps so far, in the unit of the run's length. */
  readonly done: number;
  /** Newest test error, as a fraction; `null` if there is none. */
  readonly testError: number | null;
  /** Newest training loss; `null` before the first one. */
  readonly trainLoss: number | null;
}

/** Takes from a run what the list shows. The rest, such as weights, is not kept. */
export function factsOf(run: RunData): RunFacts {
  const { path, config, arms } = run;
  const { epochs, steps } = config;
  const length = typeof steps === "number"
    ? { unit: "step", count: steps } as const
    : typeof epochs === "number"
    ? { unit: "epoch", count: epochs } as const
    : undefined;
  const found = arms.map(({ name }) => armFacts(run, name, length?.unit ?? "epoch"));
  const seconds = arms.map(({ name }) => newestOf(run, name)?.seconds ?? 0);
  return { path, config, arms: found, length, seconds: seconds.reduce((sum, one) => sum + one, 0) };
}

function armFacts(run: RunData, name: string, unit: "epoch" | "step"): ArmFacts {
  const { steps, epochs, ends } = run;
  const end = ends.findLast(({ arm }) => arm === name);
  const epoch = epochs.findLast(({ arm }) => arm === name);
  const own = steps.filter(({ arm }) => arm === name);
  return {
    arm: name,
    isFinished: end !== undefined,
    done: newestOf(run, name)?.[unit] ?? 0,
    testError: (end ?? epoch)?.testError ?? null,
    trainLoss: (end ?? epoch)?.trainLoss ?? own.at(-1)?.loss ?? null,
    points: own.map(({ epoch, loss }) => ({ x: epoch, y: loss })),
  };
}

/** The line of an optimizer that was written after the most steps. */
function newestOf({ steps, epochs, ends }: RunData, name: string) {
  const lines = [steps, epochs, ends].flatMap((all) =>
    all.findLast(({ arm }) => arm === name) ?? []
  );
  return lines.toSorted((a, b) => b.step - a.step)[0];
}
