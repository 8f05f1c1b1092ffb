import { type Canvas, type Drawing, PANEL_WIDTH, render, textWidth } from "./canvas.ts";
import type { MatrixPanel } from "./figure.ts";

/** Maximum number of classes for which numbers and names are drawn. */
const MOST_NUMBERS = 12;
const MOST_NAMES = 24;

/** A cell of the matrix. */
interface Field {
  readonly row: number;
  readonly column: number;
  readonly count: number;
  /** Fraction of the samples of the true class. */
  readonly share: number;
}

/**
 * Draws a confusion matrix: correct predictions in one color, and errors in another. Errors are
 * shaded by the square root of their fraction, so that a few percent are visible.
 */
export function drawMatrix(panel: MatrixPanel, canvas: Canvas): Drawing {
  const { classes } = panel;
  const named = classes.length <= MOST_NAMES;
  const names = Math.min(96, Math.max(...classes.map((name) => textWidth(name)), 0));
  const left = (named ? names : 0) + 24;
  const bottom = (named ? names : 0) + 30;
  const side = PANEL_WIDTH - left - 6;
  return render(canvas, {
    height: side + bottom + 24,
    marginLeft: left,
    marginRight: 6,
    marginTop: 24,
    marginBottom: bottom,
    x: { type: "band", domain: classes.map((_, i) => i), padding: named ? 0.06 : 0 },
    y: { type: "band", domain: classes.map((_, i) => i), padding: named ? 0.06 : 0 },
    opacity: { type: "identity" },
    marks: [
      ...axesOf(panel, canvas, { named, bottom, left }),
      ...cellsOf(panel, canvas, side / Math.max(1, classes.length)),
    ],
  }, { title: panel.title, description: describe(panel) });
}

/** Size of the margins, and whether the names of the classes are drawn in them. */
interface Margins {
  readonly named: boolean;
  readonly bottom: number;
  readonly left: number;
}

function axesOf({ classes }: MatrixPanel, { library }: Canvas, { named, bottom, left }: Margins) {
  const axis = {
    tickSize: 0,
    tickPadding: 5,
    labelArrow: "none",
    tickFormat: (i: number) => named ? classes[i] ?? "" : "",
  } as const;
  return [
    library.axisY({ ...axis, label: "true class", labelAnchor: "top", labelOffset: left - 2 }),
    library.axisX({
      ...axis,
      tickRotate: named ? -90 : 0,
      label: "predicted class",
      labelAnchor: "center",
      labelOffset: bottom - 8,
    }),
  ];
}

function cellsOf(panel: MatrixPanel, { library }: Canvas, width: number) {
  const fields = fieldsOf(panel);
  const place = { x: "column", y: "row" };
  const shade = (some: readonly Field[], className: string, opacity: (share: number) => number) =>
    library.cell(some, {
      ...place,
      fill: "currentColor",
      fillOpacity: ({ share }: Field) => 0.6 * opacity(share),
      className,
    });
  const counted = fields.filter(({ count }) => count > 0);
  return [
    shade(fields.filter(({ row, column }) => row === column), "c1", (share) => share),
    shade(fields.filter(({ row, column }) => row !== column), "c2", Math.sqrt),
    ...(panel.classes.length > MOST_NUMBERS ? [] : [
      library.text(counted, {
        ...place,
        text: ({ count }: Field) => String(count),
        fontSize: sizeFor(counted, width),
      }),
    ]),
  ];
}

/** The usual size of text, or a smaller one if the longest count does not fit into a cell. */
function sizeFor(fields: readonly Field[], width: number): number {
  const widest = Math.max(1, ...fields.map(({ count }) => textWidth(String(count), 1)));
  return Math.min(12, Math.floor(0.9 * width / widest));
}

function fieldsOf({ counts }: MatrixPanel): readonly Field[] {
  return counts.flatMap((line, row) => {
    const total = line.reduce((sum, count) => sum + count, 0);
    return line.map((count, column) => ({
      row,
      column,
      count,
      share: total > 0 ? count / total : 0,
    }));
  });
}

function describe(panel: MatrixPanel): string {
  const worst = fieldsOf(panel).filter(({ row, column, count }) => row !== column && count > 0)
    .toSorted((a, b) => b.count - a.count).slice(0, 5)
    .map(({ row, column, count }) =>
      `${panel.classes[row]} predicted as ${panel.classes[column]}: ${count}`
    );
  return `Rows are true classes, columns predicted classes. Most frequent errors: ${
    worst.join("; ") || "none"
  }.`;
}
