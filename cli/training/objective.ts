import type { Config } from "../settings/config.ts";

/**
 * Explains what the training loss measures, if it is not plain cross-entropy of unchanged samples;
 * else `undefined`.
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
