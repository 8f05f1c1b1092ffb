import { BufferPool, type Interval } from "./buffer_pool.ts";

/** The first and last dispatch that use a temporary. */
export interface Lifetime extends Interval {
  readonly bytes: number;
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
  const pools: { bytes: number; pool: BufferPool }[] = []; // the smallest buffers first
  const memories: number[] = [];
  const memoryOf: number[] = new Array(lifetimes.length);
  const bySize = lifetimes.map((_, i) => i).sort((a, b) =>
    lifetimes[b]!.bytes - lifetimes[a]!.bytes || a - b
  );
  for (const i of bySize) {
    const lifetime = lifetimes[i]!;
    let buffer: number | undefined;
    for (const { pool } of pools) {
      buffer = pool.take(lifetime);
      if (buffer !== undefined) break;
    }
    if (buffer === undefined) {
      buffer = memories.push(lifetime.bytes) - 1;
      if (pools[0]?.bytes !== lifetime.bytes) {
        pools.unshift({ bytes: lifetime.bytes, pool: new BufferPool() });
      }
      pools[0]!.pool.add(buffer, lifetime);
    }
    memoryOf[i] = buffer;
  }
  return { memoryOf, memories };
}
