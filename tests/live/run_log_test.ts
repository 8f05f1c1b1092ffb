import { assertEquals } from "@std/assert";
import { RunLog, start } from "../../live/run_log.ts";
import { temporaryFolder } from "../cli/command.ts";

async function logIn(folder: string, text?: string) {
  const path = `${folder}/metrics.jsonl`;
  if (text !== undefined) await Deno.writeTextFile(path, text);
  return { path, log: new RunLog(path) };
}

Deno.test("a log gives lines once, as they are appended", async () => {
  await using folder = await temporaryFolder();
  const { path, log } = await logIn(folder.path, '{"a":1}\n{"a":2}\n');
  assertEquals(await log.poll(), true);
  const first = log.after(start, 1)!;
  assertEquals([first.reset, first.lines], [true, ['{"a":1}']]);
  const second = log.after(first.next, 10)!;
  assertEquals([second.reset, second.lines], [false, ['{"a":2}']]);
  assertEquals(log.after(second.next, 10), undefined);
  assertEquals(await log.poll(), false);
  await Deno.writeTextFile(path, '{"a":3}\n', { append: true });
  assertEquals(await log.poll(), true);
  assertEquals(log.after(second.next, 10)?.lines, ['{"a":3}']);
});

Deno.test("a line that is half written waits for its other half, within a character too", async () => {
  await using folder = await temporaryFolder();
  const { path, log } = await logIn(folder.path, "");
  const bytes = new TextEncoder().encode('{"a":"ü"}\n');
  for (const byte of bytes) {
    await log.poll();
    assertEquals(log.after(start, 10)?.lines, []);
    await Deno.writeFile(path, Uint8Array.of(byte), { append: true });
  }
  await log.poll();
  assertEquals(log.after(start, 10)?.lines, ['{"a":"ü"}']);
});

Deno.test("a line that is no object is left out", async () => {
  await using folder = await temporaryFolder();
  const { log } = await logIn(folder.path, '{"a":\n[1]\nnull\n7\n{"a":1}\n');
  await log.poll();
  assertEquals(log.after(start, 10)?.lines, ['{"a":1}']);
});

Deno.test("a file that was replaced or cut is read anew", async () => {
  await using folder = await temporaryFolder();
  const { path, log } = await logIn(folder.path, '{"a":1}\n{"a":2}\n');
  await log.poll();
  const { next } = log.after(start, 10)!;
  // as a resumed run does it: a new file, which may by now be longer than the old one
  await Deno.writeTextFile(`${path}.new`, '{"b":1}\n{"b":2}\n{"b":3}\n');
  await Deno.rename(`${path}.new`, path);
  assertEquals(await log.poll(), true);
  const renewed = log.after(next, 10)!;
  assertEquals([renewed.reset, renewed.lines.length], [true, 3]);
  await Deno.writeTextFile(path, '{"c":1}\n');
  await log.poll();
  assertEquals(log.after(renewed.next, 10)?.reset, true);
});

Deno.test("a file that is not there yet has no lines", async () => {
  await using folder = await temporaryFolder();
  const { path, log } = await logIn(folder.path);
  assertEquals(await log.poll(), false);
  const { next } = log.after(start, 10)!;
  await Deno.writeTextFile(path, '{"a":1}\n');
  assertEquals(await log.poll(), true);
  assertEquals(log.after(next, 10)?.lines, ['{"a":1}']);
});
