import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { panelFrame } from "../../../cpu/conv2d/blocks.ts";
import { interleaveOf } from "../../../cpu/conv2d/native_interleave.ts";
import { tileWeightGradient } from "../../../cpu/conv2d/weight_tiling.ts";
import { CALL } from "../../../cpu/native/call_layout.ts";
import { type Interleave, interleaveSpans } from "../../../cpu/native/interleave.ts";
import { NativeCode } from "../../../cpu/native/native_code.ts";
import { openNative } from "../../../cpu/native/open_native.ts";
import { LANES, type Lanes, type VectorBytes } from "../../../cpu/native/registers.ts";
import type { Span } from "../../../cpu/native/tile_spans.ts";
import { sizesOf } from "../_conv2d.ts";
import { type Instructions, nativeTest } from "./_native.ts";
import { panelLayers } from "./_panels.ts";

const vectorBytes: Readonly<Record<Instructions, VectorBytes>> = { avx2: 32, avx512: 64 };

/** A copy, and the numbers that a call gives. */
interface Copy {
  readonly shape: Interleave;
  readonly rows: number;
  readonly images: number;
}

/** Copies of rows that do not overlap in the target. */
function anyCopy(lanes: Lanes): fc.Arbitrary<Copy> {
  const pixelBytes = 4 * lanes;
  const count = fc.integer({ min: 1, max: 3 });
  return fc.record({
    channels: fc.array(fc.integer({ min: 0, max: 40 }), { minLength: lanes, maxLength: lanes }),
    pixels: fc.array(
      fc.record({
        from: fc.integer({ min: 0, max: 20 }),
        zeros: fc.integer({ min: 0, max: 2 }),
        count: fc.integer({ min: 4, max: 40 }),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    step: fc.constantFrom(1 as const, 2 as const),
    rowGap: fc.integer({ min: 0, max: 2 }),
    imageGap: fc.integer({ min: 0, max: 50 }),
    rows: count,
    images: count,
  }).map(({ channels, pixels, step, rowGap, imageGap, rows, images }) => {
    let place = 0;
    const zeros: number[] = [];
    const runs = pixels.map(({ from, zeros: before, count }) => {
      for (let i = 0; i < before; i++) zeros.push(pixelBytes * place++);
      const to = pixelBytes * place;
      place += count;
      return { from: 4 * from, to, count };
    });
    const row = { from: 4 * 7, to: pixelBytes * (place + rowGap) };
    const image = { from: 4 * imageGap, to: rows * row.to };
    const shape = { channels: channels.map((at) => 4 * at), runs, step, zeros, row, image };
    return { shape, rows, images };
  });
}

/** Visits each pixel's bytes in the target, and its elements' in the source; none for zeros. */
function visitPixels(
  { shape: { channels, runs, step, zeros, row, image }, rows, images }: Copy,
  visit: (to: number, from: readonly number[]) => void,
): void {
  const pixelBytes = 4 * channels.length;
  for (let i = 0; i < images; i++) {
    for (let r = 0; r < rows; r++) {
      const [from, to] = [i * image.from + r * row.from, i * image.to + r * row.to];
      for (const zero of zeros) visit(to + zero, []);
      for (const run of runs) {
        for (let p = 0; p < run.count; p++) {
          const pixel = from + run.from + 4 * step * p;
          visit(to + run.to + pixelBytes * p, channels.map((channel) => pixel + channel));
        }
      }
    }
  }
}

for (const lanes of [8, 16] as const) {
  Deno.test(`spans are exactly what copies of ${lanes} channels access`, () => {
    fc.assert(fc.property(anyCopy(lanes), (copy) => {
      const [read, written]: [number[], number[]] = [[], []];
      visitPixels(copy, (to, from) => {
        read.push(...from);
        written.push(to);
      });
      const spans = interleaveSpans(copy.shape, 4 * lanes as VectorBytes);
      const reach = (places: readonly number[], bytes: number) =>
        [Math.min(...places), Math.max(...places) + bytes] as const;
      const stated = ({ offset, byteLength, perTurn, perTile }: Span) =>
        [
          offset,
          offset + byteLength + (copy.rows - 1) * perTurn + (copy.images - 1) * perTile,
        ] as const;
      assertEquals(stated(spans.source), reach(read, 4));
      assertEquals(stated(spans.target), reach(written, 4 * lanes));
    }));
  });

  Deno.test(`panels of ${lanes} channels are copied by native code, and others`, () => {
    const copied = panelLayers.map((layer) => {
      const sizes = sizesOf(layer);
      const tiling = tileWeightGradient(sizes, lanes);
      const frame = panelFrame(sizes, tiling.linesPerBlock, tiling.lanes);
      return interleaveOf({ sizes, frame, lanes, channels: lanes }) !== undefined;
    });
    assert(copied.includes(true) && copied.includes(false), `${copied}`);
  });
}

/** Runs the code of a copy on a memory whose words are their own numbers; gives the words. */
function run(native: Instructions, { shape, rows, images }: Copy, [a, c]: [number, number]) {
  using machine = openNative(native, { fused: true, shared: true })!;
  const memory = new WebAssembly.Memory({ initial: 4, maximum: 4, shared: true });
  const words = new Int32Array(memory.buffer).map((_, i) => i);
  new Int32Array(memory.buffer).set(words);
  machine.attach(memory, 0);
  const code = new NativeCode({
    vectorBytes: vectorBytes[native],
    convention: machine.convention,
  });
  const position = code.positionOfCopy(shape);
  const call = { [CALL.code]: position, [CALL.a]: a, [CALL.c]: c };
  const counts = { [CALL.turns]: rows, [CALL.tiles]: images };
  for (const [place, value] of Object.entries({ ...call, ...counts })) {
    words[Number(place) / 4] = value;
  }
  new Int32Array(memory.buffer).set(words);
  machine.load(code.bytes()).enter();
  return { before: words, after: new Int32Array(memory.buffer) };
}

nativeTest("a copy writes the pixels of all channels, and nothing else", (native) => {
  const lanes = LANES[vectorBytes[native]];
  const [a, c] = [1024 + 4, 4096 + 12];
  fc.assert(
    fc.property(anyCopy(lanes), (copy) => {
      const { before, after } = run(native, copy, [a, c]);
      const expected = before.slice();
      visitPixels(copy, (to, from) => {
        for (let lane = 0; lane < lanes; lane++) {
          expected[(c + to) / 4 + lane] = from.length > 0 ? before[(a + from[lane]!) / 4]! : 0;
        }
      });
      const different = expected.findIndex((word, i) => word !== after[i]);
      assertEquals(different, -1, `word ${different}`);
    }),
    { numRuns: 60 },
  );
});
