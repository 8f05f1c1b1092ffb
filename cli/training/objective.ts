import type { Config } from "../settings/config.ts";

/**
 * What the numbers that are taken while training are about, if not plain cross-entropy of the
 * samples as they are; else `undefined`.
 */
export function objectiveNote(
  { labelSmoothing, mixup }: Pick<Config, "labelSmoothing" | "mixup">,
): string | undefined {
  const parts = [
    ...(labelSmoothing > 0 ? [`label smoothing ${labelSmoothing}`] : []),
    ...(mixup === null ? [] : [`mixup ${mixup}`]),
  ];
  if (parts.length === 0) return undefined;
  const accuracy = mixup === null ? "" : ", where accuracy counts the label with the larger share";
  return `Losses while training are those of ${parts.join(" and ")}${accuracy}; evaluations take ` +
    "samples as they are and plain cross-entropy.";
}
