/** A place in the tree. The places of the subtree that starts there are numbered up to `last`. */
export interface Place {
  readonly number: number;
  readonly last: number;
  readonly depth: number;
}

/**
 * A tree of longest paths through a graph, which proves many dependencies in constant time. Replacing
 * two items by one keeps every path, so the proofs stay valid; new paths are not in the tree.
 */
export class SpanningTree<T> {
  /** The place of each item with the largest subtree. */
  readonly #tops = new Map<T, Place>();
  /** The deepest place of each item. */
  readonly #bottoms = new Map<T, Place>();

  /** `before` returns what an item depends on; it must precede the item in `items`. */
  constructor(items: readonly T[], before: (item: T) => Iterable<T>) {
    const depths = new Map<T, number>();
    const parents = new Map<T, T | undefined>();
    for (const item of items) {
      let parent: T | undefined;
      for (const other of before(item)) {
        if (parent === undefined || depths.get(other)! > depths.get(parent)!) parent = other;
      }
      parents.set(item, parent);
      depths.set(item, parent === undefined ? 0 : depths.get(parent)! + 1);
    }
    this.#place(items, parents, depths);
  }

  #place(
    items: readonly T[],
    parents: ReadonlyMap<T, T | undefined>,
    depths: ReadonlyMap<T, number>,
  ): void {
    const sizes = new Map<T | undefined, number>();
    const sizeOf = (item: T | undefined) => sizes.get(item) ?? 1;
    for (const item of items.toReversed()) {
      const parent = parents.get(item);
      sizes.set(parent, sizeOf(parent) + sizeOf(item));
    }
    const free = new Map<T | undefined, number>();
    for (const item of items) {
      const parent = parents.get(item);
      const number = free.get(parent) ?? 0;
      const last = number + sizeOf(item) - 1;
      const place = { number, last, depth: depths.get(item)! };
      free.set(parent, last + 1).set(item, number + 1);
      this.#tops.set(item, place);
      this.#bottoms.set(item, place);
    }
  }

  /** Makes a test of whether paths in the tree lead from an item to others of these. */
  leadsToOthersOf(ends: readonly T[]): (item: T) => boolean {
    const isEnd = new Set(ends);
    const numbers = ends.map((end) => this.bottomOf(end).number).sort((a, b) => a - b);
    return (item) => {
      const top = this.topOf(item);
      const below = countLess(numbers, top.last + 1) - countLess(numbers, top.number);
      return below > (isEnd.has(item) && isAbove(top, this.bottomOf(item)) ? 1 : 0);
    };
  }

  /** Where the paths from an item start. */
  topOf(item: T): Place {
    return this.#tops.get(item)!;
  }

  /** Where the paths to an item end. */
  bottomOf(item: T): Place {
    return this.#bottoms.get(item)!;
  }

  /** Replaces two items by one. */
  replace(a: T, b: T, merged: T): void {
    const [top, otherTop] = [this.topOf(a), this.topOf(b)];
    const [bottom, otherBottom] = [this.bottomOf(a), this.bottomOf(b)];
    const isLarger = top.last - top.number > otherTop.last - otherTop.number;
    this.#tops.set(merged, isLarger ? top : otherTop);
    this.#bottoms.set(merged, bottom.depth > otherBottom.depth ? bottom : otherBottom);
  }
}

/** How many of these numbers, which are in order, are less than a limit. */
function countLess(numbers: readonly number[], limit: number): number {
  let [place, end] = [0, numbers.length];
  while (place < end) {
    const middle = (place + end) >> 1;
    if (numbers[middle]! < limit) place = middle + 1;
    else end = middle;
  }
  return place;
}

/** Whether a place is the start of a subtree that has another place. */
export function isAbove({ number, last }: Place, { number: other }: Place): boolean {
  return number <= other && other <= last;
}
