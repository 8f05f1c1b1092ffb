import { appendFileChecked, readFileChecked } from "../../checkpoint/mod.ts";
import { writeText } from "../files.ts";
import { type Metric, readMetrics } from "../../metrics/mod.ts";

/** A copy of `metrics.jsonl` in another format. */
export interface MetricsCopy {
  /** Adds a line. */
  add(metric: Metric): Promise<void>;
}

/** The lines of a run, in memory and in `metrics.jsonl`. */
export class MetricsLog {
  readonly #path: string | undefined;
  #lines: Metric[];
  #copies: readonly MetricsCopy[] = [];

  private constructor(path: string | undefined, lines: Metric[]) {
    this.#path = path;
    this.#lines = lines;
  }

  /** A log that is only in memory, of a rank that writes nothing. */
  static inMemory(lines: readonly Metric[]): MetricsLog {
    return new MetricsLog(undefined, [...lines]);
  }

  /** Creates an empty log. */
  static async create(path: string): Promise<MetricsLog> {
    await writeText(path, "");
    return new MetricsLog(path, []);
  }

  /**
   * Opens the log of a resumed run. Drops the lines that the checkpoint does not cover, because
   * those steps run again; `covers` decides which lines are kept.
   * @throws {MetricsError} naming a line that is not a metric
   */
  static async resume(path: string, covers: (metric: Metric) => boolean): Promise<MetricsLog> {
    const text = new TextDecoder().decode(await readFileChecked(path));
    // keep lines of a later version
    const kept = readMetrics(text, path).filter(({ metric }) =>
      metric === undefined || covers(metric)
    );
    await writeText(path, kept.map((line) => `${line.text}\n`).join(""));
    return new MetricsLog(path, kept.flatMap(({ metric }) => metric ?? []));
  }

  /** All lines so far. */
  get lines(): readonly Metric[] {
    return this.#lines;
  }

  /** Also writes every later line to these files. */
  copyTo(copies: readonly MetricsCopy[]): void {
    this.#copies = copies;
  }

  /** Adds a line. */
  async add(metric: Metric): Promise<void> {
    this.#lines.push(metric);
    if (this.#path === undefined) return;
    await appendFileChecked(this.#path, new TextEncoder().encode(`${JSON.stringify(metric)}\n`));
    for (const copy of this.#copies) await copy.add(metric);
  }
}
