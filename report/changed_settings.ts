import { incidental } from "../cli/settings/config.ts";

/** All settings of a run. */
type Config = Readonly<Record<string, unknown>>;

/** Settings that the list shows as columns of their own, or that say only what is logged. */
const unshown: ReadonlySet<string> = new Set(["optimizer", "logEvery", "telemetry"]);

/**
 * Names of the settings that affect results and are not the same in these runs. Runs of other
 * versions may lack a setting, which is no difference.
 */
export function changedSettings(configs: readonly Config[]): readonly string[] {
  const names = new Set(configs.flatMap((config) => Object.keys(config)));
  return [...names].filter((name) =>
    !unshown.has(name) && !incidental.has(name) &&
    new Set(configs.flatMap((config) => name in config ? settingText(config[name]) : [])).size > 1
  );
}

/** A setting as it is shown. Equal values of all optimizers are shown once. */
export function settingText(value: unknown): string {
  if (value === null || value === undefined) return "–";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value !== "object") return String(value);
  if (Array.isArray(value)) return value.map(settingText).join(", ");
  const texts = Object.entries(value).map(([arm, each]) => [arm, settingText(each)] as const);
  const [first] = texts;
  const isSame = first !== undefined && texts.every(([, text]) => text === first[1]);
  return isSame ? first[1] : texts.map((pair) => pair.join(" ")).join(", ");
}
