import { assert, assertEquals, assertThrows } from "@std/assert";
import { type Assembled, NativeCode } from "../../../cpu/native/native_code.ts";
import type { Tile } from "../../../cpu/native/tile.ts";
import { type Item, Unsupported, type VectorLoop } from "../../../cpu/native/vector_loop.ts";

const target = { vectorBytes: 64, convention: "System V" } as const;

/** A product of one row and one vector, whose terms are `step` bytes apart. */
function tile(step: number): Tile {
  return {
    rows: [0],
    vectors: [0],
    terms: [{ a: 4, b: step }],
    tail: 0,
    loops: [{ turns: 3, a: 4, b: step }],
    copies: 1,
    sums: { row: 64, vector: 64 },
    into: "replace",
    next: { a: 0, b: 0, c: 64 },
  };
}

/** Adds a literal to each element. */
function loop(literal: number): VectorLoop {
  return {
    words: 4,
    values: 4,
    pointers: [{ word: 3, isAddress: true }],
    body: [{
      kind: "loop",
      loop: {
        turns: { vectors: 1, copies: 1 },
        steps: [],
        body: [
          { kind: "define", id: 0, definition: { kind: "literal", first: literal, step: 0 } },
          { kind: "define", id: 1, definition: { kind: "load", pointer: 0, offset: 0 } },
          { kind: "define", id: 2, definition: { kind: "op", op: "f32x4.add", args: [1, 0] } },
          { kind: "store", pointer: 0, offset: 0, value: 2 },
        ],
      },
    }],
  };
}

const ids = (count: number) => Array.from({ length: count }, (_, id) => id);

const load = (id: number): Item => ({
  kind: "define",
  id,
  definition: { kind: "load", pointer: 0, offset: 64 * id },
});

const store = (value: number): Item => ({ kind: "store", pointer: 0, offset: 64 * value, value });

/** A loop over vectors with a body. */
function over(body: readonly Item[]): VectorLoop {
  const turns = { vectors: 1, copies: 1 };
  return { ...loop(0), body: [{ kind: "loop", loop: { turns, steps: [], body } }] };
}

/** Loops that need more and more of something. */
const demands: Readonly<Record<string, (count: number) => VectorLoop>> = {
  /** Loads vectors, and stores them once all are loaded. */
  "values on the stack": (count) => over([...ids(count).map(load), ...ids(count).map(store)]),
  /** Adds to each sum in each turn. */
  "sums in registers": (count) => {
    const body = ids(count).map((into): Item => ({
      kind: "combine",
      op: "f32x4.add",
      into,
      value: count,
    }));
    const sums: Item = { kind: "loop", loop: { turns: 3, steps: [], body } };
    return over([...ids(count + 1).map(load), sums, ...ids(count).map(store)]);
  },
  "nested loops": (count) => {
    const nested = ids(count).reduce<readonly Item[]>(
      (body) => [{ kind: "loop", loop: { turns: 2, steps: [], body } }],
      [load(0), store(0)],
    );
    return over(nested);
  },
};

/** The code of a program with some functions, and their positions. */
function program(steps: readonly number[], assembled?: Assembled) {
  const code = new NativeCode({ ...target, ...(assembled && { assembled }) });
  const positions = steps.flatMap((step) => [
    code.position(tile(step)),
    code.positionOfLoop(loop(step)),
  ]);
  return { positions, bytes: code.bytes() };
}

Deno.test("programs with the functions of earlier ones have the same code as without", () => {
  const assembled: Assembled = new Map();
  for (const steps of [[64], [128, 64], [64, 192, 64], [192]]) {
    assertEquals(program(steps, assembled), program(steps));
  }
  assertEquals(assembled.size, 6); // each function was assembled once
});

Deno.test("functions start at cache lines, with traps between them", () => {
  const { positions, bytes } = program([64, 64, 128]);
  assertEquals(positions.slice(0, 2), positions.slice(2, 4));
  for (const position of positions) {
    assertEquals(position % 64, 0);
    assert(position < bytes.length);
  }
  const [first = 0] = positions;
  assertEquals(bytes[first - 1], 0xcc);
});

Deno.test("a program without functions has no code", () => {
  assertEquals(program([]).bytes, new Uint8Array());
});

Deno.test("the number of functions that are kept is bounded, and those that are dropped come back", () => {
  const assembled: Assembled = new Map();
  const steps = Array.from({ length: 700 }, (_, i) => 64 * (i + 1));
  assertEquals(program([...steps, 64], assembled), program([...steps, 64]));
  assert(assembled.size <= 1024, `${assembled.size} functions are kept`);
  assertEquals(program([64, 128], assembled), program([64, 128]));
});

for (const [what, loopOf] of Object.entries(demands)) {
  for (const vectorBytes of [32, 64] as const) {
    Deno.test(`${vectorBytes} bytes: a loop with too many ${what} is refused and adds nothing`, () => {
      const assembled: Assembled = new Map();
      const code = new NativeCode({ ...target, vectorBytes, assembled });
      const isSupported = (count: number): boolean => {
        try {
          code.prepareLoop(loopOf(count));
          return true;
        } catch (error) {
          assert(error instanceof Unsupported, `${error}`);
          return false;
        }
      };
      const refused = ids(200).slice(1).filter((count) => !isSupported(count));
      const [least = 0] = refused;
      assert(least > 1);
      assertEquals(refused, ids(200).slice(least)); // and so is everything larger
      assertThrows(() => code.positionOfLoop(loopOf(least)), Unsupported);
      assertEquals(code.bytes(), new Uint8Array());
      assertEquals(assembled.size, least - 1);
      code.positionOfLoop(loopOf(least - 1)); // a prepared one
      const fresh = new NativeCode({ ...target, vectorBytes });
      fresh.positionOfLoop(loopOf(least - 1));
      assertEquals(code.bytes(), fresh.bytes());
    });
  }
}
