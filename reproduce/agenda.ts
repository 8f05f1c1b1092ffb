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
import { configOf, pointName } from "./point_config.ts";
import type { PointResult } from "./point_result.ts";
import { type PlacedPoint, placePoints } from "./sweep.ts";

/** All runs of an experiment: those of its hyperparameter search, and the final ones. */
export class Agenda {
  /** The runs of the search; empty if there is none. */
  readonly search: readonly PlacedPoint[];
  readonly #experiment: Experiment;
  readonly #request: Request;
  readonly #folder: string;
  readonly #searches: readonly Search[];

  /** The runs of an experiment, with folders in the given one. */
  constructor(experiment: Experiment, request: Request, folder: string) {
    this.#experiment = experiment;
    this.#request = request;
    this.#folder = folder;
    this.#searches = searchesOf(experiment, request.scale);
    this.search = this.#place(searchPoints(this.#searches));
  }

  /** The name of a run, which is that of its folder. */
  nameOf(point: RunPoint): string {
    return pointName(configOf(point, this.#experiment, this.#request), point.ranks);
  }

  /** All runs: those of the search, and the final ones without the values that it chooses. */
  points(): readonly RunPoint[] {
    return [...searchPoints(this.#searches), ...this.finalPoints([])];
  }

  /** The final runs, of which several may have one name. */
  finalPoints(choices: readonly Choice[]): readonly RunPoint[] {
    return pointsOf(this.#experiment, this.#request.scale, choices);
  }

  /** The final runs, each once. */
  final(choices: readonly Choice[]): readonly PlacedPoint[] {
    return this.#place(this.finalPoints(choices));
  }

  /** Chooses the best value of each search that is done. */
  choose(results: ReadonlyMap<string, PointResult>): readonly Choice[] {
    const { tune } = this.#experiment.scales[this.#request.scale];
    if (!tune) return [];
    const resultOf = (point: RunPoint) => results.get(this.nameOf(point));
    const done = this.#searches.filter((search) =>
      searchPoints([search]).every((point) => resultOf(point) !== undefined)
    );
    return choose(done, tune.by, resultOf);
  }

  /** The number of all runs. */
  count(): number {
    // the search includes equally many final runs whichever value is chosen
    const guesses = this.#searches.map(({ candidates, ...search }): Choice => ({
      ...search,
      value: candidates[0]!.value,
      edge: false,
    }));
    return new Set([...this.search, ...this.final(guesses)].map(({ name }) => name)).size;
  }

  #place(points: readonly RunPoint[]): readonly PlacedPoint[] {
    return placePoints(points, this.#folder, (point) => this.nameOf(point));
  }
}
