/** The parts of a metric that thinning out uses. */
export interface Line {
  readonly kind?: unknown;
  readonly arm?: unknown;
  readonly step?: number;
  readonly gsgd?: { readonly clamped?: number; readonly smallestPathValue?: unknown };
  readonly parameters?: readonly { readonly weights?: unknown; readonly gradients?: unknown }[];
  readonly [name: string]: unknown;
}

/** The values that charts draw. Each keeps its highest and lowest points. */
const measures: readonly ((line: Line) => unknown)[] = [
  ({ loss }) => loss,
  ({ accuracy }) => accuracy,
  ({ imagesPerSecond }) => imagesPerSecond,
  ({ testError }) => testError,
  ({ testLoss }) => testLoss,
  ({ validationError }) => validationError,
  ({ gsgd }) => gsgd?.smallestPathValue,
  ({ gradientNorm }) => gradientNorm,
  ({ weightNorm }) => weightNorm,
];

/** A line without its histograms, of which only the last ones are drawn. */
export function withoutHistograms(line: Line): Line {
  const { parameters } = line;
  if (!parameters) return line;
  return {
    ...line,
    parameters: parameters.map(({ weights: _, gradients: __, ...norms }) => norms),
  };
}

/**
 * Thins out the lines of one kind and optimizer to at most `most`, in order: keeps the first, the
 * last, and those with the lowest and highest values in each of several equal intervals of steps.
 * The clamp counts of dropped lines are added to the next kept line. Ratios, of which only the last
 * are drawn, are removed from all other lines. The result can be thinned out again when it has
 * grown.
 */
export function thinOut(lines: readonly Line[], most: number): readonly Line[] {
  const last = lines.length - 1;
  const kept = new Set([0, last, ...extremes(lines, most - 2)]);
  let clamped = 0;
  return lines.flatMap((line, i) => {
    clamped += line.gsgd?.clamped ?? 0;
    if (!kept.has(i)) return [];
    if (!line.gsgd) return [line];
    const gsgd = { ...line.gsgd, clamped, ...(i < last && { ratios: [] }) };
    clamped = 0;
    return [{ ...line, gsgd }];
  });
}

/** Indices of at most `most` lines. */
function extremes(lines: readonly Line[], most: number): readonly number[] {
  const present = measures.filter((measure) => lines.some((line) => isNumber(measure(line))));
  const spans = Math.floor(most / (2 * Math.max(1, present.length)));
  const first = lines[0]?.step ?? 0;
  const length = Math.max(1, (lines.at(-1)?.step ?? 0) - first);
  return present.flatMap((measure) => {
    const lowest = new Map<number, number>();
    const highest = new Map<number, number>();
    lines.forEach((line, i) => {
      const value = measure(line);
      if (!isNumber(value)) return;
      const span = Math.min(spans - 1, Math.floor(((line.step ?? 0) - first) / length * spans));
      const at = (found: Map<number, number>) => measure(lines[found.get(span) ?? i]!);
      if (!(Number(at(lowest)) < value)) lowest.set(span, i);
      if (!(Number(at(highest)) > value)) highest.set(span, i);
    });
    return [...lowest.values(), ...highest.values()];
  });
}

function isNumber(value: unknown): value is number {
  return typeof value === "number";
}
