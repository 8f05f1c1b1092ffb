import { assertEquals, assertThrows } from "@std/assert";
import { MetricsError, readMetric, readMetrics } from "../../metrics/mod.ts";
import { MetricsLog } from "../../cli/results/metrics.ts";
import { readRun } from "../../cli/report/run_data.ts";
import { RunLog, start } from "../../live/run_log.ts";
import { parseMetrics } from "../../reproduce/run_metrics.ts";
import { call, small, temporaryFolder } from "../cli/command.ts";

const step = {
  ...{ kind: "step", arm: "sgd", epoch: 0.5, step: 1, seconds: 0.1 },
  ...{ loss: 2.3, accuracy: 0.1, learningRate: 0.1 },
};
const epoch = {
  ...{ kind: "epoch", arm: "sgd", epoch: 1, step: 2, seconds: 0.2, trainLoss: 2 },
  ...{ trainAccuracy: 0.5, testLoss: null, testError: null },
};
const end = {
  ...{ kind: "end", arm: "sgd", epoch: 1, step: 2, seconds: 0.2, trainLoss: 2, trainError: 0.5 },
  ...{ testLoss: 2, testError: 0.5, imagesPerSecond: 100 },
};

const deep = `{"kind":"step","arm":${"[".repeat(200_000)}${"]".repeat(200_000)}}`;

/** Lines that are not metrics, for every reader. */
const wrong: readonly string[] = [
  "{",
  "null",
  "[]",
  "1",
  '"step"',
  "{}",
  '{"kind":5}',
  deep,
  "[".repeat(200_000),
  ...[step, epoch, end].flatMap((line) => [
    ...Object.keys(line).filter((key) => key !== "kind").flatMap((key) => [
      JSON.stringify({ ...line, [key]: undefined }),
      JSON.stringify({ ...line, [key]: {} }),
      JSON.stringify({ ...line, [key]: true }),
    ]),
    JSON.stringify({ ...line, arm: 3 }),
    JSON.stringify({ ...line, step: -1 }),
    JSON.stringify({ ...line, step: 1.5 }),
    JSON.stringify({ ...line, step: "2" }),
    JSON.stringify({ ...line, gsgd: line.kind === "epoch" ? undefined : 5, seconds: null }),
  ]),
];

Deno.test("invalid metrics are refused, and additions of later versions are not", () => {
  for (const text of wrong) {
    assertThrows(() => readMetric(text), MetricsError, "", text.slice(0, 99));
  }
  for (const line of [step, epoch, end]) {
    assertEquals<unknown>(readMetric(JSON.stringify(line)).metric, line);
    const more = { ...line, later: { any: ["thing"] } };
    assertEquals<unknown>(readMetric(JSON.stringify(more)).metric, more);
  }
  const other = '{"kind":"later","what":1}';
  assertEquals(readMetric(other), { text: other, data: JSON.parse(other), metric: undefined });
  const diverged = readMetric(JSON.stringify({ ...step, loss: null })).metric;
  assertEquals(diverged?.kind === "step" && diverged.loss, NaN);
});

Deno.test("only the last line may be incomplete", () => {
  const whole = `${JSON.stringify(step)}\n`;
  assertEquals(readMetrics(whole + whole.slice(0, 20), "f").length, 1);
  assertThrows(() => readMetrics(`{}\n${whole}`, "f"), MetricsError, "f: line 1 is not a metric");
  assertThrows(() => readMetrics(`${whole}{}\n`, "f"), MetricsError, "f: line 2 is not a metric");
});

Deno.test("resume, report, live, and reproduce accept and refuse the same lines", async () => {
  await using folder = await temporaryFolder();
  const out = `${folder.path}/run`;
  await call(...small, "--optimizer=sgd", "--steps=2", "--out", out);
  const file = `${out}/metrics.jsonl`;
  const takes = async (text: string) => {
    const readers: readonly (() => Promise<unknown>)[] = [
      () => MetricsLog.resume(file, () => true),
      () => readRun(out),
      async () => parseMetrics(await Deno.readTextFile(file), file),
    ];
    const taken = [];
    for (const read of readers) {
      await Deno.writeTextFile(file, `${JSON.stringify(step)}\n${text}\n${JSON.stringify(step)}\n`);
      taken.push(await read().then(() => true, () => false));
    }
    const log = new RunLog(file);
    await log.poll();
    // the page shows the valid lines
    assertEquals(
      (log.after(start)?.lines.length ?? 0) - 2,
      Number(taken[0]),
      text.slice(0, 99),
    );
    return taken;
  };
  for (const line of [step, epoch, end]) {
    assertEquals(await takes(JSON.stringify(line)), [true, true, true]);
  }
  assertEquals(await takes('{"kind":"later"}'), [true, true, true]);
  for (const text of wrong) {
    assertEquals(await takes(text), [false, false, false], text.slice(0, 99));
  }
});

Deno.test("lines of a later version are kept byte for byte when a run resumes", async () => {
  await using folder = await temporaryFolder();
  const out = `${folder.path}/run`;
  await call(...small, "--optimizer=sgd", "--steps=2", "--out", out);
  const later = '{ "kind":"later",  "what": 1 }';
  const file = `${out}/metrics.jsonl`;
  await Deno.writeTextFile(file, `${later}\n${await Deno.readTextFile(file)}`);
  const { code, stderr } = await call("train", "--resume", out, "--steps=4", "--quiet");
  assertEquals([code, stderr], [0, ""]);
  assertEquals((await Deno.readTextFile(file)).split("\n")[0], later);
});
