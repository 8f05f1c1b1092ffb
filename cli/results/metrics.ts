import { appendFileChecked, readFileChecked, writeFileAtomic } from "../../checkpoint/mod.ts";
import { CommandError } from "../errors.ts";
import type { MetricsCopy } from "../logs/open_copies.ts";
import type { Best } from "../training/selection.ts";

/**
 * Means over the steps since the last line of this kind. The loss is what is trained on: with
 * label smoothing or mixup not plain cross-entropy.
 */
export interface StepMetric {
  readonly kind: "step";
  readonly arm: string;
  /** Number of epochs done, with fraction. */
  readonly epoch: number;
  /** Number of steps done. */
  readonly step: number;
  readonly loss: number;
  readonly accuracy: number;
  /** Learning rate of the last of these steps. */
  readonly learningRate: number;
  /** Seconds of training so far. */
  readonly seconds: number;
  /** Speed of these steps; absent in older logs. */
  readonly imagesPerSecond?: number;
  /** With the setting `telemetry`, of G-SGD. */
  readonly gsgd?: GsgdWindow;
}

/**
 * An epoch's end. The training numbers are means over the epoch, taken while training, of the
 * loss that is trained on; the others are of plain cross-entropy.
 */
export interface EpochMetric {
  readonly kind: "epoch";
  readonly arm: string;
  readonly epoch: number;
  readonly step: number;
  readonly trainLoss: number;
  readonly trainAccuracy: number;
  /** Only with a validation split. */
  readonly validationLoss?: number;
  /** Only with a validation split. */
  readonly validationError?: number;
  /** `null` if there is no test split. */
  readonly testLoss: number | null;
  readonly testError: number | null;
  readonly seconds: number;
}

/**
 * A run's end. All numbers are of the final weights, over whole splits; the training numbers
 * of convolutional networks over as many training samples as there are test samples.
 */
export interface EndMetric {
  readonly kind: "end";
  readonly arm: string;
  readonly epoch: number;
  readonly step: number;
  readonly trainLoss: number;
  readonly trainError: number;
  /** Only with a validation split. */
  readonly validationLoss?: number;
  /** Only with a validation split. */
  readonly validationError?: number;
  readonly testLoss: number | null;
  readonly testError: number | null;
  readonly seconds: number;
  readonly imagesPerSecond: number;
  /** The weights of `best.safetensors`, with a validation split. */
  readonly best?: Best;
  /** Did the arm stop before its last step, for want of progress? */
  readonly stoppedEarly?: boolean;
  /** What a step is made of, if there was one since the command began. */
  readonly plan?: StepPlan;
  /** What G-SGD counted, if it was used. */
  readonly gsgd?: GsgdCounts;
}

/** What a compiled training step is made of. */
export interface StepPlan {
  /** Launches on the device, submitted at once. */
  readonly dispatches: number;
  /** Device memory for values that live within the step. */
  readonly temporaryBytes: number;
  /** What of that the backward part reads, after the forward part has computed it. */
  readonly keptBytes?: number;
}

/** What G-SGD counts while it trains [gsgd.md §9]. */
export interface GsgdCounts {
  /** The smallest |v| that a trained skeleton weight had: steps grow as 1/v². */
  readonly smallestPathValue: number;
  /** How often such a v changed its sign: the function jumps there. */
  readonly signChanges: number;
}

/** What the trained skeleton weights of G-SGD did in the steps of a line. */
export interface GsgdWindow {
  /** The smallest |v|. */
  readonly smallestPathValue: number;
  /** How often a v has changed its sign since the run began. */
  readonly signChanges: number;
  /** How often a ratio v′/v was held back by `ratioClamp`. */
  readonly clamped: number;
  /** How many ratios lay below the first of `ratioEdges`, between each two, above the last. */
  readonly ratios: readonly number[];
}

/** One line of `metrics.jsonl`. */
export type Metric = StepMetric | EpochMetric | EndMetric;

const kinds: ReadonlySet<unknown> = new Set(["step", "epoch", "end"]);

/** The lines of a run, in memory and in `metrics.jsonl`. */
export class MetricsLog {
  readonly #path: string;
  #lines: Metric[];
  #copies: readonly MetricsCopy[] = [];

  private constructor(path: string, lines: Metric[]) {
    this.#path = path;
    this.#lines = lines;
  }

  /** A new, empty log. */
  static async create(path: string): Promise<MetricsLog> {
    await writeFileAtomic(path, new Uint8Array());
    return new MetricsLog(path, []);
  }

  /**
   * The log of a run that is resumed, without the lines that a checkpoint does not cover:
   * those steps will be done again. `covers` says which ones it does.
   */
  static async resume(path: string, covers: (metric: Metric) => boolean): Promise<MetricsLog> {
    const text = new TextDecoder().decode(await readFileChecked(path));
    const lines = text.split("\n").filter((line) => line !== "").flatMap((line, i, all) => {
      const metric = parseMetric(line);
      // a line may be torn if the machine went down, but only the last
      if (!metric && i < all.length - 1) {
        throw new CommandError(`Cannot resume: line ${i + 1} of ${path} is not a metric`);
      }
      return metric ? [metric] : [];
    });
    const kept = lines.filter(covers);
    const log = new MetricsLog(path, kept);
    await writeFileAtomic(path, new TextEncoder().encode(kept.map(textOf).join("")));
    return log;
  }

  /** All lines so far. */
  get lines(): readonly Metric[] {
    return this.#lines;
  }

  /** Has every line that is added from now on go into these files, too. */
  copyTo(copies: readonly MetricsCopy[]): void {
    this.#copies = copies;
  }

  /** Adds a line. */
  async add(metric: Metric): Promise<void> {
    this.#lines.push(metric);
    await appendFileChecked(this.#path, new TextEncoder().encode(textOf(metric)));
    for (const copy of this.#copies) await copy.add(metric);
  }
}

function textOf(metric: Metric): string {
  return `${JSON.stringify(metric)}\n`;
}

function parseMetric(line: string): Metric | undefined {
  try {
    const data: Metric | null = JSON.parse(line);
    return typeof data === "object" && data !== null && kinds.has(data.kind) ? data : undefined;
  } catch {
    return undefined;
  }
}
