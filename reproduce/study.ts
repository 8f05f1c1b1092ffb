import { CommandError } from "../cli/errors.ts";
import { PlainDisplay } from "../cli/display.ts";
import { note, print } from "../cli/output.ts";
import { load } from "../cli/data/load.ts";
import { datasetName } from "../cli/data/known_datasets.ts";
import { openBackend } from "../device/mod.ts";
import { choose } from "./choose.ts";
import {
  type Choice,
  pointsOf,
  type RunPoint,
  type Search,
  searchesOf,
  searchPoints,
} from "./expand.ts";
import type { Experiment } from "./experiment.ts";
import type { Request } from "./flags.ts";
import { armLabel, axesLabel, type Measured } from "./measured.ts";
import { configOf, dataSettings, pointName } from "./point_config.ts";
import { PointFolder } from "./point_folder.ts";
import type { PointResult } from "./point_result.ts";
import { Progress } from "./progress.ts";
import { ResultsFolder } from "./results_folder.ts";
import { drawIfPossible } from "./page/write.ts";
import { summarize } from "./summarize.ts";
import type { Summary } from "./summary.ts";
import { type FailedPoint, type PlacedPoint, placePoints, sweep } from "./sweep.ts";
import { compareTwins } from "./twins.ts";

/** Where a study computes its runs. */
interface Place {
  readonly device: "gpu" | "cpu";
  /** In words. */
  readonly description: string;
  readonly jobs: number;
  /** Threads of each run. */
  readonly threads: number;
}

/** Interval between writes of partial results during a sweep. */
const WRITE_EVERY_MS = 60_000;

/** Checks the request before anything is computed, and opens its folder. */
export async function openStudy(experiment: Experiment, request: Request): Promise<Study> {
  await loadData(experiment, request);
  const place = await placeOf(experiment, request);
  const path = `${request.out}/${experiment.what}-${request.scale}`;
  // timings are not shared with other experiments
  const points = experiment.oneAtATime ? `${path}/points` : `${request.out}/points`;
  return new Study(experiment, request, { place, folder: await ResultsFolder.open(path, points) });
}

/** Checks the settings of every run, and downloads the data before runs start in parallel. */
async function loadData(experiment: Experiment, request: Request): Promise<void> {
  const points = [
    ...searchPoints(searchesOf(experiment, request.scale)),
    ...pointsOf(experiment, request.scale),
  ];
  const configs = points.map((point) => configOf(point, experiment, request));
  const datasets = new Map(configs.map((config) => [datasetName(config), config]));
  const display = new PlainDisplay();
  for (const config of datasets.values()) await load(config, display);
}

async function placeOf({ oneAtATime }: Experiment, { device, jobs }: Request): Promise<Place> {
  using backend = await openBackend(device);
  const isGpu = backend.name === "gpu";
  const cores = navigator.hardwareConcurrency;
  const atOnce = oneAtATime ? 1 : jobs ?? (isGpu ? 1 : cores);
  const threads = Math.max(1, Math.floor(cores / atOnce));
  const description = isGpu
    ? backend.description
    : `CPU, ${threads} ${threads === 1 ? "thread" : "threads"} per run, ${atOnce} at a time`;
  return { device: isGpu ? "gpu" : "cpu", description, jobs: atOnce, threads };
}

/** The reproduction of one table or figure. */
class Study implements Disposable {
  readonly #experiment: Experiment;
  readonly #request: Request;
  readonly #place: Place;
  readonly #folder: ResultsFolder;
  readonly #progress: Progress;
  readonly #searches: readonly Search[];
  readonly #results = new Map<string, PointResult>();
  #choices: readonly Choice[] = [];
  #lastWrite = performance.now();

  /** Takes ownership of the folder. */
  constructor(
    experiment: Experiment,
    request: Request,
    { place, folder }: { readonly place: Place; readonly folder: ResultsFolder },
  ) {
    this.#experiment = experiment;
    this.#request = request;
    this.#place = place;
    this.#folder = folder;
    this.#progress = new Progress(place.jobs);
    this.#searches = searchesOf(experiment, request.scale);
  }

  /**
   * Runs everything that is not done yet, and writes the results.
   * @throws {CommandError} if a run failed for a reason other than divergence
   */
  async run(stop: AbortSignal): Promise<void> {
    const { title, what } = this.#experiment;
    note(
      `${what}: ${title}\nfolder: ${this.#folder.path}\ndevice: ${this.#place.description}`,
    );
    this.#progress.start();
    let failed: readonly FailedPoint[];
    try {
      failed = await this.#search(stop);
      if (failed.length === 0 && !stop.aborted) {
        this.#choices = this.#choose();
        failed = await this.#sweep(this.#placed(this.#points(this.#choices)), stop);
      }
    } finally {
      await this.#progress.stop();
    }
    const summary = await this.#write();
    const page = await drawIfPossible(this.#folder.path);
    if (stop.aborted) return;
    if (failed.length > 0) throw failure(failed);
    print(`\n${summary.verdict.join("\n")}\n\nTables: ${this.#folder.path}/table.md`);
    if (page !== null) print(`Page with figures: ${page}`);
  }

  /** Frees the folder. */
  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }

  #points(choices: readonly Choice[]): readonly RunPoint[] {
    return pointsOf(this.#experiment, this.#request.scale, choices);
  }

  #placed(points: readonly RunPoint[]): readonly PlacedPoint[] {
    return placePoints(points, this.#folder.points, (point) => this.#nameOf(point));
  }

  #nameOf(point: RunPoint): string {
    return pointName(configOf(point, this.#experiment, this.#request));
  }

  /** Runs the hyperparameter search, if there is one. */
  async #search(stop: AbortSignal): Promise<readonly FailedPoint[]> {
    const tried = this.#placed(searchPoints(this.#searches));
    this.#progress.total = tried.length +
      this.#countFinal(new Set(tried.map(({ name }) => name)));
    return await this.#sweep(tried, stop);
  }

  /** Number of final runs that the search does not already include. */
  #countFinal(tried: ReadonlySet<string>): number {
    // the search includes equally many final runs whichever value is chosen
    const guesses = this.#searches.map(({ candidates, ...search }): Choice => ({
      ...search,
      value: candidates[0]!.value,
      edge: false,
    }));
    return this.#placed(this.#points(guesses)).filter(({ name }) => !tried.has(name)).length;
  }

  #choose(): readonly Choice[] {
    const { tune } = this.#experiment.scales[this.#request.scale];
    if (!tune) return [];
    return choose(this.#searches, tune.by, (point) => this.#results.get(this.#nameOf(point)));
  }

  #sweep(points: readonly PlacedPoint[], stop: AbortSignal): Promise<readonly FailedPoint[]> {
    const missing = points.filter(({ name }) => !this.#results.has(name));
    return sweep(missing, {
      jobs: this.#place.jobs,
      stop,
      request: (point) => this.#ask(point),
      onStart: (placed) => this.#progress.begin(placed),
      onEnd: async (placed, result, found) => {
        this.#results.set(placed.name, result);
        if (!found) await this.#writeSometimes();
        await this.#progress.end(placed, describe(placed.point, result, this.#experiment), found);
      },
    });
  }

  #ask(point: RunPoint): Readonly<Record<string, unknown>> {
    const { device, description, threads } = this.#place;
    const config = { ...point.settings, ...dataSettings(this.#request), device, threads };
    return { point, config, device: description };
  }

  /** Writes partial results, so that a long sweep can be inspected before its end. */
  async #writeSometimes(): Promise<void> {
    if (performance.now() - this.#lastWrite < WRITE_EVERY_MS) return;
    this.#lastWrite = performance.now();
    await this.#write();
  }

  async #write(): Promise<Summary> {
    const choices = this.#choices;
    const { scale } = this.#request;
    const runs = await Promise.all(
      this.#points(choices).map(async (point) => {
        const name = this.#nameOf(point);
        const folder = new PointFolder(`${this.#folder.points}/${name}`);
        const result = this.#results.get(name);
        const curve = result ? await folder.curve() : [];
        return { run: { point, name, result, curve }, folder: folder.run };
      }),
    );
    const measured: readonly Measured[] = await compareTwins(this.#experiment, runs);
    const summary = summarize({
      experiment: this.#experiment,
      scale,
      command: `deno task reproduce ${this.#experiment.what} --scale ${scale}`,
      measured,
      results: [...this.#results.values()],
      choices,
      total: this.#progress.total,
    });
    await this.#folder.write(summary, measured);
    return summary;
  }
}

function describe(
  { arm, axes, seed, tuned }: RunPoint,
  { status, end }: PointResult,
  experiment: Experiment,
): string {
  const parts = [
    axesLabel(experiment, axes),
    armLabel(experiment, arm),
    ...Object.entries(tuned).map(([name, value]) => `${name} ${value}`),
    `seed ${seed}`,
  ].filter((part) => part !== "");
  const outcome = end ? `train loss ${end.trainLoss.toFixed(4)}` : status;
  return `${parts.join(", ")}: ${outcome}`;
}

function failure(failed: readonly FailedPoint[]): CommandError {
  const [first] = failed;
  const others = failed.length - 1;
  const rest = others > 0 ? ` (and ${others} more ${others === 1 ? "run" : "runs"})` : "";
  return new CommandError(`Cannot finish run ${first?.name}: ${first?.message}${rest}`);
}
