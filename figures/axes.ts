import type { Library } from "./canvas.ts";
import type { Ticks } from "./ticks.ts";

/** What stands at an axis, and how far from it. */
export interface AxisText {
  readonly title: string;
  readonly offset: number;
}

/** The axis below, its title in the middle under the numbers. */
export function horizontalAxis(library: Library, ticks: Ticks, { title, offset }: AxisText) {
  return [
    library.axisX([...ticks.values], {
      tickSize: 4,
      tickPadding: 5,
      text: labelsOf(ticks),
      label: title,
      labelArrow: "none",
      labelAnchor: "center",
      labelOffset: offset,
    }),
  ] as const;
}

/** The axis on the left with lines across, its title above it, where it can be read. */
export function verticalAxis(library: Library, ticks: Ticks, { title, offset }: AxisText) {
  return [
    library.gridY([...ticks.values], { strokeOpacity: 0.13 }),
    library.axisY([...ticks.values], {
      tickSize: 0,
      tickPadding: 8,
      text: labelsOf(ticks),
      label: title,
      labelArrow: "none",
      labelAnchor: "top",
      labelOffset: offset,
    }),
  ] as const;
}

/** Given as text, since logarithmic scales of the library keep some of the numbers back. */
function labelsOf({ values, labels }: Ticks): (value: number) => string {
  const texts = new Map(values.map((value, i) => [value, labels[i] ?? ""]));
  return (value) => texts.get(value) ?? "";
}
