/** The first and last dispatch that use a temporary. */
export interface Lifetime {
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

/** The shared buffer of each temporary, and the sizes of these buffers in bytes. */
export interface MemoryPlan {
  readonly memoryOf: readonly number[];
  readonly memories: readonly number[];
}

/**
 * Assigns each temporary a buffer that is free during its lifetime. The largest temporaries come
 * first, and each goes into the smallest free buffer. All buffers are large enough, because a
 * buffer has the size of its first temporary.
 */
export function planMemory(lifetimes: readonly Lifetime[]): MemoryPlan {
  const buffers: { bytes: number; tenants: Lifetime[] }[] = [];
  const memoryOf: number[] = new Array(lifetimes.length);
  const bySize = lifetimes.map((_, i) => i).sort((a, b) =>
    lifetimes[b]!.bytes - lifetimes[a]!.bytes || a - b
  );
  for (const i of bySize) {
    const lifetime = lifetimes[i]!;
    let best = buffers.length;
    let place = 0;
    for (const [buffer, { bytes, tenants }] of buffers.entries()) {
      if (best < buffer && buffers[best]!.bytes <= bytes) continue;
      const free = placeAmong(tenants, lifetime);
      if (free !== undefined) [best, place] = [buffer, free];
    }
    if (best === buffers.length) buffers.push({ bytes: lifetime.bytes, tenants: [] });
    buffers[best]!.tenants.splice(place, 0, lifetime);
    memoryOf[i] = best;
  }
  return { memoryOf, memories: buffers.map(({ bytes }) => bytes) };
}

/** Where a lifetime fits among others, which are in order; `undefined` if it overlaps with one. */
function placeAmong(
  tenants: readonly Lifetime[],
  { first, last }: Lifetime,
): number | undefined {
  let [place, end] = [0, tenants.length];
  while (place < end) {
    const middle = (place + end) >> 1;
    if (tenants[middle]!.first <= last) place = middle + 1;
    else end = middle;
  }
  const previous = tenants[place - 1];
  return previous && previous.last >= first ? undefined : place;
}
