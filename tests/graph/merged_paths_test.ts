/** What the search for kernels to merge knows about order and dependencies, against brute force. */
import { assert, assertEquals } from "@std/assert";
import { MergedPaths } from "../../graph/lower/merged_paths.ts";
import { OrderedList } from "../../graph/lower/ordered_list.ts";
import { OrderedSubset } from "../../graph/lower/ordered_subset.ts";
import { generator } from "../support/random.ts";

/** Items, and the items that each depends on. */
type Dependencies = Map<number, Set<number>>;

/** Whether a path of at least one step leads from `a` to `b`. */
function leads(before: Dependencies, a: number, b: number): boolean {
  const reached = new Set(before.get(b)!);
  for (const item of reached) before.get(item)!.forEach((other) => reached.add(other));
  return reached.has(a);
}

/** Whether only a direct dependency leads from `a` to `b`, or none, and nothing back. */
function canMerge(before: Dependencies, a: number, b: number): boolean {
  const around = [...before.get(b)!].some((end) => end !== a && leads(before, a, end));
  return a !== b && !around && !leads(before, b, a);
}

function merge(before: Dependencies, [a, b]: readonly [number, number], merged: number): void {
  const own = new Set([...before.get(a)!, ...before.get(b)!].filter((x) => x !== a && x !== b));
  before.delete(a);
  before.delete(b);
  for (const set of before.values()) {
    const depended = [set.delete(a), set.delete(b)];
    if (depended.includes(true)) set.add(merged);
  }
  before.set(merged, own);
}

/** Merges random pairs of a random graph; returns how many paths were known of all that exist. */
function mergeAtRandom(seed: number, count: number): { known: number; all: number } {
  const random = generator(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const before: Dependencies = new Map();
  for (let item = 0; item < count; item++) {
    const others = Array.from({ length: Math.min(item, 2) }, () => item - 1 - below(item));
    before.set(item, new Set(others.filter((other) => other > item - 6)));
  }
  const paths = new MergedPaths<number>();
  let [known, all] = [0, 0];
  for (let merged = count; merged < 2 * count - 4; merged++) {
    const items = [...before.keys()];
    const pairs = Array.from({ length: 40 }, () => [below(items.length), below(items.length)])
      .map(([i, j]) => [items[i!]!, items[j!]!] as const);
    const pair = pairs.find(([a, b]) => canMerge(before, a, b));
    if (!pair) break;
    merge(before, pair, merged);
    paths.replace(...pair, merged, before.get(merged)!);
    for (const [later, ends] of before) {
      const isProved = paths.leadsToOthersOf([...ends]);
      for (const item of before.keys()) {
        const isTrue = [...ends].some((end) => end !== item && leads(before, item, end));
        const isKnown = isProved(item);
        assert(isTrue || !isKnown, `seed ${seed}: no path leads from ${item} past ${later}`);
        known += Number(isKnown);
        all += Number(isTrue);
      }
    }
  }
  return { known, all };
}

Deno.test("merged paths lead only where paths of the graph lead", () => {
  let [known, all] = [0, 0];
  for (let seed = 1; seed <= 20; seed++) {
    const counts = mergeAtRandom(seed, 24);
    known += counts.known;
    all += counts.all;
  }
  assert(known > 0 && all > known, `${known} of ${all}`);
});

Deno.test("merged paths know the path through a chain of merged items, however long", () => {
  const paths = new MergedPaths<string>();
  const length = 300;
  for (let i = 0; i < length; i++) {
    paths.replace(`a${i}`, `b${i}`, `m${i}`, i === 0 ? ["other"] : [`m${i - 1}`, "other"]);
  }
  const isProved = paths.leadsToOthersOf([`m${length - 1}`, "other"]);
  for (let i = 0; i < length - 1; i++) assert(isProved(`m${i}`), `m${i}`);
  assert(!isProved(`m${length - 1}`)); // only directly
  assert(!isProved("other"));
  assert(!paths.leadsToOthersOf(["m0"])("m1"));
  assert(!paths.leadsToOthersOf([])("m0"));
});

Deno.test("a subset of a list keeps its order while items are added, moved, and removed", () => {
  for (let seed = 1; seed <= 30; seed++) {
    const random = generator(seed);
    const below = (limit: number) => Math.floor(random() * limit);
    const list = new OrderedList(Array.from({ length: 1 + below(20) }, (_, i) => i));
    const subset = new OrderedSubset(list);
    const members = new Set(list);
    let next = 1000;
    for (let step = 0; step < 300; step++) {
      const items = [...list];
      const item = items[below(items.length)]!;
      const kind = below(4);
      if (kind === 0) {
        if (members.delete(item)) subset.delete(item);
        else subset.add(item), members.add(item);
      } else if (kind === 1) {
        list.insert(next, items[0]); // always in the same gap, so that ranks get close
        subset.add(next);
        members.add(next++);
      } else if (kind === 2) {
        const before = items[below(items.length)]!;
        if (before === item) continue;
        if (members.has(item)) subset.delete(item);
        list.move(item, before);
        if (members.has(item)) subset.add(item);
      } else if (items.length > 1) {
        if (members.delete(item)) subset.delete(item);
        list.delete(item);
      }
      const expected = [...list].filter((each) => members.has(each));
      assertEquals(subset.first, expected[0]);
      for (const each of list) {
        const rest = [...list].slice([...list].indexOf(each) + 1);
        assertEquals(subset.after(each), rest.find((other) => members.has(other)));
      }
    }
  }
});

Deno.test("what an item needs after another is listed once, each after what it needs", () => {
  const list = new OrderedList(["a", "next", "b", "c", "d", "e"]);
  const needs: Record<string, string[]> = { a: [], b: ["a"], c: ["b"], d: ["b", "c"], e: [] };
  const found = list.neededAfter("next", "d", (item) => needs[item]!);
  assertEquals([...found], ["b", "c", "d"]);
  assertEquals([...list.neededAfter("next", "a", () => [])], []);
  for (const item of found) list.move(item, "next");
  assertEquals([...list], ["a", "b", "c", "d", "next", "e"]);
});
