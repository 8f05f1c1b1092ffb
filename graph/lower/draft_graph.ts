import type { Node } from "../node.ts";
import { type Draft, draftSources, draftStores, isAlone } from "./draft.ts";
import { MergedPaths } from "./merged_paths.ts";
import { OrderedList } from "./ordered_list.ts";
import { OrderedSubset } from "./ordered_subset.ts";
import { SimilarDrafts } from "./similar_drafts.ts";
import { SpanningTree } from "./spanning_tree.ts";

interface Links {
  /** The drafts that store what a draft reads. */
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
  readonly #similar: SimilarDrafts;
  /** The new candidates of each draft that has any. `"all"`: none of its candidates was tried. */
  readonly #untried = new Map<Draft, Set<Draft> | "all">();
  /** The drafts that have any, in order. */
  readonly #waiting: OrderedSubset<Draft>;
  /** Knows most dependencies between distant drafts, so that few are searched for. */
  readonly #tree: SpanningTree<Draft>;
  /** Knows dependencies that merging has made. */
  readonly #mergedPaths = new MergedPaths<Draft>();

  /** Producers must precede their consumers in `drafts`. */
  constructor(drafts: readonly Draft[], slotsPerDispatch: number) {
    this.order = new OrderedList(drafts);
    for (const draft of drafts) this.#link(draft);
    this.#waiting = new OrderedSubset(this.order);
    this.#tree = new SpanningTree(drafts, (draft) => this.#links.get(draft)!.producers);
    this.#similar = new SimilarDrafts(this.order, this.#tree, slotsPerDispatch);
    for (const draft of drafts) this.#similar.add(draft);
  }

  /** The next draft after this one, or the first, that has candidates to try. */
  nextUntried(previous?: Draft): Draft | undefined {
    return previous ? this.#waiting.after(previous) : this.#waiting.first;
  }

  /**
   * Drafts to try to merge with `later`: its producers, then loop kernels that are like it. Leaves
   * out most of those from which it is separated. Returns each candidate once: a pair that cannot
   * be merged stays so, whatever else is merged.
   */
  takeCandidates(later: Draft): Draft[] {
    const untried = this.#untried.get(later)!;
    this.#waiting.delete(later);
    this.#untried.delete(later);
    const candidates = this.#inOrder(later, untried);
    if (candidates.length === 0) return [];
    const producers = [...this.#links.get(later)!.producers];
    const proofs = [this.#tree, this.#mergedPaths].map((paths) => paths.leadsToOthersOf(producers));
    return candidates.filter((other) => !proofs.some((isProved) => isProved(other)));
  }

  /** Those of the candidates that are to be tried, in the order in which to try them. */
  #inOrder(later: Draft, untried: Set<Draft> | "all"): Draft[] {
    if (isAlone(later)) return [];
    if (untried !== "all" && untried.size < 2) {
      const isEarlier = (draft: Draft) =>
        this.#links.has(draft) && this.order.isBefore(draft, later);
      return [...untried].filter(isEarlier);
    }
    const { producers } = this.#links.get(later)!;
    const all = new Set([...producers, ...this.#similar.before(later)]);
    return untried === "all" ? [...all] : [...all].filter((draft) => untried.has(draft));
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
    this.#link(merged, consumers);
    this.#tree.replace(earlier, later, merged);
    this.#mergedPaths.replace(earlier, later, merged, this.#links.get(merged)!.producers);
    this.#similar.add(merged);
    for (const consumer of consumers) this.#links.get(consumer)!.producers.add(merged);
    for (const draft of this.#insert(merged)) {
      if (!this.order.after(draft)) continue; // it can be a candidate only for those after it
      const others = [...this.#links.get(draft)!.consumers, ...this.#similar.after(draft)];
      others.forEach((other) => this.#noteCandidate(draft, other));
    }
  }

  /** Notes that `draft` has a new candidate before it. */
  #noteCandidate(candidate: Draft, draft: Draft): void {
    const untried = this.#untried.get(draft) ?? new Set();
    if (!this.#untried.has(draft)) this.#waiting.add(draft);
    this.#untried.set(draft, untried === "all" ? "all" : untried.add(candidate));
  }

  #link(draft: Draft, consumers = new Set<Draft>()): void {
    const producers = new Set<Draft>();
    draftStores(draft).forEach(({ target }) => this.#producerOf.set(target, draft));
    for (const source of draftSources(draft)) {
      const producer = this.#producerOf.get(source);
      if (!producer || producer === draft) continue;
      producers.add(producer);
      this.#links.get(producer)!.consumers.add(draft);
    }
    this.#links.set(draft, { producers, consumers });
    this.#untried.set(draft, "all");
  }

  #remove(draft: Draft): void {
    const { producers, consumers } = this.#links.get(draft)!;
    for (const producer of producers) this.#links.get(producer)?.consumers.delete(draft);
    for (const consumer of consumers) this.#links.get(consumer)?.producers.delete(draft);
    this.#links.delete(draft);
    this.#similar.delete(draft);
    if (this.#untried.delete(draft)) this.#waiting.delete(draft);
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
    this.#waiting.add(draft);
    return [...moved, draft];
  }

  /** Moves a draft, and what it depends on, before `next`. Returns those that were not there. */
  #moveBefore(next: Draft, draft: Draft): Draft[] {
    const moved = [
      ...this.order.neededAfter(next, draft, (each) => this.#links.get(each)!.producers),
    ];
    for (const each of moved) {
      const isWaiting = this.#untried.has(each);
      if (isWaiting) this.#waiting.delete(each);
      this.order.move(each, next);
      if (isWaiting) this.#waiting.add(each);
    }
    return moved;
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
