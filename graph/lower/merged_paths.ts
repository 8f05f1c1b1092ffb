/** A kernel in the tree of merged kernels, below one that it depends on. */
class Place {
  readonly depth: number;
  /** A place far above, so that a place at any depth is found in logarithmic time. */
  readonly jump: Place | undefined;

  constructor(readonly parent: Place | undefined) {
    this.depth = parent ? parent.depth + 1 : 0;
    const far = parent?.jump;
    const farther = far?.jump;
    const isEven = parent && far && farther &&
      parent.depth - far.depth === far.depth - farther.depth;
    this.jump = isEven ? farther : parent;
  }
}

/** The place above this one, or itself, at a depth that is not larger. */
function placeAbove(start: Place, depth: number): Place {
  let place = start;
  while (place.depth > depth) {
    place = place.jump!.depth >= depth ? place.jump! : place.parent!;
  }
  return place;
}

/** The places of a kernel, which is merged from the kernels that were there. */
interface Places {
  /** The most recent ones come first. */
  readonly all: readonly Place[];
  readonly deepest: Place;
}

/**
 * A tree of paths between kernels that have been merged. Merging two kernels makes new paths, from
 * what one depends on to what depends on the other, which lead through many kernels in deep
 * networks. Like the paths of a `SpanningTree`, they remain when kernels are merged.
 */
export class MergedPaths<T> {
  readonly #places = new Map<T, Places>();

  /** Notes that two items were replaced by one, and what it depends on. */
  replace(a: T, b: T, merged: T, before: Iterable<T>): void {
    const old = [a, b].flatMap((item) => this.#places.get(item)?.all ?? []);
    const above = [...before].flatMap((item) => this.#places.get(item)?.deepest ?? []);
    const parent = deepestOf(above);
    const known = deepestOf(old);
    if (known && known.depth > (parent?.depth ?? -1)) {
      this.#places.set(merged, { all: old, deepest: known });
    } else {
      const place = new Place(parent);
      this.#places.set(merged, { all: [place, ...old], deepest: place });
    }
  }

  /** Makes a test of whether known paths lead from an item to others of these. */
  leadsToOthersOf(ends: readonly T[]): (item: T) => boolean {
    const known = ends.filter((end) => this.#places.has(end));
    return (item) => {
      const tops = this.#places.get(item)?.all ?? [];
      return tops.some((top) =>
        known.some((end) => {
          const place = this.#places.get(end)!.deepest;
          return end !== item && place.depth > top.depth && placeAbove(place, top.depth) === top;
        })
      );
    };
  }
}

function deepestOf(places: readonly Place[]): Place | undefined {
  return places.reduce<Place | undefined>((a, b) => a && a.depth >= b.depth ? a : b, undefined);
}
