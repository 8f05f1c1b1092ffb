/**
 * What G-SGD found in a graph, and what it does with each parameter.
 * @module
 */
import type { Shape } from "../../../graph/mod.ts";
import { formatReason, type Reason } from "../scales/reason.ts";

/**
 * Where a weight stands between the scale nodes [gsgd.md §10.3]: `first` leads from fixed
 * scales into nodes, `interior` from nodes to nodes, `last` out of nodes; a `gate` is a
 * first weight that multiplies channel by channel; `outside` touches no node and keeps its
 * plain update.
 */
export type WeightClass = "first" | "interior" | "last" | "bias" | "gate" | "outside";

/** What the pass does with one parameter. */
export interface ParameterReport {
  /** The parameter's name: `2.weight`. */
  readonly name: string;
  /** Its shape. */
  readonly shape: Shape;
  /** Number of its elements: each is one edge. */
  readonly edges: number;
  /** Where it stands between the scale nodes. */
  readonly class: WeightClass;
  /** Is it added to an activation? Outside of segments such a weight loses nothing. */
  readonly isBias: boolean;
  /** Skeleton weights that are never changed. */
  readonly free: number;
  /** Skeleton weights that are trained by their own path value. */
  readonly trained: number;
  /** Number of its segment, from 0 on; absent outside. */
  readonly segment?: number;
  /** Why it stays outside; absent in a segment. */
  readonly reason?: Reason;
}

/** One connected set of scale nodes with the parameters that touch it. */
export interface SegmentReport {
  /** Its number, from 0 on. */
  readonly segment: number;
  /** Names of its parameters. */
  readonly parameters: readonly string[];
  /** Number of its scale nodes: hidden units or feature maps. */
  readonly nodes: number;
  /** Number of its trained skeleton weights. */
  readonly trained: number;
}

/** Everything that a G-SGD pass has to say about a graph. Plain data: it survives JSON. */
export interface GsgdReport {
  /** One entry for each trained parameter, in the order of the model. */
  readonly parameters: readonly ParameterReport[];
  /** The connected sets of scale nodes. */
  readonly segments: readonly SegmentReport[];
  /**
   * m: number of weights, biases included, without those that stay outside because they
   * belong to a batch normalization.
   */
  readonly edges: number;
  /** H: number of scale nodes, and of free skeleton weights. */
  readonly nodes: number;
  /** Number of trained skeleton weights. */
  readonly trained: number;
  /** m − H: the dimension of G-space. */
  readonly basisPaths: number;
  /** H / m, the paper's invariant ratio. */
  readonly invariantRatio: number;
  /** Reasons for which scale nodes were given up, most frequent first. */
  readonly pinned: readonly PinnedReport[];
}

/** How many channels were given up for one reason. */
export interface PinnedReport {
  /** Why. */
  readonly reason: Reason;
  /** Number of channels. */
  readonly channels: number;
}

/**
 * The report as a table for people.
 *
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { formatReport } from "./report.ts";
 *
 * const text = formatReport({
 *   parameters: [
 *     {
 *       name: "0.weight",
 *       shape: [4, 3],
 *       edges: 12,
 *       class: "first",
 *       isBias: false,
 *       free: 0,
 *       trained: 4,
 *       segment: 0,
 *     },
 *   ],
 *   segments: [{ segment: 0, parameters: ["0.weight"], nodes: 4, trained: 4 }],
 *   edges: 20,
 *   nodes: 4,
 *   trained: 4,
 *   basisPaths: 16,
 *   invariantRatio: 0.2,
 *   pinned: [],
 * });
 * assertStringIncludes(text, "m = 20 weights, H = 4 scale nodes, H/m = 20.00 %");
 * ```
 */
export function formatReport(report: GsgdReport): string {
  const header = ["parameter", "shape", "class", "segment", "free", "trained", "why"];
  const rows = report.parameters.map((parameter) => [
    parameter.name,
    parameter.shape.join("×") || "scalar",
    parameter.class,
    parameter.segment === undefined ? "–" : String(parameter.segment),
    String(parameter.free),
    String(parameter.trained),
    parameter.reason ? `plain update: ${formatReason(parameter.reason)}` : "",
  ]);
  const widths = header.map((title, i) =>
    Math.max(title.length, ...rows.map((row) => row[i]!.length))
  );
  const numbers = [3, 4, 5];
  const line = (cells: readonly string[]) =>
    cells.map((cell, i) =>
      numbers.includes(i) ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)
    ).join("  ").trimEnd();
  const fixed = report.pinned.map(({ reason, channels }) =>
    `${channels} × ${formatReason(reason)}`
  );
  return [
    line(header),
    ...rows.map(line),
    "",
    formatTotals(report),
    ...(fixed.length === 0 ? [] : [`Channels of fixed scale: ${fixed.join(", ")}`]),
  ].join("\n");
}

function formatTotals({ edges, nodes, trained, basisPaths, invariantRatio, segments }: GsgdReport) {
  const share = `${(invariantRatio * 100).toFixed(2)} %`;
  const parts = segments.length === 1 ? "1 segment" : `${segments.length} segments`;
  return `m = ${edges} weights, H = ${nodes} scale nodes, H/m = ${share}, ${parts}; ` +
    `${nodes} free and ${trained} trained skeleton weights, ${basisPaths} basis paths`;
}
