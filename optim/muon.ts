import {
  add,
  broadcastTo,
  checkOptions,
  div,
  finiteNumber,
  full,
  fullLike,
  labelOf,
  listOf,
  matmul,
  maximum,
  mul,
  type Node,
  nonNegativeNumber,
  numberIn,
  oneOf,
  optional,
  type OptionRules,
  positiveWhole,
  ShapeError,
  transpose,
  trueOrFalse,
} from "../graph/mod.ts";
import { decayed } from "./adam.ts";
import { globalNorm } from "./clip.ts";
import { type LearningRate, rateOrSchedule, scaleByLearningRate } from "./learning_rate.ts";
import { chain, type GradientTransform, perNode } from "./transform.ts";
import { type Decay, decayRule, weightDecay } from "./weight_decay.ts";

/** What Muon's direction depends on, by PyTorch's names. */
export interface OrthogonalMomentumOptions {
  /** Momentum coefficient μ. Default: 0.95. */
  readonly momentum?: number;
  /** Looks ahead along the momentum. Default: true. */
  readonly nesterov?: boolean;
  /** a, b, c of each Newton–Schulz step, a·X + b·(XXᵀ)X + c·(XXᵀ)²X. Default: 3.4445, −4.775, 2.0315. */
  readonly nsCoefficients?: readonly [number, number, number];
  /** Number of Newton–Schulz steps. Default: 5. */
  readonly nsSteps?: number;
  /** Smallest norm that the momentum is divided by. Default: 1e-7. */
  readonly eps?: number;
  /**
   * Factor of a weight [rows, columns]: √max(1, rows / columns), or 0.2 · √max(rows, columns), so
   * that rates of AdamW fit. Default: "original".
   */
  readonly adjustLrFn?: "original" | "matchRmsAdamw";
}

/** Options for `muon`. */
export interface MuonOptions extends OrthogonalMomentumOptions {
  /** How far each step goes: a number, or a schedule. */
  readonly learningRate: LearningRate;
  /** λ of decoupled weight decay. Default: 0.1. */
  readonly weightDecay?: Decay;
}

const orthogonalRules: OptionRules<OrthogonalMomentumOptions> = {
  momentum: optional(numberIn("[0, 1)")),
  nesterov: optional(trueOrFalse),
  nsCoefficients: optional(listOf(finiteNumber, 3)),
  nsSteps: optional(positiveWhole),
  eps: optional(nonNegativeNumber),
  adjustLrFn: optional(oneOf(["original", "matchRmsAdamw"])),
};
const muonRules: OptionRules<MuonOptions> = {
  learningRate: rateOrSchedule,
  ...orthogonalRules,
  weightDecay: optional(decayRule),
};

/**
 * Muon's direction [Jordan et al. 2024]: the momentum of a matrix, with its singular values brought
 * near 1 by Newton–Schulz steps. PyTorch takes these steps in bfloat16, and this in f32.
 *
 *     b ← μ·b + (1 − μ)·g
 *     update = factor · orthogonalized((1 − μ)·g + μ·b), or of b without Nesterov
 *
 * @throws {ShapeError} if a parameter is not a matrix: train it with another optimizer, by
 *   `parameterGroups`
 */
export function scaleByMuon(options: OrthogonalMomentumOptions = {}): GradientTransform {
  checkOptions("make Muon", options, orthogonalRules);
  const { momentum = 0.95, nesterov = true } = options;
  return perNode("scaleByMuon", ({ update: g, parameter, slots: [b] }) => {
    mustBeMatrix(parameter);
    const average = decayed(b!, g, momentum);
    const ahead = nesterov ? decayed(average, g, momentum) : average;
    const direction = orthogonalized(ahead, options);
    const factor = factorOf(parameter.type.shape, options);
    return { update: mul(direction, fullLike(direction, factor)), slots: [average] };
  }, ["momentum"]);
}

function mustBeMatrix(parameter: Node): void {
  const { shape } = parameter.type;
  if (shape.length === 2) return;
  throw new ShapeError(
    `Cannot train "${labelOf(parameter)}" with Muon: it must be a matrix: current shape is ` +
      `[${shape.join(", ")}]: give other parameters another optimizer, with parameterGroups`,
  );
}

function factorOf(
  shape: readonly number[],
  { adjustLrFn = "original" }: OrthogonalMomentumOptions,
): number {
  const [rows, columns] = shape as readonly [number, number];
  if (adjustLrFn === "original") return Math.sqrt(Math.max(1, rows / Math.max(columns, 1)));
  return 0.2 * Math.sqrt(Math.max(rows, columns));
}

function orthogonalized(matrix: Node, options: OrthogonalMomentumOptions): Node {
  const { nsCoefficients: [a, b, c] = [3.4445, -4.775, 2.0315], nsSteps = 5, eps = 1e-7 } = options;
  const [rows, columns] = matrix.type.shape as readonly [number, number];
  const isTall = rows > columns; // the product with the transpose is then smaller
  const start = isTall ? transpose(matrix) : matrix;
  const norm = maximum(globalNorm([start]), full(eps, []));
  const times = (x: Node, by: number) => mul(x, fullLike(x, by));
  let x: Node = div(start, broadcastTo(norm, start.type.shape));
  for (let step = 0; step < nsSteps; step++) {
    const gram = matmul(x, transpose(x));
    const polynomial = add(times(gram, b), times(matmul(gram, gram), c));
    x = add(times(x, a), matmul(polynomial, x));
  }
  return isTall ? transpose(x) : x;
}

/** Muon with decoupled weight decay, as PyTorch's `Muon`. It trains matrices only. */
export function muon(options: MuonOptions): GradientTransform {
  checkOptions("make Muon", options, muonRules);
  const { learningRate, weightDecay: decay = 0.1, ...momentum } = options;
  return chain(scaleByMuon(momentum), weightDecay(decay), scaleByLearningRate(learningRate));
}
