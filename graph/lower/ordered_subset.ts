import type { OrderedList } from "./ordered_list.ts";

/** Some of the items of a list, in its order. Fast near the first of them. */
export class OrderedSubset<T> {
  readonly #order: OrderedList<T>;
  /** The last item comes first, so that the first ones are added and removed at the end. */
  readonly #items: T[];

  /** Has all items of the list. */
  constructor(order: OrderedList<T>) {
    this.#order = order;
    this.#items = [...order].reverse();
  }

  /** Adds an item of the list that is not in the subset. */
  add(item: T): void {
    this.#items.splice(this.#countAfter(item), 0, item);
  }

  /** Removes an item of the subset, which must still be in the list. */
  delete(item: T): void {
    this.#items.splice(this.#countAfter(item), 1);
  }

  /** The first item. */
  get first(): T | undefined {
    return this.#items.at(-1);
  }

  /** The first item that comes after this item of the list. */
  after(item: T): T | undefined {
    return this.#items[this.#countAfter(item) - 1];
  }

  /** How many items come after this one. */
  #countAfter(item: T): number {
    const isAfter = (place: number) => this.#order.isBefore(item, this.#items[place]!);
    let [low, high] = [0, this.#items.length]; // those at low places are after it
    for (let step = 1; low < high; step *= 2) {
      const place = Math.max(low, high - step);
      if (isAfter(place)) {
        low = place + 1;
        break;
      }
      high = place;
    }
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isAfter(middle)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
