/** What describes how fast the steps of a line were. */
interface PacedLine {
  /** Seconds of training so far. */
  readonly seconds: number;
  readonly imagesPerSecond?: number | null;
  readonly communicationShare?: number | null;
}

/**
 * The mean of a number over the time of all step lines but the first, in which the device warms up;
 * `null` if there is only one line, or one without the number.
 */
export function meanPace(
  lines: readonly PacedLine[],
  name: "imagesPerSecond" | "communicationShare",
): number | null {
  const spans = lines.slice(1).map((line, i) => ({
    seconds: line.seconds - lines[i]!.seconds,
    value: line[name] ?? NaN,
  }));
  const sum = spans.reduce((sum, { seconds, value }) => sum + seconds * value, 0);
  const mean = sum / spans.reduce((sum, { seconds }) => sum + seconds, 0);
  return Number.isFinite(mean) ? mean : null;
}

/**
 * The share of the time in sums over the ranks, from 0 to 1: without the first step line, unless it is
 * the only one. `null` for a run on one rank.
 */
export function communicationShare(lines: readonly PacedLine[]): number | null {
  return meanPace(lines, "communicationShare") ?? lines[0]?.communicationShare ?? null;
}
