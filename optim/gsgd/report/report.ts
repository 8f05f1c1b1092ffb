/**
 * The report of a G-SGD plan: the segments of a graph, and how each parameter is trained.
 * @module
 */
import { alignedLines } from "../../../graph/aligned_lines.ts";
import { counted } from "../../../graph/counted.ts";
import type { Shape } from "../../../graph/mod.ts";
import { formatReason, type Reason, type ReasonCode } from "../scales/reason.ts";

/**
 * The position of a weight relative to the scale nodes [gsgd.md §10.3]. A `first` weight leads
 * from fixed scales into nodes, an `interior` weight from nodes to nodes, and a `last` weight out
 * of nodes. A `gate` is a first weight that multiplies channel by channel. A weight that is
 * `outside` touches no node and keeps its plain update.
 */
export type WeightClass = "first" | "interior" | "last" | "bias" | "gate" | "outside";

/** How G-SGD treats one parameter. */
export interface ParameterReport {
  /** The parameter's name: `2.weight`. */
  readonly name: string;
  /** Its shape. */
  readonly shape: Shape;
  /** Its number of elements. Each element is one edge. */
  readonly edges: number;
  /** Its position relative to the scale nodes. */
  readonly class: WeightClass;
  /** Whether it is added to an activation. A bias outside of segments loses nothing. */
  readonly isBias: boolean;
  /** Number of its skeleton weights that never change. */
  readonly free: number;
  /** Number of its skeleton weights that are trained through their own path value. */
  readonly trained: number;
  /** Index of its segment, from 0. Absent for a parameter outside of all segments. */
  readonly segment?: number;
  /** Why it is outside of all segments. Absent for a parameter in a segment. */
  readonly reason?: Reason;
}

/** A connected set of scale nodes with the parameters that touch it. */
export interface SegmentReport {
  /** Its index, from 0. */
  readonly segment: number;
  /** Names of its parameters. */
  readonly parameters: readonly string[];
  /** Number of its scale nodes: hidden units or feature maps. */
  readonly nodes: number;
  /** Number of its trained skeleton weights. */
  readonly trained: number;
}

/** The report of a G-SGD plan. Plain data, which survives a round trip through JSON. */
export interface GsgdReport {
  /** One entry for each trained parameter, in the order of the model. */
  readonly parameters: readonly ParameterReport[];
  /** The connected sets of scale nodes. */
  readonly segments: readonly SegmentReport[];
  /**
   * m: number of weights, including biases, but not the parameters of a batch normalization
   * that are outside of all segments.
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
  /** Why channels cannot be rescaled, most frequent reason first. */
  readonly pinned: readonly PinnedReport[];
}

/** Number of channels that cannot be rescaled for one reason. */
export interface PinnedReport {
  /** Why. */
  readonly reason: Reason;
  /** Number of channels. */
  readonly channels: number;
}

/**
 * Formats a report as a table.
 *
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { formatReport } from "../../mod.ts";
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
  return [
    ...alignedLines([header, ...rows], (column) => column >= 3 && column <= 5),
    "",
    formatTotals(report),
    ...report.pinned.map(formatPinned),
  ].join("\n");
}

function formatPinned({ reason, channels }: PinnedReport): string {
  const { code, op, at } = reason;
  const why = code === "not-homogeneous" && op !== undefined
    ? `${op === "loss" ? "the loss" : op} fixes their scale`
    : explanations[code];
  return `${counted(channels, "channel")} cannot be rescaled: ${why}${
    at === undefined ? "" : ` (${at})`
  }`;
}

/** Why a channel cannot be rescaled, in words. */
const explanations: Readonly<Record<ReasonCode, string>> = {
  "not-homogeneous": "an op fixes their scale",
  "residual-add": "a residual addition fixes their scale",
  "compared-activations": 'an op compares two activations: residual: "tied" keeps their scales',
  "shared-weight": "a weight is used more than once",
  "recurrent": "a loop over steps uses a weight in each step",
  "derived-weight": "a weight is computed from a parameter",
  "weight-penalty": "a term of the loss penalizes weights: use weightDecay of the optimizer",
  "not-optimized": "a weight is not trained on this loss",
  "grouped-transpose": "a transposed convolution has groups",
  "no-in-edge": "no weight leads into them from a fixed scale",
  "no-out-edge": "no weight leads from them to a fixed scale",
  "gradients-disagree": "the weights of their segment follow different losses",
  "segmentation": "a segment ends there",
  "batch-norm": "a batch normalization fixes their scale",
  "conservation-failed": "the conservation law failed on the first batch",
};

function formatTotals({ edges, nodes, trained, basisPaths, invariantRatio, segments }: GsgdReport) {
  const share = `${(invariantRatio * 100).toFixed(2)} %`;
  return `m = ${edges} weights, H = ${nodes} scale nodes, H/m = ${share}, ${
    counted(segments.length, "segment")
  }; ` +
    `${nodes} free and ${trained} trained skeleton weights, ${basisPaths} basis paths`;
}
