import type { Node } from "../node.ts";
import { elementCount } from "../types.ts";
import { type Draft, draftSources, draftStores, isAlone } from "./draft.ts";
import { OrderedList } from "./ordered_list.ts";
import { SpanningTree } from "./spanning_tree.ts";

/** Reductions with at most this number of results may share a kernel. */
const FEW_RESULTS = 8;

interface Links {
  /** The values that a draft reads. */
  readonly sources: ReadonlySet<Node>;
  /** The drafts that store them. */
  readonly producers: Set<Draft>;
  /** The drafts that read what it stores. */
  readonly consumers: Set<Draft>;
}

/** Drafts and the dependencies between them. Merging two drafts must not create a cycle. */
export class DraftGraph {
  /** All drafts, producers first. */
  readonly order: OrderedList<Draft>;
  readonly #links = new Map<Draft, Links>();
  readonly #producerOf = new Map<Node, Draft>();
  /** The loop kernels that read a value. */
  readonly #readers = new Map<Node, Set<Draft>>();
  /** Reductions with few results, by their axes. */
  readonly #few = new Map<string, Set<Draft>>();
  /** Drafts with candidates that have not been tried. */
  readonly #pending: Set<Draft>;
  /** No pending draft comes before it. */
  #start: Draft | undefined;
  /** Knows most dependencies between distant drafts, so that few are searched for. */
  readonly #tree: SpanningTree<Draft>;

  /** Producers must precede their consumers in `drafts`. */
  constructor(drafts: readonly Draft[]) {
    for (const draft of drafts) this.#add(draft);
    this.order = new OrderedList(drafts);
    this.#pending = new Set(drafts);
    this.#start = this.order.first;
    this.#tree = new SpanningTree(drafts, (draft) => this.#links.get(draft)!.producers);
  }

  /** The next draft after this one, or the first, that may have candidates to try. */
  nextPending(previous?: Draft): Draft | undefined {
    let draft = previous ? this.order.after(previous) : this.#start;
    while (draft && !this.#pending.delete(draft)) draft = this.order.after(draft);
    if (!previous) this.#start = draft;
    return draft;
  }

  /**
   * Drafts to try to merge with `later`: its producers, then loop kernels that are like it. Leaves
   * out most of those from which it is separated.
   */
  *mergeCandidates(later: Draft): Iterable<Draft> {
    const { producers } = this.#links.get(later)!;
    const seen = new Set([later]);
    for (const other of [...producers, ...this.#alike(later)]) {
      if (seen.has(other) || !this.order.isBefore(other, later)) continue;
      seen.add(other);
      const leads = (end: Draft) => end !== other && this.#tree.leads(other, end);
      if (![...producers].some(leads)) yield other;
    }
  }

  /** Whether `later` depends on `earlier` through other drafts. Merging them would make a cycle. */
  isSeparated(earlier: Draft, later: Draft): boolean {
    const down = this.#reach("consumers", earlier, later);
    const up = this.#reach("producers", later, earlier);
    for (;;) { // in turns, because often one of the ways is short
      for (const [way, end] of [[down, later], [up, earlier]] as const) {
        const { value, done } = way.next();
        if (done) return false;
        if (value === end) return true;
      }
    }
  }

  /** Replaces both drafts by `merged`. */
  replace(earlier: Draft, later: Draft, merged: Draft): void {
    const old = [earlier, later];
    const consumers = new Set(old.flatMap((draft) => [...this.#links.get(draft)!.consumers]));
    old.forEach((draft) => consumers.delete(draft));
    old.forEach((draft) => this.#remove(draft));
    this.#add(merged, consumers);
    this.#tree.replace(earlier, later, merged);
    for (const consumer of consumers) this.#links.get(consumer)!.producers.add(merged);
    for (const draft of this.#insert(merged)) {
      if (!this.order.after(draft)) continue; // it can be a candidate only for those after it
      const others = [...this.#links.get(draft)!.consumers, ...this.#alike(draft)];
      others.forEach((other) => this.#markAfter(draft, other));
    }
  }

  /** Notes that `draft` has a new candidate, if it comes after it. */
  #markAfter(candidate: Draft, draft: Draft): void {
    if (!this.order.isBefore(candidate, draft)) return;
    this.#pending.add(draft);
    if (!this.#start || this.order.isBefore(draft, this.#start)) this.#start = draft;
  }

  #add(draft: Draft, consumers = new Set<Draft>()): void {
    const sources = draftSources(draft);
    const producers = new Set<Draft>();
    draftStores(draft).forEach(({ target }) => this.#producerOf.set(target, draft));
    for (const source of sources) {
      if (!isAlone(draft)) addTo(this.#readers, source, draft);
      const producer = this.#producerOf.get(source);
      if (!producer || producer === draft) continue;
      producers.add(producer);
      this.#links.get(producer)!.consumers.add(draft);
    }
    if (isFew(draft)) addTo(this.#few, axesKey(draft), draft);
    this.#links.set(draft, { sources, producers, consumers });
  }

  #remove(draft: Draft): void {
    const { sources, producers, consumers } = this.#links.get(draft)!;
    for (const source of sources) this.#readers.get(source)?.delete(draft);
    for (const producer of producers) this.#links.get(producer)?.consumers.delete(draft);
    for (const consumer of consumers) this.#links.get(consumer)?.producers.delete(draft);
    this.#few.get(axesKey(draft))?.delete(draft);
    this.#links.delete(draft);
    this.#pending.delete(draft);
    if (this.#start === draft) this.#start = this.order.after(draft);
    this.order.delete(draft);
  }

  /**
   * Puts a new draft before its first consumer, and what it depends on before it. Returns all that
   * it has put somewhere.
   */
  #insert(draft: Draft): Draft[] {
    const { producers, consumers } = this.#links.get(draft)!;
    const first = [...consumers].reduce<Draft | undefined>(
      (a, b) => a && this.order.isBefore(a, b) ? a : b,
      undefined,
    );
    const moved = first ? [...producers].flatMap((each) => this.#moveBefore(first, each)) : [];
    this.order.insert(draft, first);
    return [...moved, draft];
  }

  /** Moves a draft, and what it depends on, before `next`. Returns those that were not there. */
  #moveBefore(next: Draft, draft: Draft): Draft[] {
    if (this.order.isBefore(draft, next)) return [];
    const { producers } = this.#links.get(draft)!;
    const moved = [...producers].flatMap((each) => this.#moveBefore(next, each));
    this.order.delete(draft);
    this.order.insert(draft, next);
    return [...moved, draft];
  }

  /** Loop kernels that read the same values as this one, or that also have few results. */
  #alike(draft: Draft): Draft[] {
    const { sources } = this.#links.get(draft)!;
    if (isAlone(draft)) return [];
    const readers = [...sources].flatMap((source) => [...this.#readers.get(source)!]);
    const few = isFew(draft) ? [...this.#few.get(axesKey(draft))!] : [];
    return [...readers, ...few.sort((a, b) => this.order.isBefore(a, b) ? -1 : 1)];
  }

  /** The drafts between `start` and `end` that depend on `start`, or it on them; nearest first. */
  *#reach(direction: "consumers" | "producers", start: Draft, end: Draft): Generator<Draft> {
    const down = direction === "consumers";
    const reached = new Set(this.#links.get(start)![direction]);
    reached.delete(end); // a direct dependency does not separate them
    for (const draft of reached) {
      yield draft;
      if (down ? !this.order.isBefore(draft, end) : !this.order.isBefore(end, draft)) continue;
      for (const next of this.#links.get(draft)![direction]) reached.add(next);
    }
  }
}

function addTo<K>(sets: Map<K, Set<Draft>>, key: K, draft: Draft): void {
  const set = sets.get(key) ?? new Set();
  sets.set(key, set.add(draft));
}

function isFew({ inner, outer, contraction }: Draft): boolean {
  return !contraction && inner.length > 0 && elementCount(outer) <= FEW_RESULTS;
}

function axesKey({ outer, inner }: Draft): string {
  return `${outer} x ${inner}`;
}
