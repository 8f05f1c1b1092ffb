// @ts-check
/**
 * The state of the page: runs and their metrics. Does not use the DOM.
 *
 * @typedef {import("../find_runs.ts").RunInfo} RunInfo
 * @typedef {import("../../metrics/metric.ts").Metric} Metric
 * @typedef {import("../../metrics/metric.ts").StepMetric} StepMetric
 * @typedef {import("../../metrics/metric.ts").EpochMetric} EpochMetric
 * @typedef {import("../../metrics/metric.ts").EndMetric} EndMetric
 * @typedef {"epoch" | "step" | "seconds"} Axis
 *
 * @typedef {object} Curve One optimizer of one run.
 * @property {string} key
 * @property {string} run
 * @property {string} arm
 * @property {string} label
 * @property {number} color Number of its color in the palette, from 1.
 * @property {number} dash Number of its dashes: that of its run, plus one for a related optimizer.
 * @property {StepMetric[]} steps
 * @property {EpochMetric[]} epochs
 * @property {EndMetric | undefined} end
 */

/** Metrics of the shown runs, by run and optimizer. */
export class Runs {
  /** @type {readonly RunInfo[]} */
  infos = [];
  /** @type {import("../messages.ts").RunsMessage["styles"]} */
  styles = {};
  /** @type {readonly number[]} */
  ratioEdges = [];
  /** @type {Map<string, Map<string, { steps: StepMetric[], epochs: EpochMetric[], end?: EndMetric }>>} */
  #lines = new Map();

  /**
   * Adds lines of a run.
   * @param {{ run: string, reset: boolean, lines: Metric[] }} message
   */
  add({ run, reset, lines }) {
    const arms = reset ? new Map() : this.#lines.get(run) ?? new Map();
    this.#lines.set(run, arms);
    for (const line of lines) {
      const arm = arms.get(line.arm) ?? { steps: [], epochs: [] };
      arms.set(line.arm, arm);
      if (line.kind === "step") arm.steps.push(line);
      else if (line.kind === "epoch") arm.epochs.push(line);
      else if (line.kind === "end") arm.end = line;
    }
  }

  /**
   * The curves of these runs. An optimizer has the same color in all of them, as in figures.
   * @param {readonly string[]} ids
   * @returns {Curve[]}
   */
  curves(ids) {
    const shown = ids.flatMap((id) => this.infos.find((info) => info.id === id) ?? []);
    const labels = shortLabels(shown.map(({ id }) => id));
    return shown.flatMap(({ id, arms }, i) =>
      arms.map((arm) => ({
        key: `${id} ${arm}`,
        run: id,
        arm,
        label: shown.length > 1 ? `${arm} · ${labels[i]}` : arm,
        color: this.styles[arm]?.color ?? 1,
        dash: i + (this.styles[arm]?.dashed ? 1 : 0),
        steps: [],
        epochs: [],
        end: undefined,
        ...this.#lines.get(id)?.get(arm),
      }))
    );
  }
}

/**
 * Removes the common prefix of paths.
 * @param {readonly string[]} paths
 * @returns {string[]}
 */
export function shortLabels(paths) {
  const parts = paths.map((path) => path.split(/[\\/]/));
  const [first = []] = parts;
  const differs = first.findIndex((part, i) => parts.some((other) => other[i] !== part));
  return parts.map((all) => {
    const last = all.length - 1;
    return all.slice(differs < 0 ? last : Math.min(differs, last)).join("/");
  });
}

/**
 * Completed fraction of a run, if known.
 * @param {Curve} curve
 * @param {RunInfo | undefined} info
 * @returns {number | undefined}
 */
export function shareDone({ steps, epochs, end }, info) {
  if (end) return 1;
  const last =
    [steps.at(-1), epochs.at(-1)].flatMap((line) => line ?? []).toSorted((a, b) =>
      b.step - a.step
    )[0];
  if (!last) return 0;
  if (!info?.length) return undefined;
  return "steps" in info.length ? last.step / info.length.steps : last.epoch / info.length.epochs;
}
