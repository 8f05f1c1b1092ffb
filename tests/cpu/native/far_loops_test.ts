/** Loops over elements that are gigabytes apart. */
import { assert, assertEquals } from "@std/assert";
import { f32, i32 } from "../../../autograd/mod.ts";
import type { Heap } from "../../../cpu/runtime/heap.ts";
import { s, type Scalar } from "../../../graph/mod.ts";
import { loop } from "../../gpu/_plans.ts";
import { generator } from "../../support/random.ts";
import { assertSameBits, type Instructions, nativeTest } from "./_native.ts";
import { FIRST_PLACE, type KernelWithTypes, runSparse, sparseHeap } from "./_sparse.ts";

/** Elements of a slot: its number, the first one, and their number. */
type Part = readonly [slot: number, first: number, count: number];

interface Case extends KernelWithTypes {
  readonly reads: readonly Part[];
  readonly writes: readonly Part[];
  readonly places: readonly number[];
}

const WIDTH = 70;
/** Byte addresses of a small slot, and of a large one. */
const [SMALL, LARGE] = [FIRST_PLACE, 2 ** 28];

/** Distances in elements around 2 GiB, and one of almost 3. */
const distances = [2 ** 29 - 16, 2 ** 29 - 1, 2 ** 29, 2 ** 29 + 1, 710_000_000];

const column = s.axis(0, WIDTH);
const sum = (values: readonly Scalar[]): Scalar => values.reduce(s.add);

/** Elements that begin at a distance from those at the start, in as many slots as given. */
function apart(distance: number, slots = 1): Case {
  const values = Array.from({ length: slots }, (_, slot) => [
    s.load(slot, "f32", column),
    s.exp(s.load(slot, "f32", s.add(column, s.int(distance)))),
  ]).flat();
  const large = f32([distance + WIDTH]);
  return {
    kernel: loop({
      outer: [WIDTH],
      outerStores: [{ slot: slots, index: column, value: sum(values) }],
    }),
    types: [...values.slice(slots).map(() => large), f32([WIDTH])],
    reads: [[0, 0, WIDTH], [0, distance, WIDTH]],
    writes: [[slots, 0, WIDTH]],
    places: [...values.slice(slots).map(() => LARGE), SMALL],
  };
}

/** Every third element, elements chosen from 16 or from more, and one for all lanes. */
function chosen(distance: number): Case {
  const choice = (most: number) => s.max(s.min(s.load(1, "i32", column), s.int(most)), s.int(0));
  const at = (index: Scalar) => s.load(0, "f32", s.add(index, s.int(distance)));
  const values = [at(s.mul(column, s.int(3))), at(choice(15)), at(choice(99)), at(s.int(5))];
  return {
    kernel: loop({
      outer: [WIDTH],
      outerStores: [{ slot: 2, index: column, value: sum(values) }],
    }),
    types: [f32([distance + 3 * WIDTH]), i32([WIDTH]), f32([WIDTH])],
    reads: [[0, distance, 3 * WIDTH], [1, 0, WIDTH]],
    writes: [[2, 0, WIDTH]],
    places: [LARGE, SMALL, SMALL + 4096],
  };
}

/** Two rows at a distance, the second first. */
function reversed(distance: number): Case {
  return rowsOf(distance, 2, s.sub(s.int(1), s.axis(0, 2)));
}

/** One of two rows at a distance, several times, by a number that is negative or 0, and then 1 more. */
function clamped(distance: number): Case {
  const count = 12;
  const choice = s.sub(s.load(1, "i32", s.axis(0, count)), s.int(60));
  return rowsOf(distance, count, s.add(s.max(s.min(choice, s.int(0)), s.int(-1)), s.int(1)));
}

/** Functions of rows of a slot by their numbers, which are 0 or 1. */
function rowsOf(distance: number, count: number, row: Scalar): Case {
  const index = s.add(s.mul(row, s.int(distance)), s.axis(1, WIDTH));
  const place = s.add(s.mul(s.axis(0, count), s.int(WIDTH)), s.axis(1, WIDTH));
  return {
    kernel: loop({
      outer: [count, WIDTH],
      outerStores: [{ slot: 2, index: place, value: s.exp(s.load(0, "f32", index)) }],
    }),
    types: [f32([distance + WIDTH]), i32([count]), f32([count, WIDTH])],
    reads: [[0, 0, WIDTH], [0, distance, WIDTH], [1, 0, count]],
    writes: [[2, 0, count * WIDTH]],
    places: [LARGE, SMALL, SMALL + 4096],
  };
}

/** Stores far from one another. */
function stored(distance: number): Case {
  const value = s.load(0, "f32", column);
  return {
    kernel: loop({
      outer: [WIDTH],
      outerStores: [
        { slot: 1, index: column, value: s.neg(value) },
        { slot: 1, index: s.add(column, s.int(distance)), value: s.abs(value) },
      ],
    }),
    types: [f32([WIDTH]), f32([distance + WIDTH])],
    reads: [[0, 0, WIDTH]],
    writes: [[1, 0, WIDTH], [1, distance, WIDTH]],
    places: [SMALL, LARGE],
  };
}

/** Sums along columns of rows at a distance. */
function columns(distance: number, rows: number): Case {
  const step = Math.ceil(distance / rows);
  const value = s.load(0, "f32", s.add(column, s.mul(s.axis(1, rows), s.int(step))));
  return {
    kernel: loop({
      outer: [WIDTH],
      inner: [rows],
      reductions: [{ combine: "sum", value }, { combine: "max", value: s.tanh(value) }],
      outerStores: [0, 1].map((i) => ({
        slot: 1,
        index: s.add(column, s.int(i * WIDTH)),
        value: s.result(i, "f32"),
      })),
    }),
    types: [f32([(rows - 1) * step + WIDTH]), f32([2, WIDTH])],
    reads: Array.from({ length: rows }, (_, row) => [0, row * step, WIDTH]),
    writes: [[1, 0, 2 * WIDTH]],
    places: [LARGE, SMALL],
  };
}

/** A sum over rows at a distance, and what they are without it. */
function rows(distance: number): Case {
  const [high, wide] = [3, 64];
  const step = Math.ceil(distance / high);
  const index = s.add(s.mul(s.axis(1, high), s.int(step)), s.axis(2, wide));
  const value = s.exp(s.load(0, "f32", s.add(index, s.axis(0, 2))));
  const place = (axis: number) => [s.mul(s.axis(0, 2), s.int(high * wide)), s.axis(axis, wide)];
  return {
    kernel: loop({
      outer: [2],
      inner: [high, wide],
      reductions: [{ combine: "sum", value }],
      innerStores: [{
        slot: 1,
        index: sum([...place(2), s.mul(s.axis(1, high), s.int(wide))]),
        value: s.div(value, s.result(0, "f32")),
      }],
    }),
    types: [f32([(high - 1) * step + wide + 2]), f32([2, high, wide])],
    reads: [0, 1, 2].map((row) => [0, row * step, wide + 1]),
    writes: [[1, 0, 2 * high * wide]],
    places: [LARGE, SMALL],
  };
}

/** Positions whose sums wrap at 32 bits. */
function positions(step: number): Case {
  const [high, wide] = [5, 64];
  const row = s.axis(1, high);
  const number = s.add(s.mul(row, s.int(step)), s.mul(s.axis(2, wide), s.int(-step)));
  const index = sum([
    s.mul(s.axis(0, 2), s.int(high * wide)),
    s.mul(row, s.int(wide)),
    s.axis(2, wide),
  ]);
  return {
    kernel: loop({
      outer: [2],
      inner: [high, wide],
      innerStores: [{ slot: 0, index, value: s.cast(number, "f32") }],
    }),
    types: [f32([2, high, wide])],
    reads: [],
    writes: [[0, 0, 2 * high * wide]],
    places: [SMALL],
  };
}

const cases: Readonly<Record<string, readonly Case[]>> = {
  "loads": distances.map((distance) => apart(distance)),
  "loads of more slots than there are registers": distances.map((distance) => apart(distance, 10)),
  "chosen elements": distances.map(chosen),
  "rows in reverse order": distances.map(reversed),
  "chosen rows": distances.map(clamped),
  "stores": distances.map(stored),
  "sums along columns": distances.flatMap((distance) =>
    [2, 3, 5].map((rows) => columns(distance, rows))
  ),
  "rows with sums": distances.map(rows),
  "positions": [1_000_003, 2 ** 30, 2 ** 31 - 1, -(2 ** 31)].map(positions),
};

/** Runs a case, and gives what it writes. */
async function run(
  one: Case,
  { instructions, checked, heap }: {
    instructions: Instructions | "off";
    checked: boolean;
    heap: Heap;
  },
): Promise<readonly (Float32Array | Int32Array)[]> {
  const view = ([slot, first, count]: Part) => {
    const place = one.places[slot]! + 4 * first;
    return one.types[slot]!.dtype === "i32"
      ? new Int32Array(heap.memory.buffer, place, count)
      : new Float32Array(heap.memory.buffer, place, count);
  };
  const random = generator(one.types.length);
  for (const part of one.writes) view(part).fill(-1);
  for (const part of one.reads) {
    const data = view(part);
    data.forEach((_, i) => data[i] = data instanceof Int32Array ? random() * 120 : random());
  }
  const isNative = await runSparse(one, { instructions, checked, heap, places: one.places });
  assertEquals(isNative, instructions !== "off");
  return one.writes.map((part) => view(part).slice());
}

for (const [name, list] of Object.entries(cases)) {
  nativeTest(`${name} may be any distance apart`, async (instructions) => {
    assert(list.length > 0);
    const heap = sparseHeap();
    for (const [i, one] of list.entries()) {
      const expected = await run(one, { instructions: "off", checked: false, heap });
      for (const checked of [false, true].slice(0, one.places.length < 10 ? 2 : 1)) {
        const actual = await run(one, { instructions, checked, heap });
        assertSameBits(actual, expected, `case ${i}, checked ${checked}`);
      }
    }
  });
}
