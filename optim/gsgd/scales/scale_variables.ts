import { elementCount, type Shape } from "../../../graph/mod.ts";
import type { Reason } from "./reason.ts";
import { commonShape, idAt, positionsOf, type ScaleMap, uniformMap } from "./scale_map.ts";

/** The scale variable that is fixed to 1: inputs, outputs, constants [gsgd.md §1]. */
export const GROUND = 0;

const none: Reason = { code: "not-homogeneous" };

/**
 * One positive factor for each channel of each tensor, with those that must be equal
 * joined (union-find), and those that must be 1 pinned with the first reason for it
 * [gsgd.md §10.1].
 */
export class ScaleVariables {
  readonly #parent: number[] = [GROUND];
  /** The op that made a variable; variables of one op are numbered without a gap. */
  readonly #origin: number[] = [GROUND];
  /** By root: why the class is pinned. */
  readonly #pinned = new Map<number, Reason>([[GROUND, none]]);
  #origins = 1;

  /** New variables for the output of one op. */
  fresh(count: number): number[] {
    const origin = this.#origins++;
    return Array.from({ length: count }, () => {
      this.#origin.push(origin);
      return this.#parent.push(this.#parent.length) - 1;
    });
  }

  /** The representative of all variables that are joined with this one: the earliest. */
  find(id: number): number {
    let root = id;
    while (this.#parent[root] !== root) root = this.#parent[root]!;
    for (let next = id; next !== root;) {
      const parent = this.#parent[next]!;
      this.#parent[next] = root;
      next = parent;
    }
    return root;
  }

  /** The op that made the representative of a variable. */
  originOf(id: number): number {
    return this.#origin[this.find(id)]!;
  }

  /** Joins two scales; if either is pinned, both are. */
  join(a: number, b: number, reason: Reason): void {
    const [first, second] = [this.find(a), this.find(b)].toSorted((x, y) => x - y) as [
      number,
      number,
    ];
    if (first === second) return;
    if (this.#pinned.has(first) || this.#pinned.has(second)) {
      this.pin(first, this.reasonOf(second) ?? reason);
      this.pin(second, this.reasonOf(first) ?? reason);
      return; // pinned classes stay apart, so that each keeps its own reason
    }
    this.#parent[second] = first;
  }

  /** Fixes a scale to 1. */
  pin(id: number, reason: Reason): void {
    const root = this.find(id);
    if (!this.#pinned.has(root)) this.#pinned.set(root, reason);
  }

  /** Whether the scale is fixed to 1. */
  isPinned(id: number): boolean {
    return this.#pinned.has(this.find(id));
  }

  /** Why the scale is fixed, unless it always was. */
  reasonOf(id: number): Reason | undefined {
    const root = this.find(id);
    return root === GROUND ? undefined : this.#pinned.get(root);
  }

  /** Fixes every scale of a map. */
  pinAll(map: ScaleMap, reason: Reason): void {
    for (const id of map.ids) this.pin(id, reason);
  }

  /** Joins the scales of two tensors of one shape, element by element. */
  joinAll(a: ScaleMap, b: ScaleMap, reason: Reason): void {
    for (const position of positionsOf(commonShape([a, b]))) {
      this.join(idAt(a, position), idAt(b, position), reason);
    }
  }

  /** Whether all scales of the map are fixed. */
  isGround(map: ScaleMap): boolean {
    return map.ids.every((id) => this.isPinned(id));
  }

  /** Whether both have the same scale, or fixed ones, at each position. */
  agree(a: ScaleMap, b: ScaleMap): boolean {
    return positionsOf(commonShape([a, b])).every((position) => {
      const [x, y] = [idAt(a, position), idAt(b, position)];
      return this.find(x) === this.find(y) || (this.isPinned(x) && this.isPinned(y));
    });
  }

  /** A map with a new variable at each position of a shape, for the output of one op. */
  freshMap(shape: Shape): ScaleMap {
    return { shape, ids: this.fresh(elementCount(shape)) };
  }

  /** A map for a tensor whose scales are fixed. */
  ground(rank: number): ScaleMap {
    return uniformMap(rank, GROUND);
  }
}
