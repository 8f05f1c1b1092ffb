import { assert, assertEquals } from "@std/assert";
import { RunLog, start } from "../../live/run_log.ts";
import { temporaryFolder } from "../cli/command.ts";
import { layersLine, stepLine } from "./run_folders.ts";

async function logIn(folder: string, text?: string) {
  const path = `${folder}/metrics.jsonl`;
  if (text !== undefined) await Deno.writeTextFile(path, text);
  return { path, log: new RunLog(path) };
}

Deno.test("a log returns each appended line once", async () => {
  await using folder = await temporaryFolder();
  const { path, log } = await logIn(folder.path, '{"kind":"a","n":1}\n{"kind":"a","n":2}\n');
  assertEquals(await log.poll(), true);
  const first = log.after(start)!;
  assertEquals([first.reset, first.lines], [true, ['{"kind":"a","n":1}', '{"kind":"a","n":2}']]);
  assertEquals(log.after(first.next), undefined);
  assertEquals(await log.poll(), false);
  await Deno.writeTextFile(path, '{"kind":"a","n":3}\n', { append: true });
  assertEquals(await log.poll(), true);
  assertEquals(log.after(first.next)?.lines, ['{"kind":"a","n":3}']);
});

Deno.test("an incomplete line waits for its rest, even within a character", async () => {
  await using folder = await temporaryFolder();
  const { path, log } = await logIn(folder.path, "");
  const bytes = new TextEncoder().encode('{"kind":"a","n":"ü"}\n');
  for (const byte of bytes) {
    await log.poll();
    assertEquals(log.after(start)?.lines, []);
    await Deno.writeFile(path, Uint8Array.of(byte), { append: true });
  }
  await log.poll();
  assertEquals(log.after(start)?.lines, ['{"kind":"a","n":"ü"}']);
});

Deno.test("a line that is not a metric is skipped", async () => {
  await using folder = await temporaryFolder();
  const { log } = await logIn(
    folder.path,
    '{"a":\n[1]\nnull\n7\n{"a":1}\n{"kind":"step"}\n{"kind":"a","n":1}\n',
  );
  await log.poll();
  assertEquals(log.after(start)?.lines, ['{"kind":"a","n":1}']);
});

Deno.test("a file that was replaced or truncated is read again from its start", async () => {
  await using folder = await temporaryFolder();
  const { path, log } = await logIn(folder.path, '{"kind":"a","n":1}\n{"kind":"a","n":2}\n');
  await log.poll();
  const { next } = log.after(start)!;
  // as a resumed run does: a new file, which may already be longer than the old one
  await Deno.writeTextFile(
    `${path}.new`,
    '{"kind":"b","n":1}\n{"kind":"b","n":2}\n{"kind":"b","n":3}\n',
  );
  await Deno.rename(`${path}.new`, path);
  assertEquals(await log.poll(), true);
  const renewed = log.after(next)!;
  assertEquals([renewed.reset, renewed.lines.length], [true, 3]);
  await Deno.writeTextFile(path, '{"kind":"c","n":1}\n');
  await log.poll();
  assertEquals(log.after(renewed.next)?.reset, true);
});

Deno.test("a missing file has no lines", async () => {
  await using folder = await temporaryFolder();
  const { path, log } = await logIn(folder.path);
  assertEquals(await log.poll(), false);
  const { next } = log.after(start)!;
  await Deno.writeTextFile(path, '{"kind":"a","n":1}\n');
  assertEquals(await log.poll(), true);
  assertEquals(log.after(next)?.lines, ['{"kind":"a","n":1}']);
});

Deno.test("a few thousand lines of a long file are kept, including the extremes", async () => {
  await using folder = await temporaryFolder();
  const { path, log } = await logIn(folder.path, "");
  const spike = 7_777;
  const lines = Array.from({ length: 30_000 }, (_, i) => {
    const gsgd = { smallestPathValue: i === 5 ? 1e-9 : 1, signChanges: 0, clamped: 1, ratios: [i] };
    return [
      stepLine("sgd", i + 1, i === spike ? { loss: 99 } : {}),
      stepLine("gsgd", i + 1, { gsgd }),
    ];
  }).flat();
  // it arrives in pieces, as from a run that is watched
  let cursor = start;
  const seen: number[] = [];
  for (let from = 0; from < lines.length; from += 10_000) {
    const text = lines.slice(from, from + 10_000).map((line) => `${JSON.stringify(line)}\n`);
    await Deno.writeTextFile(path, text.join(""), { append: true });
    await log.poll();
    const { lines: sent, next } = log.after(cursor)!;
    cursor = next;
    seen.push(sent.length);
  }
  assert(seen.every((count) => count <= 6000), seen.join());
  const kept = log.after(start)!.lines.map((line) => JSON.parse(line));
  const [sgd, gsgd] = ["sgd", "gsgd"].map((arm) => kept.filter((line) => line.arm === arm));
  for (const arm of [sgd!, gsgd!]) {
    assert(arm.length > 500);
    assertEquals([arm[0].step, arm.at(-1).step], [1, 30_000]);
    assertEquals(arm, arm.toSorted((a, b) => a.step - b.step));
  }
  assertEquals(sgd!.find(({ loss }) => loss === 99)?.step, spike + 1);
  assertEquals(Math.min(...gsgd!.map((line) => line.gsgd.smallestPathValue)), 1e-9);
  assertEquals(gsgd!.reduce((sum, line) => sum + line.gsgd.clamped, 0), 30_000);
  assertEquals(gsgd!.at(-1).gsgd.ratios, [29_999]);
  const gaps = gsgd!.slice(1).map(({ step }, i) => step - gsgd![i].step);
  assert(Math.max(...gaps) < 500, "no part of the curve is missing");
});

Deno.test("only the last line of each optimizer keeps its histograms", async () => {
  await using folder = await temporaryFolder();
  const textOf = (...lines: object[]) => lines.map((line) => `${JSON.stringify(line)}\n`).join("");
  const steps = [layersLine("sgd", 1), layersLine("gsgd", 1), layersLine("sgd", 2)];
  const { path, log } = await logIn(folder.path, textOf(...steps));
  const kept = () =>
    log.after(start)!.lines.map((line) => {
      const { arm, step, parameters } = JSON.parse(line);
      return [arm, step, "weights" in parameters[0], "gradients" in parameters[0], parameters[1]];
    });
  await log.poll();
  const bias = (step: number) => ({ name: "fc.bias", weightNorm: 3, gradientNorm: 0.6 / step });
  assertEquals(kept(), [
    ["sgd", 1, false, false, bias(1)],
    ["gsgd", 1, true, true, bias(1)],
    ["sgd", 2, true, true, bias(2)],
  ]);
  const { next } = log.after(start)!;
  await Deno.writeTextFile(path, textOf(layersLine("sgd", 3)), { append: true });
  await log.poll();
  assertEquals(log.after(next)?.lines, [JSON.stringify(layersLine("sgd", 3))]);
  assertEquals(kept().map(([, , weights]) => weights), [false, true, false, true]);
});

/** Counts characters that are searched for line ends or joined, until it is disposed. */
class CharacterCount implements Disposable {
  count = 0;
  readonly #undo: (() => void)[] = [];

  constructor() {
    const counts = (text: string) => void (this.count += text.length);
    const { split, indexOf } = String.prototype;
    const { join } = Array.prototype;
    String.prototype.split = function (this: string, ...args: [never, never]) {
      counts(this);
      return split.apply(this, args);
    };
    String.prototype.indexOf = function (...args) {
      counts(String(this));
      return indexOf.apply(this, args);
    };
    Array.prototype.join = function (...args) {
      const text = join.apply(this, args);
      counts(text);
      return text;
    };
    this.#undo.push(() => Object.assign(String.prototype, { split, indexOf }));
    this.#undo.push(() => Object.assign(Array.prototype, { join }));
  }

  [Symbol.dispose](): void {
    this.#undo.forEach((undo) => undo());
  }
}

Deno.test("an incomplete line is searched once, however long it is and however often it grows", async () => {
  await using folder = await temporaryFolder();
  const { path, log } = await logIn(folder.path, '{"kind":"');
  const piece = new Uint8Array(2 ** 20).fill(0x78);
  const megabytes = 16;
  using characters = new CharacterCount();
  for (let i = 0; i < megabytes; i++) {
    await Deno.writeFile(path, piece, { append: true });
    assertEquals(await log.poll(), i === 0);
  }
  await Deno.writeTextFile(path, '"}\n', { append: true });
  assertEquals(await log.poll(), true);
  // each character is searched once and joined once
  assert(characters.count < 2.1 * megabytes * 2 ** 20, `${characters.count} characters`);
  const [line] = log.after(start)!.lines;
  assertEquals(line!.length, megabytes * 2 ** 20 + '{"kind":""}'.length);
});
