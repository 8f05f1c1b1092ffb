import { parseJson } from "../../checkpoint/mod.ts";
import { isOwnData } from "../data/own_data.ts";
import { CommandError } from "../errors.ts";
import { changeable } from "../settings/config.ts";
import type { SettledConfig } from "../settings/settle.ts";

/** Names and paths, which change when a run is moved. The contents of a dataset have a checksum. */
const places: ReadonlySet<string> = new Set(["name", "out", "weights", "testDataset"]);

/** The settings that decide the results of a run. A checkpoint is valid for these settings only. */
export function fixedSettings(config: SettledConfig): Readonly<Record<string, unknown>> {
  const isPath = isOwnData(config.dataset);
  return Object.fromEntries(
    Object.entries(config).filter(([name]) =>
      !changeable.has(name) && !places.has(name) && !(name === "dataset" && isPath)
    ),
  );
}

/**
 * Compares the settings of a checkpoint with the current settings of the run. Settings that only
 * one of them has are from another version, and are ignored.
 * @throws {CommandError} naming those that differ
 */
export function checkSettings(
  path: string,
  stored: string,
  current: Readonly<Record<string, unknown>>,
): void {
  const before = parseJson(stored);
  if (typeof before !== "object" || before === null) {
    throw new CommandError(`Cannot resume from ${path}: its settings must be a JSON object`);
  }
  const changes = Object.entries(before).flatMap(([name, value]) => {
    if (!(name in current)) return [];
    const [was, is] = [JSON.stringify(value), JSON.stringify(current[name])];
    return was === is ? [] : [`"${name}" was ${was} and is ${is}`];
  });
  if (changes.length === 0) return;
  throw new CommandError(
    `Cannot resume from ${path}: config.json or the data changed after the run started: ${
      changes.join(", ")
    }: undo the change, or start a new run with --config and --out`,
  );
}
