import { CommandError } from "../cli/errors.ts";
import { PlainDisplay } from "../cli/display.ts";
import { note, print } from "../cli/output.ts";
import { prose } from "../cli/styled.ts";
import { load } from "../cli/data/load.ts";
import { datasetName } from "../cli/data/known_datasets.ts";
import { Agenda } from "./agenda.ts";
import type { Choice, RunPoint } from "./expand.ts";
import type { Experiment } from "./experiment.ts";
import type { Request } from "./flags.ts";
import type { Measured } from "./measured.ts";
import { type Place, placeOf } from "./place.ts";
import { configOf, dataSettings } from "./point_config.ts";
import { PointFolder } from "./point_folder.ts";
import type { PointResult } from "./point_result.ts";
import { Progress } from "./progress.ts";
import { ResultsFolder } from "./results_folder.ts";
import { isInShard, type Shard, shardText } from "./shard.ts";
import { drawIfPossible } from "./page/write.ts";
import { commandOf, describe, failureOf, partText } from "./describe_study.ts";
import { summarize } from "./summarize.ts";
import type { Summary } from "./summary.ts";
import { type FailedPoint, type PlacedPoint, sweep } from "./sweep.ts";
import { compareTwins } from "./twins.ts";

/** Interval between writes of partial results during a sweep. */
const WRITE_EVERY_MS = 60_000;

/** Checks the request before anything is computed, and opens its folder. */
export async function openStudy(experiment: Experiment, request: Request): Promise<Study> {
  refuseShardsOfTimings(experiment, request.shard);
  const path = `${request.out}/${experiment.what}-${request.scale}`;
  // timings are not shared with other experiments
  const points = experiment.oneAtATime ? `${path}/points` : `${request.out}/points`;
  const agenda = new Agenda(experiment, request, points);
  await loadData(agenda.points(), experiment, request);
  const place = await placeOf(agenda.points(), experiment, request);
  const folder = await ResultsFolder.open(path, points, request.shard);
  return new Study(experiment, request, { place, folder, agenda });
}

function refuseShardsOfTimings({ what, oneAtATime }: Experiment, shard: Shard | null): void {
  if (shard === null || !oneAtATime) return;
  throw new CommandError(
    `Cannot run shard ${shardText(shard)} of ${what}: it measures time, which needs all runs in ` +
      "turn on one machine: run it without --shard",
  );
}

/** Checks the settings of every run, and downloads the data before runs start in parallel. */
async function loadData(
  points: readonly RunPoint[],
  experiment: Experiment,
  request: Request,
): Promise<void> {
  const configs = points.map((point) => configOf(point, experiment, request));
  if (request.phase === "write") return;
  const datasets = new Map(configs.map((config) => [datasetName(config), config]));
  const display = new PlainDisplay();
  for (const config of datasets.values()) await load(config, display);
}

/** The reproduction of one table or figure. */
class Study implements Disposable {
  readonly #experiment: Experiment;
  readonly #request: Request;
  readonly #place: Place;
  readonly #folder: ResultsFolder;
  readonly #agenda: Agenda;
  readonly #progress: Progress;
  readonly #results = new Map<string, PointResult>();
  #choices: readonly Choice[] = [];
  #lastWrite = performance.now();

  /** Takes ownership of the folder. */
  constructor(
    experiment: Experiment,
    request: Request,
    { place, folder, agenda }: {
      readonly place: Place;
      readonly folder: ResultsFolder;
      readonly agenda: Agenda;
    },
  ) {
    this.#experiment = experiment;
    this.#request = request;
    this.#place = place;
    this.#folder = folder;
    this.#agenda = agenda;
    this.#progress = new Progress(place.jobs);
  }

  /**
   * Runs what was requested and is not done yet, and writes the results, unless it is only a part.
   * @throws {CommandError} if a run failed for a reason other than divergence, or the final runs of
   *   a shard depend on a search that is not done
   */
  async run(stop: AbortSignal): Promise<void> {
    const { title, what } = this.#experiment;
    const place = `folder: ${this.#folder.path}\ndevice: ${this.#place.description}`;
    note([prose(`${what}: ${title}\n${place}`)]);
    this.#progress.start();
    let failed: readonly FailedPoint[];
    try {
      failed = await this.#train(stop);
    } finally {
      await this.#progress.stop();
    }
    const text = this.#isPart
      ? partText(this.#experiment, this.#request, this.#progress.total)
      : await this.#conclude();
    if (stop.aborted) return;
    if (failed.length > 0) throw failureOf(failed);
    print([prose(text)]);
  }

  /** Unlocks the folder. */
  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }

  /** Whether the command leaves the tables and figures to a later one. */
  get #isPart(): boolean {
    return this.#request.phase === "tune" || this.#request.shard !== null;
  }

  /** The runs of this command, in the order of their phases. */
  async #train(stop: AbortSignal): Promise<readonly FailedPoint[]> {
    const { phase, shard } = this.#request;
    const { search } = this.#agenda;
    if (phase === "write") return await this.#collect();
    if (phase === "tune" || shard === null) {
      this.#progress.total = phase === "tune" ? this.#own(search).length : this.#agenda.count();
      const failed = await this.#sweep(search, stop);
      if (phase === "tune" || failed.length > 0 || stop.aborted) return failed;
    } else {
      await this.#find(search);
      this.#refuseWithoutSearch(shard);
    }
    this.#choices = this.#agenda.choose(this.#results);
    const final = this.#agenda.final(this.#choices);
    if (shard !== null) this.#progress.total = this.#own(final).length;
    return await this.#sweep(final, stop);
  }

  /** Reads the results of all runs that are done. */
  async #collect(): Promise<readonly FailedPoint[]> {
    this.#progress.total = this.#agenda.count();
    await this.#find(this.#agenda.search);
    this.#choices = this.#agenda.choose(this.#results);
    await this.#find(this.#agenda.final(this.#choices));
    return [];
  }

  async #find(points: readonly PlacedPoint[]): Promise<void> {
    for (const { name, folder } of points) {
      const result = await folder.result();
      if (result) this.#results.set(name, result);
    }
  }

  #refuseWithoutSearch(shard: Shard): void {
    const { search } = this.#agenda;
    const missing = search.filter(({ name }) => !this.#results.has(name)).length;
    if (missing === 0) return;
    throw new CommandError(
      `Cannot run shard ${
        shardText(shard)
      } of ${this.#experiment.what}: its final runs depend on ` +
        `the hyperparameter search, which lacks ${missing} of ${search.length} runs: run all ` +
        "shards with --phase tune first",
    );
  }

  /** Those of the runs that belong to this shard. */
  #own(points: readonly PlacedPoint[]): readonly PlacedPoint[] {
    const { shard } = this.#request;
    return shard === null ? points : points.filter(({ name }) => isInShard(name, shard));
  }

  #sweep(points: readonly PlacedPoint[], stop: AbortSignal): Promise<readonly FailedPoint[]> {
    const missing = this.#own(points).filter(({ name }) => !this.#results.has(name));
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
    const { ranks = 1 } = point;
    const command = ranks === 1 ? "" : this.#request.launcher!.replaceAll("{}", String(ranks));
    const launcher = command.split(/\s+/).filter((word) => word !== "");
    return { point, config, device: description, launcher };
  }

  /** Writes partial results, so that a long sweep can be inspected before its end. */
  async #writeSometimes(): Promise<void> {
    if (this.#isPart || performance.now() - this.#lastWrite < WRITE_EVERY_MS) return;
    this.#lastWrite = performance.now();
    await this.#write();
  }

  async #write(): Promise<Summary> {
    const measured = await this.#measured();
    const summary = summarize({
      experiment: this.#experiment,
      scale: this.#request.scale,
      command: commandOf(this.#experiment, this.#request),
      measured,
      results: [...this.#results.values()],
      choices: this.#choices,
      total: this.#agenda.count(),
    });
    await this.#folder.write(summary, measured);
    return summary;
  }

  /** The final runs with their results so far. */
  async #measured(): Promise<readonly Measured[]> {
    const points = this.#agenda.finalPoints(this.#choices);
    const runs = await Promise.all(points.map(async (point) => {
      const name = this.#agenda.nameOf(point);
      const folder = new PointFolder(`${this.#folder.points}/${name}`);
      const result = this.#results.get(name);
      const curve = result ? await folder.curve() : [];
      return { run: { point, name, result, curve }, folder: folder.run };
    }));
    return await compareTwins(this.#experiment, runs);
  }

  /** Writes the results of the whole, and draws them. */
  async #conclude(): Promise<string> {
    const { verdict } = await this.#write();
    const page = await drawIfPossible(this.#folder.path, this.#request);
    return [
      `\n${verdict.join("\n")}\n\nTables: ${this.#folder.path}/table.md`,
      ...(page === null ? [] : [`Page with figures: ${page}`]),
    ].join("\n");
  }
}
