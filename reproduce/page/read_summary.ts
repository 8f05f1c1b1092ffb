import { z } from "zod";
import { parseJson, readFileChecked } from "../../checkpoint/mod.ts";
import { CommandError } from "../../cli/errors.ts";
import type { Summary } from "../summary.ts";

const number = z.number();
const count = z.int().nonnegative();
const digits = z.int().min(0).max(10);
const text = z.string();
const better = z.enum(["lower", "higher"]).nullable();

const cell = z.object({
  mean: number.nullable(),
  spread: number.nullable(),
  n: count,
  diverged: count,
  paper: z.object({ mean: number, spread: number.nullable(), source: text }).nullable(),
});

const table = z.object({
  title: text,
  note: text,
  columns: z.array(z.object({ label: text, unit: text, digits, better })),
  rows: z.array(
    z.object({ group: text, arm: text.nullable(), label: text, cells: z.array(cell) }),
  ),
}).refine(
  ({ columns, rows }) => rows.every(({ cells }) => cells.length === columns.length),
  "each row must have a cell for each column",
);

const axis = z.object({ label: text, unit: text, scale: z.enum(["linear", "log"]) });

const curve = z.object({
  label: text,
  arm: text,
  variant: count,
  points: z.array(z.object({ x: number, y: number, low: number, high: number })),
});

const figure = z.object({
  // used as a file name
  name: text.regex(/^\w[\w.-]*$/, "must be letters, digits, _, - and ."),
  title: text,
  caption: text,
  columns: z.int().positive(),
  panels: z.array(z.object({ title: text, x: axis, y: axis, curves: z.array(curve) })),
});

const comparison = z.object({
  group: text,
  a: text,
  b: text,
  metric: text,
  unit: text,
  digits,
  better,
  kind: z.enum(["difference", "ratio"]),
  n: count,
  unpaired: count,
  difference: number.nullable(),
  low: number.nullable(),
  high: number.nullable(),
  p: number.nullable(),
});

const summarySchema: z.ZodType<Summary> = z.object({
  format: z.literal(1),
  what: text,
  title: text,
  claim: text,
  source: text,
  scale: z.enum(["smoke", "laptop", "paper"]),
  differences: z.array(text),
  command: text,
  environment: z.object({
    gspace: text,
    deno: text,
    system: text,
    devices: z.array(text),
    trainingSeconds: number,
    finished: text.nullable(),
  }),
  points: z.object({ done: count, diverged: count, total: count }),
  tables: z.array(table),
  figures: z.array(figure).refine(
    (figures) => new Set(figures.map(({ name }) => name)).size === figures.length,
    "names must differ",
  ),
  comparisons: z.array(comparison),
  verdict: z.array(text),
});

/**
 * Reads the summary of a reproduction.
 * @throws {CommandError} naming the file and what is wrong with it
 */
export async function readSummary(path: string): Promise<Summary> {
  const bytes = await readFileChecked(path);
  let data: unknown;
  try {
    data = parseJson(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new CommandError(`Cannot report on ${path}: it must be JSON: ${reason}`, { cause });
  }
  const result = summarySchema.safeParse(data);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const where = issue === undefined || issue.path.length === 0 ? "" : ` at ${issue.path.join(".")}`;
  throw new CommandError(
    `Cannot report on ${path}: it is not the summary of a reproduction${where}: ${issue?.message}`,
  );
}
