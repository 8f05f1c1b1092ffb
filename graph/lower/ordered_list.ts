interface Place<T> {
  readonly item: T;
  /** Grows along the list. */
  rank: number;
  before: Place<T> | undefined;
  after: Place<T> | undefined;
}

/** A list of distinct items that can be changed and compared by position in constant time. */
export class OrderedList<T> implements Iterable<T> {
  readonly #places = new Map<T, Place<T>>();
  #first: Place<T> | undefined;
  #last: Place<T> | undefined;

  constructor(items: Iterable<T>) {
    for (const item of items) this.insert(item);
  }

  /** Inserts an item before `next`. Default: at the end. */
  insert(item: T, next?: T): void {
    const after = next && this.#places.get(next)!;
    const before = after ? after.before : this.#last;
    const low = before?.rank ?? (after?.rank ?? 0) - 2;
    const high = after?.rank ?? low + 2;
    const place = { item, rank: (low + high) / 2, before, after };
    this.#places.set(item, place);
    this.#join(before, place);
    this.#join(place, after);
    if (!(low < place.rank && place.rank < high)) this.#renumber();
  }

  /** Removes an item. */
  delete(item: T): void {
    const { before, after } = this.#places.get(item)!;
    this.#places.delete(item);
    this.#join(before, after);
  }

  /** Moves an item before another one. */
  move(item: T, next: T): void {
    this.delete(item);
    this.insert(item, next);
  }

  /** This item and those that it needs, except for those before `next`, each after what it needs. */
  neededAfter(next: T, item: T, needs: (item: T) => Iterable<T>, found = new Set<T>()): Set<T> {
    if (this.isBefore(item, next) || found.has(item)) return found;
    for (const each of needs(item)) this.neededAfter(next, each, needs, found);
    return found.add(item);
  }

  #join(before: Place<T> | undefined, after: Place<T> | undefined): void {
    if (before) before.after = after;
    else this.#first = after;
    if (after) after.before = before;
    else this.#last = before;
  }

  /** Makes room between ranks that are as close as numbers can be. */
  #renumber(): void {
    let rank = 0;
    for (let place = this.#first; place; place = place.after) place.rank = rank++;
  }

  /** Whether `a` comes before `b`. */
  isBefore(a: T, b: T): boolean {
    return this.#places.get(a)!.rank < this.#places.get(b)!.rank;
  }

  /** The first item. */
  get first(): T | undefined {
    return this.#first?.item;
  }

  /** The item after this one. */
  after(item: T): T | undefined {
    return this.#places.get(item)!.after?.item;
  }

  /** All items, in order. */
  *[Symbol.iterator](): Iterator<T> {
    for (let place = this.#first; place; place = place.after) yield place.item;
  }
}
