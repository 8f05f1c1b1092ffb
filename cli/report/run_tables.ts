import { type Html, markup, type PageRow, type PageTable } from "../../figures/mod.ts";
import { formatReason, type GsgdReport, type PathSgdReport } from "../../optim/mod.ts";
import { orDash, percent, thousands, timeTaken } from "../format.ts";
import type { EndMetric, StepMetric } from "../../metrics/mod.ts";
import { communicationShare } from "../../metrics/pace.ts";
import { samplesIn } from "../results/confusion.ts";
import type { RunData } from "./run_data.ts";

/** A text column. */
const text = (label: string) => ({ label, kind: "text" }) as const;
/** A number column. */
const number = (label: string) => ({ label, kind: "number" }) as const;

const four = (value: number) => value.toFixed(4);

/** A column of the results table. */
interface ResultColumn {
  readonly label: string;
  readonly show: (end: EndMetric, steps: readonly StepMetric[]) => string;
}

const always: readonly ResultColumn[] = [
  { label: "train loss", show: ({ trainLoss }) => orDash(trainLoss, four) },
  { label: "train error", show: ({ trainError }) => orDash(trainError, percent) },
];

/** Columns of a run with a validation split. */
const validated: readonly ResultColumn[] = [
  {
    label: "validation error",
    show: ({ validationError }) => orDash(validationError, percent),
  },
  {
    label: "best validation",
    show: ({ best }) => best ? `${percent(best.validationError)}, epoch ${trim(best.epoch)}` : "–",
  },
  {
    label: "test error at best",
    show: ({ best }) => orDash(best?.testError, percent),
  },
];

const tested: readonly ResultColumn[] = [
  { label: "test loss", show: ({ testLoss }) => orDash(testLoss, four) },
  { label: "test error", show: ({ testError }) => orDash(testError, percent) },
];

const pace: readonly ResultColumn[] = [
  { label: "time", show: ({ seconds }) => timeTaken(seconds) },
  { label: "images/s", show: ({ imagesPerSecond }) => orDash(imagesPerSecond, thousands) },
];

const communication: ResultColumn = {
  label: "time in communication",
  show: (_end, steps) => orDash(communicationShare(steps), percent),
};

const trim = (value: number) => String(Number(value.toFixed(2)));

/** The results of the final weights. */
export function resultsTable(
  { arms, ends, steps, ranks = 1 }: Pick<RunData, "arms" | "ends" | "steps" | "ranks">,
): PageTable {
  const held = ends.some(({ validationError }) => validationError !== undefined);
  const columns = [...always, ...(held ? validated : []), ...tested, ...pace];
  if (ranks > 1) columns.push(communication);
  const rows = arms.map(({ name, initialWeights }): PageRow => {
    const end = ends.findLast(({ arm }) => arm === name);
    const own = steps.filter(({ arm }) => arm === name);
    const numbers = columns.map(({ show }, i) =>
      end ? show(end, own) : i === 0 ? "not finished" : ""
    );
    return { arm: name, cells: [name, initialWeights, ...numbers] };
  });
  return {
    columns: [
      text("optimizer"),
      text("initial weights"),
      ...columns.map(({ label }) => number(label)),
    ],
    rows,
  };
}

/** Maximum number of classes in the table: those with the largest errors. */
const MOST_CLASSES = 20;

/** The test error of each class, or of the classes with the largest errors. */
export function classTable({ confusions }: RunData): PageTable | null {
  const [first] = confusions.values();
  if (!first) return null;
  const all = [...confusions.values()];
  const worst = first.classes.map((name, i) => ({
    name,
    samples: samplesIn(first.counts[i]!),
    errors: all.map(({ perClassError }) => perClassError[i] ?? null),
  }));
  const mean = (errors: readonly (number | null)[]) =>
    errors.reduce<number>((sum, error) => sum + (error ?? 0), 0);
  const shown = worst.length > MOST_CLASSES
    ? worst.toSorted((a, b) => mean(b.errors) - mean(a.errors)).slice(0, MOST_CLASSES)
    : worst;
  return {
    caption: worst.length > MOST_CLASSES
      ? `Test error by class, the ${MOST_CLASSES} largest of ${worst.length}`
      : "Test error by class",
    columns: [text("class"), number("samples"), ...[...confusions.keys()].map(number)],
    rows: shown.map(({ name, samples, errors }) => ({
      cells: [name, String(samples), ...errors.map((error) => orDash(error, percent))],
    })),
  };
}

/** How G-SGD treats each weight. */
export function weightsTable({ parameters }: GsgdReport): PageTable {
  return {
    columns: [
      ...["parameter", "class", "update", "shape"].map(text),
      ...["weights", "free", "trained skeleton", "segment"].map(number),
    ],
    rows: parameters.map((parameter) => ({
      cells: [
        parameter.name,
        parameter.class,
        parameter.reason ? `plain: ${formatReason(parameter.reason)}` : "G-space",
        parameter.shape.join("×") || "scalar",
        String(parameter.edges),
        String(parameter.free),
        String(parameter.trained),
        parameter.segment === undefined ? "–" : String(parameter.segment),
      ],
    })),
  };
}

/** The totals of that table in a sentence. */
export function weightsNote(report: GsgdReport): Html {
  const { edges, nodes, trained, basisPaths, invariantRatio } = report;
  return markup`<p class="soft">m = ${thousands(edges)} weights, H = ${
    thousands(nodes)
  } hidden units (scale nodes), H/m = ${percent(invariantRatio)}. ${
    thousands(nodes)
  } free skeleton weights never change; ${
    thousands(trained)
  } are trained through their path values. The network has ${
    thousands(basisPaths)
  } basis paths.</p>`;
}

/** How Path-SGD treats each parameter. */
export function pathSgdTable({ parameters }: PathSgdReport): PageTable {
  return {
    columns: ["parameter", "update", "shape"].map(text),
    rows: parameters.map(({ name, shape, reason }) => ({
      cells: [
        name,
        reason ? `plain: ${formatReason(reason)}` : "gradient divided by κ",
        shape.join("×") || "scalar",
      ],
    })),
  };
}

/** Explains that table in a sentence. */
export function pathSgdNote({ parameters }: PathSgdReport): Html {
  const divided = parameters.filter(({ reason }) => reason === undefined).length;
  return markup`<p class="soft">The gradients of ${divided} of ${parameters.length} parameters are \
divided by κ. For each weight, κ is the sum, over all paths through it, of the squared product of \
the other weights on the path.</p>`;
}
