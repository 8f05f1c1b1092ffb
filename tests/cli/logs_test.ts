import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { crc32c } from "../../checkpoint/crc.ts";
import { restartEvent, scalarEvent, versionEvent } from "../../cli/logs/events.ts";
import { encodeRecord, recordEnds } from "../../cli/logs/records.ts";
import { call, metricsOf, small, temporaryFolder } from "./command.ts";
import { type ReadEvent, readEvents } from "./event_file.ts";

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

Deno.test("crc32c() has the check values of its catalog and of RFC 3720, B.4", () => {
  const of = (bytes: readonly number[]) => crc32c(Uint8Array.from(bytes)).toString(16);
  assertEquals(crc32c(new TextEncoder().encode("123456789")).toString(16), "e3069283");
  assertEquals(of(new Array(32).fill(0)), "8a9136aa");
  assertEquals(of(new Array(32).fill(255)), "62a8ab43");
  assertEquals(of(Array.from({ length: 32 }, (_, i) => i)), "46dd794e");
});

/** These events as written by TensorBoard's own RecordWriter and protocol buffers (2.21.0). */
const golden: readonly (readonly [Uint8Array, string])[] = [
  [
    versionEvent(1700000000.5),
    "1800000000000000a37f4b220900002040fc54d9411a0d627261696e2e4576656e743a322b353110",
  ],
  [
    scalarEvent(1700000000.5, 300, [["step/loss", 0.25], ["step/accuracy", -1e-3]]),
    "36000000000000004f578cef0900002040fc54d94110ac022a280a100a09737465702f6c6f7373150000803e" +
    "0a140a0d737465702f6163637572616379156f1283baca7f9bcc",
  ],
  [
    scalarEvent(0.1, 2 ** 40 + 5, [["ü".repeat(70), 3]]),
    "aa00000000000000adb54922099a9999999999b93f108580808080202a97010a94010a8c01" +
    `${"c3bc".repeat(70)}15000040406a10bd86`,
  ],
];

Deno.test("events have the bytes that TensorBoard's own writer produces", () => {
  for (const [event, bytes] of golden) assertEquals(hex(encodeRecord(event)), bytes);
});

Deno.test("a restart event drops later steps", () => {
  const [event] = readEvents(encodeRecord(restartEvent(2.5, 41)));
  assertEquals(event, { wallTime: 2.5, step: 42, session: 1, scalars: {} });
});

Deno.test("recordEnds() stops at the first torn or damaged record", () => {
  const records = golden.map(([event]) => encodeRecord(event));
  const file = Uint8Array.from(records.flatMap((record) => [...record]));
  const ends = records.map((_, i) =>
    records.slice(0, i + 1).reduce((sum, { length }) => sum + length, 0)
  );
  assertEquals([...recordEnds(file)], ends);
  for (let at = 0; at < file.length; at++) {
    const whole = ends.filter((end) => end <= at);
    assertEquals([...recordEnds(file.subarray(0, at))], whole, `cut at ${at}`);
    const damaged = file.slice();
    damaged[at]! ^= 1 << (at % 8);
    assertEquals([...recordEnds(damaged)], whole, `damaged at ${at}`);
  }
});

/** The event files of an arm, in the order in which TensorBoard takes them. */
async function eventFilesOf(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    if (name.includes("tfevents")) names.push(name);
  }
  return names.toSorted().map((name) => `${folder}/${name}`);
}

async function eventsOf(folder: string): Promise<ReadEvent[]> {
  const files = await Promise.all((await eventFilesOf(folder)).map((path) => Deno.readFile(path)));
  return files.flatMap((file) => {
    const events = readEvents(file);
    assertEquals(events[0]?.version, "brain.Event:2");
    assertEquals(events[1]?.session, 1);
    return events.slice(2);
  });
}

type Line = Readonly<Record<string, unknown>>;

/** Numbers of a line of metrics, by their names in the other formats. */
function numbersIn(line: Line, prefix = ""): [string, number][] {
  return Object.entries(line).flatMap(([name, value]): [string, number][] => {
    if (typeof value === "number") return [[prefix + name, value]];
    if (typeof value !== "object" || value === null) return [];
    return numbersIn({ ...value }, `${prefix}${name}.`);
  });
}

/** The scalars of the event that a line should become. */
function scalarsOf(line: Line): Record<string, number> {
  const numbers = numbersIn(line).filter(([name]) => name !== "step" && name !== "epoch");
  return Object.fromEntries(
    numbers.map(([name, value]) => [`${line.kind}/${name}`, Math.fround(value)]),
  );
}

async function checkCopies(out: string, arms: readonly string[]): Promise<void> {
  const lines: Line[] = await metricsOf(out);
  for (const arm of arms) {
    const events = await eventsOf(`${out}/${arm}`);
    const own = lines.filter((line) => line.arm === arm);
    assertEquals(events.map(({ step }) => step), own.map(({ step }) => Number(step)), arm);
    assertEquals(events.map(({ scalars }) => scalars), own.map(scalarsOf), arm);
    const times = events.map(({ wallTime }) => wallTime);
    assertEquals(times, times.toSorted((a, b) => a - b));
    assert(Math.abs(times.at(-1)! - Date.now() / 1000) < 60, `${times.at(-1)}`);
  }
  const [header, ...rows] = (await Deno.readTextFile(`${out}/metrics.csv`)).trimEnd().split("\n");
  const names = header!.split(",");
  assertEquals(rows.length, lines.length);
  rows.forEach((row, i) => {
    const cells = row.split(",").map((cell, column) => [names[column]!, cell] as const);
    assertEquals(cells.length, names.length);
    const numbers = numbersIn(lines[i]!).map(([name, value]) => [name, String(value)]);
    const wanted = { kind: lines[i]!.kind, arm: lines[i]!.arm, ...Object.fromEntries(numbers) };
    assertEquals(Object.fromEntries(cells.filter(([, cell]) => cell !== "")), wanted);
  });
}

const arms = ["sgd", "gsgd"];
const flags = [...small, `--optimizer=${arms}`, "--log-every=2", "--keep-checkpoints=9"];

Deno.test("metrics.csv and the event files agree with metrics.jsonl, also after resuming", async () => {
  await using folder = await temporaryFolder();
  const out = `${folder.path}/run`;
  const first = ["--log=csv,tensorboard", "--epochs=1", "--checkpoint-every=3", "--out", out];
  assertEquals((await call(...flags, ...first)).code, 0);
  await checkCopies(out, arms);
  // two lines without an event, as after a kill, and a torn record
  const [path] = await eventFilesOf(`${out}/sgd`);
  const whole = await Deno.readFile(path!);
  const ends = [...recordEnds(whole)];
  await Deno.writeFile(path!, whole.subarray(0, ends.at(-3)! + 9));
  const second = await call("train", "--resume", out, "--epochs=2", "--quiet");
  assertEquals([second.code, second.stderr], [0, ""]);
  await checkCopies(out, arms);
  assertEquals((await eventFilesOf(`${out}/gsgd`)).length, 2);
  // back to the middle of the first session: the events of the second one are dropped
  const third = await call("train", "--resume", out, "--from=3", "--epochs=3", "--quiet");
  assertEquals([third.code, third.stderr], [0, ""]);
  await checkCopies(out, arms);
  const steps = (await eventsOf(`${out}/gsgd`)).filter(({ scalars }) => "step/loss" in scalars)
    .map(({ step }) => step);
  assertEquals(steps, [2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 21]);
});

Deno.test("logs enabled when a run resumes contain the whole run", async () => {
  await using folder = await temporaryFolder();
  const out = `${folder.path}/run`;
  assertEquals((await call(...flags, "--steps=4", "--out", out)).code, 0);
  const { code, stderr } = await call(
    "train",
    "--resume",
    out,
    "--steps=8",
    "--quiet",
    "--log=tensorboard,csv",
  );
  assertEquals([code, stderr], [0, ""]);
  await checkCopies(out, arms);
});

Deno.test("a config file may name a single log, and an unknown one is refused", async () => {
  await using folder = await temporaryFolder();
  const [config, out] = [`${folder.path}/config.json`, `${folder.path}/run`];
  await Deno.writeTextFile(config, JSON.stringify({ log: "csv", optimizer: "sgd" }));
  const run = await call(...small, "--steps=1", "--config", config, "--out", out);
  assertEquals([run.code, run.stderr], [0, ""]);
  assertStringIncludes(await Deno.readTextFile(`${out}/metrics.csv`), "\nend,sgd,");
  assertEquals(await eventFilesOf(out), []);
  const wrong = await call("train", "--log=wandb");
  assertStringIncludes(wrong.stderr, "it must be csv, tensorboard, or csv,tensorboard");
  assertEquals(wrong.code, 2);
});
