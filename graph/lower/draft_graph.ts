import type { Node } from "../node.ts";
import { elementCount, sameShape } from "../types.ts";
import { type Draft, draftSources, draftStores } from "./draft.ts";

/** Results that are so few that their reductions may as well share one kernel. */
const FEW_RESULTS = 8;

/** Drafts and who feeds whom. Merging two of them must not close a cycle. */
export class DraftGraph {
  readonly #sources = new Map<Draft, Set<Node>>();
  readonly #producer = new Map<Node, Draft>();
  #order: Draft[];

  /** The drafts must be in an order in which producers come first. */
  constructor(drafts: readonly Draft[]) {
    this.#order = [...drafts];
    drafts.forEach((draft) => this.#add(draft));
  }

  /** All drafts, producers first. */
  order(): Draft[] {
    return this.#order;
  }

  /** The drafts whose stores this one reads. */
  producers(draft: Draft): Set<Draft> {
    const found = new Set<Draft>();
    for (const source of this.#sources.get(draft)!) {
      const producer = this.#producer.get(source);
      if (producer && producer !== draft) found.add(producer);
    }
    return found;
  }

  /** Drafts that `later` could be joined with: what feeds it, then what is like it. */
  mergeCandidates(later: Draft): Draft[] {
    const producers = [...this.producers(later)];
    const position = this.#order.indexOf(later);
    const alike = this.#order.slice(0, position).filter((earlier) =>
      !producers.includes(earlier) && this.#isAlike(earlier, later)
    );
    return [
      ...producers.filter((earlier) => !this.#feedsThroughOthers(earlier, later)),
      ...alike.filter((earlier) => !this.#feeds(earlier, later)),
    ];
  }

  /** Puts `merged` in the place of both. */
  replace(earlier: Draft, later: Draft, merged: Draft): void {
    this.#sources.delete(earlier);
    this.#sources.delete(later);
    const rest = this.#order.filter((draft) => draft !== earlier && draft !== later);
    this.#add(merged);
    this.#order = this.#sort([...rest, merged]);
  }

  #add(draft: Draft): void {
    this.#sources.set(draft, draftSources(draft));
    draftStores(draft).forEach(({ target }) => this.#producer.set(target, draft));
  }

  #isAlike(earlier: Draft, later: Draft): boolean {
    const sameSpace = sameShape(earlier.outer, later.outer) &&
      sameShape(earlier.inner, later.inner);
    if (!sameSpace || earlier.matmul || later.matmul) return false;
    if (later.inner.length > 0 && elementCount(later.outer) <= FEW_RESULTS) return true;
    const sources = this.#sources.get(earlier)!;
    return [...this.#sources.get(later)!].some((source) => sources.has(source));
  }

  #feedsThroughOthers(earlier: Draft, later: Draft): boolean {
    return [...this.producers(later)].some((producer) =>
      producer !== earlier && this.#feeds(earlier, producer)
    );
  }

  #feeds(earlier: Draft, later: Draft): boolean {
    const seen = new Set<Draft>();
    const stack = [later];
    for (let draft = stack.pop(); draft; draft = stack.pop()) {
      if (draft === earlier) return true;
      for (const producer of this.producers(draft)) {
        if (!seen.has(producer)) stack.push(producer);
        seen.add(producer);
      }
    }
    return false;
  }

  #sort(drafts: readonly Draft[]): Draft[] {
    const sorted: Draft[] = [];
    const seen = new Set<Draft>();
    const visit = (draft: Draft): void => {
      if (seen.has(draft)) return;
      seen.add(draft);
      this.producers(draft).forEach(visit);
      sorted.push(draft);
    };
    drafts.forEach(visit);
    return sorted;
  }
}
