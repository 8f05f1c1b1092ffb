/** A summary with some of everything, for tests of its page. */
import type { Cell, Summary } from "../../../reproduce/summary.ts";

function cell(mean: number | null, more: Partial<Cell> = {}): Cell {
  return { mean, spread: mean === null ? null : 0.0123, n: 5, diverged: 0, paper: null, ...more };
}

/** `text` is used wherever a summary has free text. */
export function sampleSummary(text = "text"): Summary {
  const points = [8, 16, 32].map((x) => ({ x, y: 1 / x, low: 0.9 / x, high: 1.1 / x }));
  const curves = [
    { label: "SGD", arm: "sgd", variant: 0, points },
    { label: "G-SGD", arm: "gsgd", variant: 0, points },
  ];
  const paper = { mean: 7.76, spread: 0.17, source: `table 1 ${text}` };
  const shared = { unit: "", digits: 4, better: "lower", kind: "difference", unpaired: 0 } as const;
  return {
    format: 1,
    what: "fig4",
    title: `Figure 4 ${text}`,
    claim: `The claim ${text}`,
    source: `Section 5.2 ${text}`,
    scale: "laptop",
    differences: [`Fewer widths ${text}`],
    command: `deno task reproduce fig4 --scale laptop ${text}`,
    environment: {
      gspace: "0.1.0",
      deno: "2.9.6",
      system: "linux x86_64",
      devices: [`CPU ${text}`],
      trainingSeconds: 8000,
      finished: "2026-01-31T12:00:00Z",
    },
    points: { done: 39, diverged: 1, total: 40 },
    tables: [{
      title: `Final weights ${text}`,
      note: `A note ${text}`,
      columns: [
        { label: "train loss", unit: "", digits: 4, better: "lower" },
        { label: `throughput ${text}`, unit: "images/s", digits: 0, better: "higher" },
      ],
      rows: [
        {
          group: "h = 8",
          arm: "sgd",
          label: "SGD",
          cells: [cell(0.4865, { paper }), cell(12345, { spread: 120 })],
        },
        {
          group: "h = 8",
          arm: "gsgd",
          label: "G-SGD",
          cells: [cell(0.4889, { diverged: 1, n: 4 }), cell(null, { diverged: 5, n: 0 })],
        },
      ],
    }],
    figures: [{
      name: "fig4",
      title: `By width ${text}`,
      caption: `A caption ${text}`,
      columns: 2,
      panels: ["train loss", "test error"].map((label) => ({
        title: `${label} ${text}`,
        x: { label: "h", unit: "", scale: "log" } as const,
        y: { label, unit: "", scale: "linear" } as const,
        curves,
      })),
    }],
    comparisons: [
      {
        ...shared,
        group: "h = 8",
        a: "G-SGD",
        b: "SGD",
        metric: "train loss",
        n: 5,
        difference: -0.0123,
        low: -0.02,
        high: -0.0046,
        p: 0.0002,
      },
      {
        ...shared,
        group: "h = 16",
        a: "G-SGD",
        b: "SGD",
        metric: "train loss",
        n: 1,
        difference: 0.001,
        low: null,
        high: null,
        p: null,
      },
    ],
    verdict: [`The conclusion ${text}`, `A detail ${text}`],
  };
}
