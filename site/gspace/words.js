/**
 * A factor for people: 4, ¼, 1.32.
 * @param {number} c
 */
export function factorText(c) {
  const known = new Map([[0.25, "¼"], [0.5, "½"]]).get(c);
  return known ?? (Number.isInteger(c) ? String(c) : c.toFixed(2));
}

/** Names of the units, by layer. */
export const unitNames = [["x", "1"], ["h₁", "h₂", "h₃"], ["f"]];

/**
 * The units along edges that follow each other: x → h₁ → f.
 * @param {readonly import("./network.ts").Edge[]} edges
 */
export function pathName(edges) {
  const names = edges.map(({ layer, to }) => unitNames[layer + 1]?.[to]);
  return [unitNames[0]?.[edges[0]?.from ?? NaN], ...names].join(" → ");
}

/**
 * A weight, or a product of weights.
 * @param {number} value
 */
export function weightText(value) {
  return value.toFixed(2).replace("-", "−");
}

/**
 * A difference of numbers that should be equal, or are not.
 * @param {number} difference
 */
export function differenceText(difference) {
  if (difference === 0) return "exactly 0";
  if (!(difference < 1e-3)) return difference.toFixed(2);
  const [digits, power] = difference.toExponential(1).split("e-");
  return `${digits} × 10⁻${[...power ?? ""].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)]).join("")}`;
}

/**
 * What training both twins has shown.
 * @param {{ c: number, steps: number, start: number, sgd: number, gsgd: number }} result `start`,
 *   `sgd`, and `gsgd` are the largest differences of the twins' functions before and after
 */
export function verdict({ c, steps, start, sgd, gsgd }) {
  if (c === 1) {
    return `With c = 1 the twins have the same weights. Move the slider, and train them again.`;
  }
  return `After ${steps} steps, ${clause("SGD", sgd, start)}, and ${clause("G-SGD", gsgd, start)}.`;
}

/**
 * @param {string} optimizer
 * @param {number} difference
 * @param {number} start
 */
function clause(optimizer, difference, start) {
  if (difference === 0) return `the twins of ${optimizer} are the same function, bit for bit`;
  if (!Number.isFinite(difference)) return `a twin of ${optimizer} has diverged`;
  const rounding = Math.max(start, 2 ** -23) * 100;
  const text = differenceText(difference);
  return difference <= rounding
    ? `the twins of ${optimizer} differ by ${text}, which is rounding`
    : `the twins of ${optimizer} differ by up to ${text}`;
}
