import { wrapText } from "../fit_line.ts";
import { heading, joined, type Styled } from "../styled.ts";
import { describe } from "./describe.ts";
import { type Flag, flagsOf, type SettingGroup, type Settings } from "./setting.ts";

/** A flag or argument with its placeholder, and what it does. */
export type Row = readonly [flag: string, help: string];

/** What the help of a command says. Texts are wrapped when it is shown. */
export interface CommandHelp {
  /** What the command does. `--help` shows the first paragraph only. */
  readonly about: readonly string[];
  /** Its command lines. */
  readonly usage: readonly string[];
  /** Its arguments without a flag. */
  readonly operands?: { readonly title: string; readonly rows: readonly Row[] };
  readonly groups: readonly SettingGroup[];
  /** Paragraphs after the flags. */
  readonly notes?: readonly string[];
  /** Related command lines, and what they do. */
  readonly related?: readonly Row[];
  readonly examples?: readonly string[];
  readonly exitCodes: string;
}

/** How much of the help to show: the flags that most people need, or everything. */
export type HelpExtent = "short" | "all";

/** Rows and columns of the smallest common terminal; one row is left for the prompt. */
const SCREEN = { rows: 23, columns: 80 } as const;

/** The help as text. What fits one screen is shown completely. */
export function formatHelp(help: CommandHelp, extent: HelpExtent): Styled {
  const all = everything(help);
  return joined(extent === "all" || all.length <= SCREEN.rows ? all : short(help), "\n");
}

function everything(help: CommandHelp): readonly Styled[] {
  const { operands, groups, notes = [], related = [], examples = [] } = help;
  return paragraphs([
    ...help.about.map(wrapped),
    indented(help.usage),
    ...operands === undefined ? [] : [section(operands.title, operands.rows)],
    ...groups.map(({ title, settings }) => section(title, rowsOf(settings))),
    ...notes.map(wrapped),
    ...related.length === 0 ? [] : [section("Other commands", related)],
    ...examples.length === 0 ? [] : [exampleLines(examples)],
    wrapped(`Exit codes: ${help.exitCodes}`),
  ]);
}

/** The first paragraph, the flags that most people need, and the examples for which there is room. */
function short(help: CommandHelp): readonly Styled[] {
  const { about: [first = ""], usage, operands, groups, examples = [] } = help;
  const rows = operands?.rows ?? [];
  const flags = groups.flatMap(({ settings }) => briefRows(settings));
  // many operands are a table of their own
  const tables = rows.length > 1 ? [rows, flags] : [[...rows, ...flags]];
  const blocks = [wrapped(first), indented(usage), ...tables.map(table)];
  const room = SCREEN.rows - paragraphs(blocks).length - 2;
  const last = examples.findLastIndex((line, i) => i < room && !line.endsWith("\\"));
  return paragraphs(last < 0 ? blocks : [...blocks, exampleLines(examples.slice(0, last + 1))]);
}

function exampleLines(examples: readonly string[]): readonly Styled[] {
  return [[heading("Examples")], ...indented(examples)];
}

/** Rows with as much room for their texts as there is. */
function table(rows: readonly Row[]): readonly string[] {
  const left = Math.max(...rows.map(([flag]) => flag.length)) + GAP;
  return rows.flatMap((row) => rowLines(row, left));
}

/** A row for each setting. */
export function rowsOf(settings: Settings): readonly Row[] {
  return flagsOf(settings).map((flag) => [nameOf(flag), describe(flag).help]);
}

/** A row for each setting that most people need, with its default if both are short. */
function briefRows(settings: Settings): readonly Row[] {
  return flagsOf(settings).flatMap((flag): readonly Row[] => {
    const { brief, fallback } = describe(flag);
    if (brief === undefined) return [];
    const whole = `${brief} ${fallback}`.trimEnd();
    return [[nameOf(flag), whole.length <= BRIEF ? whole : brief]];
  });
}

function nameOf(flag: Flag): string {
  const { placeholder } = describe(flag);
  const short = flag.flag === "help" ? "-h, " : "";
  return `${short}--${flag.flag}${placeholder === undefined ? "" : ` ${placeholder}`}`;
}

/** Columns before the flags, between them and their texts, and from the flags to their texts. */
const [INDENT, GAP, LEFT] = [2, 2, 26];

/** Most columns of a brief text with its default. */
const BRIEF = 53;

/** A heading, and flags with their texts beside them. */
function section(title: string, rows: readonly Row[]): readonly Styled[] {
  return [[heading(title)], ...rows.flatMap((row) => rowLines(row, LEFT))];
}

function rowLines([flag, help]: Row, left: number): readonly string[] {
  const [first = "", ...rest] = wrapText(help, SCREEN.columns - left - INDENT);
  const margin = " ".repeat(left);
  const start = flag.length <= left - GAP ? [flag.padEnd(left) + first] : [flag, margin + first];
  return indented([...start, ...rest.map((line) => margin + line)]);
}

function wrapped(text: string): readonly string[] {
  return wrapText(text, SCREEN.columns);
}

function indented(lines: readonly string[]): readonly string[] {
  return lines.map((line) => " ".repeat(INDENT) + line);
}

/** Blocks of lines with an empty line between them. */
function paragraphs(blocks: readonly (readonly Styled[])[]): readonly Styled[] {
  return blocks.flatMap((block, i) => i === 0 ? block : ["", ...block]);
}
