import { assert, assertEquals } from "@std/assert";
import { OrderedList } from "../../graph/lower/ordered_list.ts";
import { isAbove, SpanningTree } from "../../graph/lower/spanning_tree.ts";
import { generator } from "../support/random.ts";

Deno.test("OrderedList does what an array does, however often items are put in one place", () => {
  const random = generator(1);
  const below = (count: number) => Math.floor(random() * count);
  const model = [0, 1, 2];
  const list = new OrderedList(model);
  for (let item = 3; item < 3000; item++) {
    const crowded = model.length > 1 && item % 300 < 200; // halves the room again and again
    const at = crowded ? 1 : below(model.length + 1);
    list.insert(item, model[at]);
    model.splice(at, 0, item);
    if (item % 3 === 0) list.delete(model.splice(below(model.length), 1)[0]!);
    const [a, b] = [below(model.length), below(model.length)];
    assertEquals(list.isBefore(model[a]!, model[b]!), a < b);
    assertEquals(list.after(model[a]!), model[a + 1]);
    assertEquals(list.first, model[0]);
  }
  assertEquals([...list], model);
});

Deno.test("an empty OrderedList takes items again", () => {
  const list = new OrderedList(["a"]);
  list.delete("a");
  assertEquals([list.first, ...list], [undefined]);
  list.insert("b");
  list.insert("a", "b");
  assertEquals([...list], ["a", "b"]);
});

/** All items that depend on one, itself included. */
function reached<T>(from: T, after: ReadonlyMap<T, ReadonlySet<T>>): Set<T> {
  const found = new Set([from]);
  for (const item of found) after.get(item)!.forEach((next) => found.add(next));
  return found;
}

Deno.test("SpanningTree only claims dependencies that exist, also between replaced items", () => {
  for (let seed = 1; seed <= 40; seed++) {
    const random = generator(seed);
    const items = Array.from({ length: 30 }, (_, i) => i);
    const before = items.map((i) => items.filter((j) => j < i && random() < 2 / (1 + i)));
    const after = new Map(
      items.map((i) => [i, new Set(items.filter((j) => before[j]!.includes(i)))]),
    );
    const tree = new SpanningTree(items, (i) => before[i]!);
    const leads = (a: number, b: number) => isAbove(tree.topOf(a), tree.bottomOf(b));
    let claims = 0;
    for (let merged = 30; merged < 45; merged++) {
      for (const a of after.keys()) {
        const truth = reached(a, after);
        const ends = [...after.keys()].filter(() => random() < 0.2);
        const expected = ends.some((end) => end !== a && leads(a, end));
        assertEquals(tree.leadsToOthersOf(ends)(a), expected);
        for (const b of after.keys()) {
          if (!leads(a, b)) continue;
          claims++;
          assert(truth.has(b), `seed ${seed}: ${a} does not lead to ${b}`);
        }
      }
      const pairs = [...after.keys()].flatMap((a) =>
        [...after.keys()].filter((b) => a !== b).map((b) => [a, b] as const)
      ).filter(([a, b]) =>
        !reached(b, after).has(a) &&
        ![...after.get(a)!].some((next) => next !== b && reached(next, after).has(b))
      );
      const [a, b] = pairs[Math.floor(random() * pairs.length)]!;
      const next = after.get(a)!.union(after.get(b)!).difference(new Set([a, b]));
      after.delete(a);
      after.delete(b);
      for (const others of after.values()) {
        if (others.delete(a) || others.has(b)) others.add(merged);
        others.delete(b);
      }
      after.set(merged, next);
      tree.replace(a, b, merged);
    }
    assert(claims > 15 * 30); // at least each item to itself
  }
});
