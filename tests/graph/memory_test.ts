import { assert, assertEquals } from "@std/assert";
import { type Lifetime, planMemory } from "../../graph/lower/memory.ts";
import { countWork } from "../support/count_work.ts";
import { generator } from "../support/random.ts";

function overlap(a: Lifetime, b: Lifetime): boolean {
  return a.first <= b.last && b.first <= a.last;
}

/** The same plan by looking at every buffer: the smallest that is free, then the first. */
function planByComparing(lifetimes: readonly Lifetime[]): readonly number[] {
  const buffers: { bytes: number; tenants: Lifetime[] }[] = [];
  const memoryOf: number[] = [];
  const order = lifetimes.map((_, i) => i)
    .sort((a, b) => lifetimes[b]!.bytes - lifetimes[a]!.bytes || a - b);
  for (const i of order) {
    const free = buffers.filter(({ tenants }) =>
      !tenants.some((one) => overlap(one, lifetimes[i]!))
    );
    const bytes = Math.min(...free.map((buffer) => buffer.bytes));
    const best = free.find((buffer) => buffer.bytes === bytes) ??
      { bytes: lifetimes[i]!.bytes, tenants: [] };
    if (!buffers.includes(best)) buffers.push(best);
    best.tenants.push(lifetimes[i]!);
    memoryOf[i] = buffers.indexOf(best);
  }
  return memoryOf;
}

Deno.test("planMemory() finds the buffers that comparing all pairs finds", () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = generator(seed);
    const below = (limit: number) => Math.floor(random() * limit);
    const [count, span, length, sizes] = [below(60), 1 + below(40), 1 + below(12), 1 + below(4)];
    const lifetimes = Array.from({ length: count }, (): Lifetime => {
      const first = below(span);
      return { bytes: 4 * below(sizes), first, last: first + below(length) };
    });
    const { memoryOf, memories } = planMemory(lifetimes);
    assertEquals(memoryOf, planByComparing(lifetimes), `seed ${seed}`);
    lifetimes.forEach(({ bytes }, i) => assert(memories[memoryOf[i]!]! >= bytes));
  }
});

Deno.test("planMemory() plans nested lifetimes, as of forward values, in linear time", () => {
  const nested = (count: number): Lifetime[] =>
    Array.from({ length: count }, (_, i) => [
      { bytes: 8, first: 2 * i, last: 4 * count - 2 * i },
      { bytes: 8, first: 2 * i, last: 2 * i + 1 }, // fits nowhere but in a buffer of a later value
    ]).flat();
  const [once, twice] = [500, 1000].map((count) => countWork(() => planMemory(nested(count))));
  assert(twice! <= 2.4 * once!, `${once} operations, then ${twice}`); // n·log n
});
