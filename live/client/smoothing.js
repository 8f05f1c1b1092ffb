/**
 * Exponential moving average, corrected for its start as in Adam: the first value is the first point.
 * Values that are not numbers are left out of it.
 * @param {readonly (number | null)[]} values
 * @param {number} weight Of the past, from 0 to less than 1.
 * @returns {(number | null)[]}
 */
export function smooth(values, weight) {
  let [sum, share] = [0, 0];
  return values.map((value) => {
    if (value === null || !Number.isFinite(value)) return value;
    sum = weight * sum + (1 - weight) * value;
    share = weight * share + (1 - weight);
    return sum / share;
  });
}
