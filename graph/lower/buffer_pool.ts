/** A range of dispatches. */
export interface Interval {
  readonly first: number;
  readonly last: number;
}

const ALWAYS: Interval = { first: -Infinity, last: Infinity };
const NEVER: Interval = { first: Infinity, last: -Infinity };

/**
 * Buffers of one size, and when each is in use. Finds the first that is free by a tree over them,
 * in which each node knows a time when all its buffers are in use. Because lifetimes nest around
 * the end of the forward part, this rules out most buffers without looking at them.
 */
export class BufferPool {
  readonly #numbers: number[] = [];
  /** When each buffer is in use: ranges in order, with gaps between them. */
  readonly #used: Interval[][] = [];
  /** Node `i` has the children `2 * i` and `2 * i + 1`; the second half are the buffers. */
  #busy: Interval[] = [ALWAYS, ALWAYS];

  /** Adds a buffer, in use for one lifetime. */
  add(number: number, lifetime: Interval): void {
    const place = this.#numbers.push(number) - 1;
    this.#used.push([]);
    if (place >= this.#leaves) this.#grow();
    this.#busy[this.#leaves + place] = NEVER;
    this.#use(place, lifetime);
  }

  /** The number of the first buffer that is free during a lifetime; it is in use from now on. */
  take(lifetime: Interval): number | undefined {
    const place = this.#find(1, lifetime);
    if (place === undefined) return undefined;
    this.#use(place, lifetime);
    return this.#numbers[place];
  }

  get #leaves(): number {
    return this.#busy.length / 2;
  }

  #find(node: number, lifetime: Interval): number | undefined {
    if (overlap(this.#busy[node]!, lifetime)) return undefined;
    const place = node - this.#leaves;
    if (place < 0) return this.#find(2 * node, lifetime) ?? this.#find(2 * node + 1, lifetime);
    const used = this.#used[place]!;
    const next = used[countBefore(used, lifetime)];
    return next && overlap(next, lifetime) ? undefined : place;
  }

  /** Notes a lifetime that overlaps with no other of the buffer. */
  #use(place: number, { first, last }: Interval): void {
    const used = this.#used[place]!;
    const at = countBefore(used, { first, last });
    const [before, after] = [used[at - 1], used[at]];
    const [joinsBefore, joinsAfter] = [before?.last === first - 1, after?.first === last + 1];
    const run = {
      first: joinsBefore ? before!.first : first,
      last: joinsAfter ? after!.last : last,
    };
    used.splice(joinsBefore ? at - 1 : at, Number(joinsBefore) + Number(joinsAfter), run);
    let node = this.#leaves + place;
    if (length(this.#busy[node]!) < length(run)) this.#busy[node] = run;
    while (node > 1) {
      node >>= 1;
      this.#busy[node] = intersection(this.#busy[2 * node]!, this.#busy[2 * node + 1]!);
    }
  }

  /** Makes room for twice the buffers. A place without a buffer is always in use. */
  #grow(): void {
    const leaves = this.#busy.slice(this.#leaves);
    const next: Interval[] = [...leaves, ...leaves.map(() => ALWAYS)];
    this.#busy = [...next.map(() => ALWAYS), ...next];
    for (let node = next.length - 1; node > 0; node--) {
      this.#busy[node] = intersection(this.#busy[2 * node]!, this.#busy[2 * node + 1]!);
    }
  }
}

/** The number of ranges that end before an interval starts. */
function countBefore(ranges: readonly Interval[], { first }: Interval): number {
  let [place, end] = [0, ranges.length];
  while (place < end) {
    const middle = (place + end) >> 1;
    if (ranges[middle]!.last < first) place = middle + 1;
    else end = middle;
  }
  return place;
}

function length({ first, last }: Interval): number {
  return last - first;
}

function overlap(a: Interval, b: Interval): boolean {
  return a.first <= b.last && b.first <= a.last;
}

function intersection(a: Interval, b: Interval): Interval {
  const [first, last] = [Math.max(a.first, b.first), Math.min(a.last, b.last)];
  return first <= last ? { first, last } : NEVER;
}
