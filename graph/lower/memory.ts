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
