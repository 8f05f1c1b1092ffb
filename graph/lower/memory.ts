/** When a temporary is written first and used last, by dispatch number. */
export interface Lifetime {
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

/** Which shared buffer each temporary lives in, and how large these are. */
export interface MemoryPlan {
  readonly memoryOf: readonly number[];
  readonly memories: readonly number[];
}

/**
 * Gives each temporary a buffer that is free for all of its life. The largest are placed
 * first, each in the smallest buffer that has room; a buffer never grows, so reuse never
 * costs memory.
 */
export function planMemory(lifetimes: readonly Lifetime[]): MemoryPlan {
  const buffers: { bytes: number; tenants: Lifetime[] }[] = [];
  const memoryOf: number[] = new Array(lifetimes.length);
  const bySize = lifetimes.map((_, i) => i).sort((a, b) =>
    lifetimes[b]!.bytes - lifetimes[a]!.bytes || a - b
  );
  for (const i of bySize) {
    const lifetime = lifetimes[i]!;
    const free = buffers.flatMap(({ tenants }, buffer) =>
      tenants.every((tenant) => tenant.last < lifetime.first || lifetime.last < tenant.first)
        ? [buffer]
        : []
    );
    const best = free.sort((a, b) => buffers[a]!.bytes - buffers[b]!.bytes)[0];
    if (best === undefined) {
      memoryOf[i] = buffers.push({ bytes: lifetime.bytes, tenants: [lifetime] }) - 1;
    } else {
      memoryOf[i] = best;
      buffers[best]!.tenants.push(lifetime);
    }
  }
  return { memoryOf, memories: buffers.map(({ bytes }) => bytes) };
}
