import { describe } from "./describe.ts";
import { type Flag, flagsOf, type SettingGroup } from "./setting.ts";

/** A flag with its placeholder, and what it does. */
export type Row = readonly [flag: string, help: string];

/** The groups of flags as a help shows them. */
export function flagHelp(groups: readonly SettingGroup[]): string {
  return groups.map(({ title, settings }) => section(title, rowsOf(settings))).join("\n");
}

/** A row for each setting. */
export function rowsOf(settings: SettingGroup["settings"]): readonly Row[] {
  return flagsOf(settings).map(rowOf);
}

function rowOf(setting: Flag): Row {
  const { flag } = setting;
  const { placeholder, help } = describe(setting);
  const short = flag === "help" ? "-h, " : "";
  return [`${short}--${flag}${placeholder === undefined ? "" : ` ${placeholder}`}`, help];
}

/** Widths of the column of flags, and of the column beside it. */
const [LEFT, RIGHT] = [28, 70];

/** A heading, and flags with their texts beside them. */
export function section(title: string, rows: readonly Row[]): string {
  const lines = rows.flatMap(([flag, help]) => {
    const [first = "", ...rest] = wrap(help, RIGHT);
    const start = flag.length < LEFT - 1
      ? [`  ${flag.padEnd(LEFT)}${first}`]
      : [`  ${flag}`, `  ${" ".repeat(LEFT)}${first}`];
    return [...start, ...rest.map((line) => `  ${" ".repeat(LEFT)}${line}`)];
  });
  return [title, ...lines, ""].join("\n");
}

function wrap(text: string, width: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1)!;
    const longer = line === "" ? word : `${line} ${word}`;
    if (longer.length <= width || line === "") lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
