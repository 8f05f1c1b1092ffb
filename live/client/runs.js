// @ts-check
/**
 * The state of the page: runs and their metrics. Does not use the DOM.
 *
 * @typedef {import("../messages.ts").ShownRun} RunInfo
 * @typedef {import("../../metrics/metric.ts").Metric} Metric
 * @typedef {import("../../metrics/metric.ts").StepMetric} StepMetric
 * @typedef {import("../../metrics/metric.ts").EpochMetric} EpochMetric
 * @typedef {import("../../metrics/metric.ts").EndMetric} EndMetric
 * @typedef {import("../../metrics/metric.ts").LayersMetric} LayersMetric
 * @typedef {import("../messages.ts").SamplesMessage} SamplesMessage
 * @typedef {"epoch" | "step" | "seconds"} Axis
 *
 * @typedef {object} Curve One optimizer of one run.
 * @property {string} key
 * @property {string} run
 * @property {string} arm
 * @property {string} label
 * @property {number} color Number of its color in the palette, from 1.
 * @property {number} dash Number of its dashes: they distinguish curves of one color.
 * @property {Readonly<Record<string, string>>} settings In which it may differ from other curves.
 * @property {StepMetric[]} steps
 * @property {EpochMetric[]} epochs
 * @property {LayersMetric[]} layers Only the last one is sure to have histograms.
 * @property {EndMetric | undefined} end
 * @property {SamplesMessage | undefined} samples Misclassified images of the run.
 */

/** Number of colors in the palette. */
const COLORS = 8;

/** Metrics of the shown runs, by run and optimizer. */
export class Runs {
  /** @type {readonly RunInfo[]} */
  infos = [];
  /** @type {import("../messages.ts").RunsMessage["styles"]} */
  styles = {};
  /** @type {readonly number[]} */
  ratioEdges = [];
  /** @type {Map<string, Map<string, Pick<Curve, "steps" | "epochs" | "layers"> & { end?: EndMetric }>>} */
  #lines = new Map();
  /** @type {Map<string, SamplesMessage>} */
  #samples = new Map();
  /** @type {Map<string, number>} Numbers of the shown runs, for their colors. */
  #slots = new Map();

  /**
   * Adds lines of a run.
   * @param {{ run: string, reset: boolean, lines: Metric[] }} message
   */
  add({ run, reset, lines }) {
    const arms = reset ? new Map() : this.#lines.get(run) ?? new Map();
    this.#lines.set(run, arms);
    for (const line of lines) {
      const arm = arms.get(line.arm) ?? { steps: [], epochs: [], layers: [] };
      arms.set(line.arm, arm);
      if (line.kind === "step") arm.steps.push(line);
      else if (line.kind === "epoch") arm.epochs.push(line);
      else if (line.kind === "layers") arm.layers.push(line);
      else if (line.kind === "end") arm.end = line;
    }
  }

  /**
   * Takes the misclassified images of a run, instead of those before.
   * @param {SamplesMessage} message
   */
  addSamples(message) {
    this.#samples.set(message.run, message);
  }

  /**
   * The curves of these runs. Colors are those of the optimizers, as in figures, or of the runs.
   * @param {readonly string[]} ids
   * @param {"optimizer" | "run"} [colorBy] Default: what distinguishes the curves better.
   * @returns {Curve[]}
   */
  curves(ids, colorBy) {
    const shown = ids.flatMap((id) => this.infos.find((info) => info.id === id) ?? []);
    const labels = shortLabels(shown.map(({ id }) => id));
    const slots = this.#slotsFor(shown.map(({ id }) => id));
    const by = this.colorsBy(ids, colorBy);
    return shown.flatMap(({ id, arms, settings }, i) =>
      arms.map((arm, k) => ({
        key: `${id} ${arm}`,
        run: id,
        arm,
        label: shown.length > 1 ? `${arm} · ${labels[i]}` : arm,
        ...(by === "run" ? { color: 1 + (slots.get(id) ?? 0) % COLORS, dash: k } : {
          color: this.styles[arm]?.color ?? 1,
          dash: i + (this.styles[arm]?.dashed ? 1 : 0),
        }),
        settings: settingTexts(settings, arm),
        steps: [],
        epochs: [],
        layers: [],
        end: undefined,
        samples: this.#samples.get(id),
        ...this.#lines.get(id)?.get(arm),
      }))
    );
  }

  /**
   * What the colors of these runs are those of.
   * @param {readonly string[]} ids
   * @param {"optimizer" | "run"} [colorBy]
   */
  colorsBy(ids, colorBy) {
    return colorBy ?? bestColors(this.infos.filter(({ id }) => ids.includes(id)));
  }

  /**
   * Gives each run a number that it keeps while it is shown.
   * @param {readonly string[]} ids
   */
  #slotsFor(ids) {
    for (const id of this.#slots.keys()) if (!ids.includes(id)) this.#slots.delete(id);
    for (const id of ids) {
      if (this.#slots.has(id)) continue;
      const taken = new Set(this.#slots.values());
      let free = 0;
      while (taken.has(free)) free++;
      this.#slots.set(id, free);
    }
    return this.#slots;
  }
}

/**
 * Runs of one optimizer, as in a sweep, are distinguished by the colors of runs.
 * @param {readonly RunInfo[]} runs
 * @returns {"optimizer" | "run"}
 */
export function bestColors(runs) {
  const arms = new Set(runs.flatMap(({ arms }) => arms));
  return runs.length > 1 && arms.size === 1 ? "run" : "optimizer";
}

/**
 * The settings of one optimizer as text.
 * @param {Readonly<Record<string, unknown>>} settings
 * @param {string} arm
 */
function settingTexts(settings, arm) {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [name, settingText(value, arm)]),
  );
}

/**
 * A setting with one value for each optimizer has none for the others.
 * @param {unknown} value
 * @param {string} arm
 * @returns {string}
 */
function settingText(value, arm) {
  if (value === null || value === undefined) return "–";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value !== "object") return String(value);
  if (Array.isArray(value)) return value.join(", ");
  return settingText(new Map(Object.entries(value)).get(arm), arm);
}

/**
 * The names of the settings that are not the same for all of these curves.
 * @param {readonly Curve[]} curves
 */
export function changedNames(curves) {
  const names = [...new Set(curves.flatMap(({ settings }) => Object.keys(settings)))];
  return names.filter((name) => new Set(curves.map(({ settings }) => settings[name])).size > 1);
}

/**
 * The names of the parameters whose norms are known, in the order of the models.
 * @param {readonly Curve[]} curves
 */
export function parameterNames(curves) {
  const parameters = curves.flatMap(({ layers }) => layers.at(-1)?.parameters ?? []);
  return [...new Set(parameters.map(({ name }) => name))];
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
  const { length } = info;
  return Math.min(1, "steps" in length ? last.step / length.steps : last.epoch / length.epochs);
}
