import type { Library } from "./canvas.ts";
import type { Ticks } from "./ticks.ts";

/** Title of an axis and its distance from the axis. */
interface AxisText {
  readonly title: string;
  readonly offset: number;
}

/** The horizontal axis, with its title centered below the numbers. */
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

/** The vertical axis with grid lines, and its title above it, written horizontally. */
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

/** Formats ticks from given texts: the library omits some numbers on logarithmic scales. */
function labelsOf({ values, labels }: Ticks): (value: number) => string {
  const texts = new Map(values.map((value, i) => [value, labels[i] ?? ""]));
  return (value) => texts.get(value) ?? "";
}
