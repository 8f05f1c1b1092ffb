/** Tiles and interleaved copies of data that are gigabytes apart. */
import { assertEquals } from "@std/assert";
import { CALL } from "../../../cpu/native/call_layout.ts";
import type { Interleave } from "../../../cpu/native/interleave.ts";
import { NativeCode } from "../../../cpu/native/native_code.ts";
import { openNative } from "../../../cpu/native/open_native.ts";
import { LANES } from "../../../cpu/native/registers.ts";
import type { Tile } from "../../../cpu/native/tile.ts";
import type { Heap } from "../../../cpu/runtime/heap.ts";
import { type Instructions, nativeTest } from "./_native.ts";
import { FIRST_PLACE, sparseHeap } from "./_sparse.ts";

/** Byte addresses of operands: two of at most 128 MiB, and a large one. */
const [FIRST, SECOND, LARGE] = [FIRST_PLACE, 2 * FIRST_PLACE, 2 ** 28];

/** Distances around 2 GiB, and one of 3. */
const distances = [2 ** 31 - 64, 2 ** 31 - 4, 2 ** 31, 2 ** 31 + 4, 3 * 2 ** 30];

/** Runs one function of machine code. */
function call(
  native: Instructions,
  heap: Heap,
  { place, words }: {
    /** Adds the function, and gives its position. */
    place: (code: NativeCode) => number;
    words: Partial<Record<keyof typeof CALL, number>>;
  },
): void {
  using machine = openNative(native, { fused: true, shared: true })!;
  const code = new NativeCode(machine);
  const address = heap.allocate(4 * Object.keys(CALL).length, "call");
  const all = { ...words, code: place(code) };
  const view = new DataView(heap.memory.buffer);
  for (const [name, offset] of Object.entries(CALL)) {
    view.setUint32(address + offset, all[name as keyof typeof CALL] ?? 1, true);
  }
  machine.attach(heap.memory, address);
  machine.load(code.bytes()).enter();
}

/** What of a tile is far apart: the steps of an operand from one of two things to the other. */
interface Steps {
  readonly row: number;
  readonly vector: number;
  readonly term: number;
  readonly turn: number;
  readonly outer: number;
  readonly tile: number;
}

interface TileCase {
  readonly a: Omit<Steps, "vector">;
  readonly b: Omit<Steps, "row">;
  readonly c: Pick<Steps, "row" | "vector" | "tile">;
}

const near: TileCase = {
  a: { row: 4, term: 8, turn: 16, outer: 32, tile: 64 },
  b: { vector: 64, term: 128, turn: 256, outer: 512, tile: 1024 },
  c: { row: 64, vector: 128, tile: 256 },
};

/** All cases with one distance. */
const tileCases = (["a", "b", "c"] as const).flatMap((operand) =>
  Object.keys(near[operand]).flatMap((step) =>
    distances.map((distance) => ({
      name: `${operand}, ${step}, ${distance}`,
      far: operand,
      steps: { ...near, [operand]: { ...near[operand], [step]: distance } },
    }))
  )
);

/** Two tiles of two rows and two vectors, whose sums have three terms in each of two turns. */
function tileOf({ a, b, c }: TileCase, into: Tile["into"]): Tile {
  return {
    rows: [0, a.row],
    vectors: [0, b.vector],
    terms: [{ a: 0, b: 0 }, { a: a.term, b: b.term }],
    tail: 1,
    loops: [{ turns: 1, a: a.turn, b: b.turn }, { turns: 2, a: a.outer, b: b.outer }],
    copies: 1,
    sums: { row: c.row, vector: c.vector },
    into,
    next: { a: a.tile, b: b.tile, c: c.tile },
  };
}

const pairs = [0, 1] as const;

/** Runs a tile on whole numbers; gives its sums, and what they should be. */
function runTile(
  native: Instructions,
  heap: Heap,
  { far, steps, into }: (typeof tileCases)[number] & { into: Tile["into"] },
): { actual: number[]; expected: number[] } {
  const lanes = LANES[{ avx2: 32, avx512: 64 }[native] as 32 | 64];
  const others = [FIRST, SECOND];
  const [a, b, c] = (["a", "b", "c"] as const).map((operand) =>
    operand === far ? LARGE : others.pop()!
  ) as [number, number, number];
  const { buffer } = heap.memory;
  const floats = (place: number, count = 1) => new Float32Array(buffer, place, count);
  /** The place of a term: the turns of both loops, and the term in an iteration. */
  const term = ({ outer, turn, term }: Omit<Steps, "row" | "vector" | "tile">, i: number) =>
    (i < 3 ? 0 : outer) + (i % 3 === 2 ? turn : 0) + (i % 3 === 1 ? term : 0);
  const at = {
    a: (tile: number, row: number, i: number) =>
      a + tile * steps.a.tile + row * steps.a.row + term(steps.a, i),
    b: (tile: number, vector: number, i: number) =>
      b + tile * steps.b.tile + vector * steps.b.vector + term(steps.b, i),
    c: (tile: number, row: number, vector: number) =>
      c + tile * steps.c.tile + row * steps.c.row + vector * steps.c.vector,
  };
  const terms = [0, 1, 2, 3, 4, 5];
  for (const tile of pairs) {
    for (const i of terms) {
      for (const one of pairs) {
        const place = tile * 12 + i * 2 + one;
        floats(at.a(tile, one, i))[0] = place % 7 - 3;
        const vector = floats(at.b(tile, one, i), lanes);
        vector.forEach((_, lane) => vector[lane] = (place + lane) % 5);
      }
    }
    for (const row of pairs) for (const v of pairs) floats(at.c(tile, row, v), lanes).fill(100);
  }
  const sums = (of: (tile: number, row: number, vector: number, lane: number) => number) =>
    pairs.flatMap((tile) =>
      pairs.flatMap((row) =>
        pairs.flatMap((vector) =>
          Array.from({ length: lanes }, (_, lane) => of(tile, row, vector, lane))
        )
      )
    );
  const expected = sums((tile, row, vector, lane) =>
    terms.reduce(
      (sum, i) =>
        sum + floats(at.a(tile, row, i))[0]! * floats(at.b(tile, vector, i), lanes)[lane]!,
      into === "replace" ? 0 : 100,
    )
  );
  call(native, heap, {
    place: (code) => code.position(tileOf(steps, into)),
    words: { a, b, c, tiles: 2 },
  });
  return {
    expected,
    actual: sums((tile, row, vector, lane) => floats(at.c(tile, row, vector), lanes)[lane]!),
  };
}

nativeTest("the data of a tile may be any distance apart", (native) => {
  const heap = sparseHeap();
  for (const one of tileCases) {
    for (const into of ["replace", "continue", "add"] as const) {
      const { actual, expected } = runTile(native, heap, { ...one, into });
      assertEquals(actual, expected, `${one.name}, ${into}`);
    }
  }
});

/** A copy of four pixels in each of two rows of two images, and what of it is far apart. */
function copyOf(
  lanes: number,
  { last = 64, row = 128, image = 256 }: { last?: number; row?: number; image?: number },
): Interleave {
  const pixels = 16 * lanes;
  return {
    channels: Array.from({ length: lanes }, (_, i) => (i === lanes - 1 ? last : 4 * i)),
    runs: [{ from: 0, to: 0, count: 4 }],
    step: 1,
    zeros: [],
    row: { from: row, to: pixels },
    image: { from: image, to: 2 * pixels },
  };
}

nativeTest("channels, rows, and images of a copy may be any distance apart", (native) => {
  const heap = sparseHeap();
  const lanes = LANES[{ avx2: 32, avx512: 64 }[native] as 32 | 64];
  const { buffer } = heap.memory;
  for (const distance of distances) {
    for (const what of ["last", "row", "image"] as const) {
      const shape = copyOf(lanes, { [what]: distance });
      const expected: number[] = [];
      for (const image of pairs) {
        for (const row of pairs) {
          for (let pixel = 0; pixel < 4; pixel++) {
            for (const channel of shape.channels) {
              const place = image * shape.image.from + row * shape.row.from + channel + 4 * pixel;
              new Uint32Array(buffer, LARGE + place, 1)[0] = place;
              expected.push(place);
            }
          }
        }
      }
      call(native, heap, {
        place: (code) => code.positionOfCopy(shape),
        words: { a: LARGE, c: FIRST, turns: 2, tiles: 2 },
      });
      const actual = [...new Uint32Array(buffer, FIRST, expected.length)];
      assertEquals(actual, expected, `${what}, ${distance}`);
    }
  }
});
