import type { Node } from "../node.ts";
import { elementCount, type Shape } from "../types.ts";
import {
  type Draft,
  draftSources,
  draftStores,
  draftValues,
  isAlone,
  wholeSpace,
} from "./draft.ts";
import type { OrderedList } from "./ordered_list.ts";
import { isAbove, type Place, type SpanningTree } from "./spanning_tree.ts";

/** Reductions with at most this number of results may share a kernel. */
const FEW_RESULTS = 8;

/**
 * Finds the loop kernels that are like another one: that read the same values, or that also reduce
 * the same axes to few results. Leaves out those with which it cannot be merged, because the axes
 * have other sizes, because both together have too many values, or because the tree of dependencies
 * shows that they are separated. In deep networks, this leaves few of many.
 */
export class SimilarDrafts {
  readonly #order: OrderedList<Draft>;
  readonly #tree: SpanningTree<Draft>;
  readonly #slotsPerDispatch: number;
  readonly #entries = new Map<Draft, Entry>();
  /** The kernels that read a value, by the sizes of all their axes. */
  readonly #bySpace = new Map<Node, Index>();
  /** The reductions that read a value, by the sizes of their outer axes. */
  readonly #byRows = new Map<Node, Index>();
  /** The reductions with few results. */
  readonly #few = new Index();
  readonly #readers = new Map<Node, number>();
  #next = 0;

  /** `order` and `tree` have all kernels. */
  constructor(order: OrderedList<Draft>, tree: SpanningTree<Draft>, slotsPerDispatch: number) {
    this.#order = order;
    this.#tree = tree;
    this.#slotsPerDispatch = slotsPerDispatch;
  }

  /** Adds a kernel. */
  add(draft: Draft): void {
    if (isAlone(draft)) return;
    const entry = new Entry(draft, this.#next++, this.#tree);
    this.#entries.set(draft, entry);
    if (entry.isFew) this.#few.add(entry.axes, entry);
    for (const source of draftSources(draft)) {
      this.#readers.set(source, (this.#readers.get(source) ?? 0) + 1);
      indexOf(this.#bySpace, source).add(entry.space, entry);
      if (draft.inner.length > 0) indexOf(this.#byRows, source).add(entry.rows, entry);
    }
  }

  /** Removes a kernel. */
  delete(draft: Draft): void {
    const entry = this.#entries.get(draft);
    if (!entry) return;
    this.#entries.delete(draft);
    if (entry.isFew) this.#few.delete(entry.axes, entry);
    for (const source of draftSources(draft)) {
      this.#readers.set(source, this.#readers.get(source)! - 1);
      this.#bySpace.get(source)!.delete(entry.space, entry);
      if (draft.inner.length > 0) this.#byRows.get(source)!.delete(entry.rows, entry);
    }
  }

  /**
   * The earlier ones that could be merged with `later`: first the readers of its first value, the
   * oldest first.
   */
  *before(later: Draft): Iterable<Draft> {
    const entry = this.#entries.get(later);
    if (!entry) return;
    const most = this.#mostValues(later);
    const isOpen = (other: Entry) =>
      other.valueCount <= most && !isAbove(other.top, entry.bottom) &&
      this.#order.isBefore(other.draft, later);
    for (const source of draftSources(later)) {
      const found = this.#bySpace.get(source)!.find(entry.space, isOpen);
      const rows = entry.isMap ? this.#byRows.get(source)?.find(entry.space, isOpen) ?? [] : [];
      const all = [...found, ...rows].sort((a, b) => a.number - b.number);
      for (const { draft } of all) yield draft;
    }
    if (!entry.isFew) return;
    const few = this.#few.find(entry.axes, isOpen).map(({ draft }) => draft);
    yield* few.sort((a, b) => this.#order.isBefore(a, b) ? -1 : 1);
  }

  /** The later ones that could be merged with `earlier`, some of them repeatedly. */
  *after(earlier: Draft): Iterable<Draft> {
    const entry = this.#entries.get(earlier);
    if (!entry) return;
    const most = this.#mostValues(earlier);
    const isOpen = (other: Entry) =>
      other.valueCount <= most && !isAbove(entry.top, other.bottom) &&
      this.#order.isBefore(earlier, other.draft);
    for (const source of draftSources(earlier)) {
      for (const space of new Set([entry.space, entry.rows])) {
        for (const { draft } of this.#bySpace.get(source)!.find(space, isOpen)) yield draft;
      }
    }
    if (!entry.isFew) return;
    for (const { draft } of this.#few.find(entry.axes, isOpen)) yield draft;
  }

  /**
   * The most values that another kernel may have. No other kernel has what this one stores, nor
   * what only this one reads, because kernels that store what it reads are handled elsewhere.
   */
  #mostValues(draft: Draft): number {
    const own = [...draftSources(draft)].filter((source) => this.#readers.get(source) === 1);
    return this.#slotsPerDispatch - own.length - draftStores(draft).length;
  }
}

/** What the search needs to know of a kernel. */
class Entry {
  readonly isMap: boolean;
  readonly isFew: boolean;
  /** The sizes of all axes, in ascending order, because kernels can be aligned. */
  readonly space: string;
  /** The sizes of the outer axes, in ascending order. */
  readonly rows: string;
  /** The sizes of outer and inner axes. */
  readonly axes: string;
  readonly valueCount: number;
  readonly top: Place;
  readonly bottom: Place;

  /** Kernels that are added later have a larger `number`. */
  constructor(readonly draft: Draft, readonly number: number, tree: SpanningTree<Draft>) {
    const { outer, inner } = draft;
    this.isMap = inner.length === 0;
    this.isFew = !this.isMap && elementCount(outer) <= FEW_RESULTS;
    this.space = sortedSizes(wholeSpace(draft));
    this.rows = sortedSizes(outer);
    this.axes = `${outer} x ${inner}`;
    this.valueCount = draftValues(draft).size;
    this.top = tree.topOf(draft);
    this.bottom = tree.bottomOf(draft);
  }
}

/** Kernels by a key. */
class Index {
  readonly #entries = new Map<string, Set<Entry>>();

  add(key: string, entry: Entry): void {
    this.#entries.set(key, (this.#entries.get(key) ?? new Set()).add(entry));
  }

  delete(key: string, entry: Entry): void {
    this.#entries.get(key)!.delete(entry);
  }

  /** Those that pass a test. */
  find(key: string, isWanted: (entry: Entry) => boolean): Entry[] {
    const found: Entry[] = [];
    for (const entry of this.#entries.get(key) ?? []) if (isWanted(entry)) found.push(entry);
    return found;
  }
}

function indexOf(indices: Map<Node, Index>, source: Node): Index {
  const index = indices.get(source) ?? new Index();
  indices.set(source, index);
  return index;
}

function sortedSizes(sizes: Shape): string {
  return sizes.toSorted((a, b) => a - b).join();
}
