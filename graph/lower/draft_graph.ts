import type { Node } from "../node.ts";
import { elementCount } from "../types.ts";
import { type Draft, draftSources, draftStores } from "./draft.ts";

/** Reductions with at most this number of results may share a kernel. */
const FEW_RESULTS = 8;

/** Drafts and the dependencies between them. Merging two drafts must not create a cycle. */
export class DraftGraph {
  readonly #sources = new Map<Draft, ReadonlySet<Node>>();
  readonly #producers = new Map<Draft, Set<Draft>>();
  readonly #producerOf = new Map<Node, Draft>();
  readonly #readers = new Map<Node, Set<Draft>>();
  #order: Draft[];
  #position = new Map<Draft, number>();

  /** Producers must precede their consumers in `drafts`. */
  constructor(drafts: readonly Draft[]) {
    this.#order = [...drafts];
    for (const draft of drafts) this.#add(draft);
    this.#number();
  }

  /** All drafts, producers first. */
  order(): readonly Draft[] {
    return this.#order;
  }

  /** The position of a draft in the order. */
  positionOf(draft: Draft): number {
    return this.#position.get(draft)!;
  }

  /** Drafts to try to merge with `later`: its producers, then drafts that read the same values. */
  mergeCandidates(later: Draft): Draft[] {
    const producers = this.#producers.get(later)!;
    const direct = [...producers].filter((earlier) => !this.#feedsThroughOthers(earlier, later));
    const alike = [...this.#alike(later)].filter((earlier) =>
      !producers.has(earlier) && this.positionOf(earlier) < this.positionOf(later) &&
      !this.#feeds(earlier, later)
    );
    return [...direct, ...alike];
  }

  /** Replaces both drafts by `merged`. */
  replace(earlier: Draft, later: Draft, merged: Draft): void {
    const old = [earlier, later];
    for (const draft of old) {
      for (const source of this.#sources.get(draft)!) this.#readers.get(source)!.delete(draft);
      this.#sources.delete(draft);
      this.#producers.delete(draft);
    }
    const rest = this.#order.filter((draft) => !old.includes(draft));
    this.#add(merged);
    for (const draft of rest) {
      const producers = this.#producers.get(draft)!;
      if (old.filter((gone) => producers.delete(gone)).length > 0) producers.add(merged);
    }
    this.#order = this.#sort([...rest, merged]);
    this.#number();
  }

  #add(draft: Draft): void {
    const sources = draftSources(draft);
    this.#sources.set(draft, sources);
    draftStores(draft).forEach(({ target }) => this.#producerOf.set(target, draft));
    const producers = new Set<Draft>();
    for (const source of sources) {
      const readers = this.#readers.get(source) ?? new Set();
      this.#readers.set(source, readers.add(draft));
      const producer = this.#producerOf.get(source);
      if (producer && producer !== draft) producers.add(producer);
    }
    this.#producers.set(draft, producers);
  }

  /** Loop kernels that read the same values as this one, or that also have few results. */
  #alike(draft: Draft): Set<Draft> {
    const found = new Set<Draft>();
    if (draft.contraction) return found;
    for (const source of this.#sources.get(draft)!) {
      for (const reader of this.#readers.get(source)!) {
        if (!reader.contraction) found.add(reader);
      }
    }
    if (isFew(draft)) this.#order.filter(isFew).forEach((other) => found.add(other));
    found.delete(draft);
    return found;
  }

  #feedsThroughOthers(earlier: Draft, later: Draft): boolean {
    return [...this.#producers.get(later)!].some((producer) =>
      producer !== earlier && this.#feeds(earlier, producer)
    );
  }

  #feeds(earlier: Draft, later: Draft): boolean {
    const first = this.positionOf(earlier); // earlier drafts cannot depend on it
    const seen = new Set<Draft>();
    const stack = [later];
    for (let draft = stack.pop(); draft; draft = stack.pop()) {
      if (draft === earlier) return true;
      for (const producer of this.#producers.get(draft)!) {
        if (seen.has(producer) || this.positionOf(producer) < first) continue;
        seen.add(producer);
        stack.push(producer);
      }
    }
    return false;
  }

  #number(): void {
    this.#position = new Map(this.#order.map((draft, i) => [draft, i]));
  }

  #sort(drafts: readonly Draft[]): Draft[] {
    const sorted = new Set<Draft>();
    const visit = (draft: Draft): void => {
      if (sorted.has(draft)) return;
      this.#producers.get(draft)!.forEach(visit);
      sorted.add(draft);
    };
    drafts.forEach(visit);
    return [...sorted];
  }
}

function isFew({ inner, outer, contraction }: Draft): boolean {
  return !contraction && inner.length > 0 && elementCount(outer) <= FEW_RESULTS;
}
