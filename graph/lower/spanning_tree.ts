/** A place in the tree. The places of the subtree that starts there are numbered up to `last`. */
interface Place {
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

  /** Whether a path in the tree leads from `a` to `b`. */
  leads(a: T, b: T): boolean {
    const { number, last } = this.#tops.get(a)!;
    const end = this.#bottoms.get(b)!.number;
    return number <= end && end <= last;
  }

  /** Replaces two items by one. */
  replace(a: T, b: T, merged: T): void {
    const [top, otherTop] = [this.#tops.get(a)!, this.#tops.get(b)!];
    const [bottom, otherBottom] = [this.#bottoms.get(a)!, this.#bottoms.get(b)!];
    const isLarger = top.last - top.number > otherTop.last - otherTop.number;
    this.#tops.set(merged, isLarger ? top : otherTop);
    this.#bottoms.set(merged, bottom.depth > otherBottom.depth ? bottom : otherBottom);
  }
}
