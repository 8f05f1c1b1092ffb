/** Optimizers as their papers write them, in float64 on host arrays: nothing here makes a graph. */
import {
  adagrad,
  adam,
  adamax,
  adamW,
  chain,
  clipByGlobalNorm,
  clipByValue,
  type GradientTransform,
  nadam,
  rmsProp,
  sgd,
} from "../../../optim/mod.ts";
import type { GsgdOptions } from "../../../optim/gsgd/mod.ts";

/** What a value is: on a plain or a trained basis path, or a weight that touches no scale node. */
export type Role = "plain" | "trained" | "outside";

/** Values with their gradients at one step, counted from 1. */
interface StepInput {
  readonly g: Float64Array;
  readonly v: Float64Array;
  readonly roles: readonly Role[];
  readonly step: number;
}

/** The values after a step. One rule keeps the state of one run. */
type OptimizerRule = (input: StepInput) => Float64Array;

/** An optimizer with its options, as the library and as this file have it. */
export interface OptimizerCase {
  readonly name: string;
  readonly transform: GradientTransform;
  readonly options: GsgdOptions;
  readonly rule: () => OptimizerRule;
}

const rate = 0.01;

/** One stage: what it makes of a gradient. */
type Stage = (input: StepInput) => Float64Array;

const decay = (by: number): Stage => ({ g, v, roles }) =>
  g.map((x, i) => x + (roles[i] === "trained" ? 0 : by * v[i]!));

function momentum(keep: number, nesterov = false): Stage {
  let b: Float64Array | undefined;
  return ({ g }) => {
    const before = b;
    b = g.map((x, i) => (before?.[i] ?? 0) * keep + x);
    return nesterov ? g.map((x, i) => x + keep * b![i]!) : b;
  };
}

function moments(beta1 = 0.9, beta2 = 0.999, eps = 1e-8): Stage {
  let [m, s] = [new Float64Array(), new Float64Array()];
  return ({ g, step }) => {
    m = g.map((x, i) => beta1 * (m[i] ?? 0) + (1 - beta1) * x);
    s = g.map((x, i) => beta2 * (s[i] ?? 0) + (1 - beta2) * x * x);
    const [c1, c2] = [1 - beta1 ** step, 1 - beta2 ** step];
    return g.map((_, i) => m[i]! / c1 / (Math.sqrt(s[i]! / c2) + eps));
  };
}

function meanSquare(alpha = 0.99, eps = 1e-8): Stage {
  let s = new Float64Array();
  return ({ g }) => {
    s = g.map((x, i) => alpha * (s[i] ?? 0) + (1 - alpha) * x * x);
    return g.map((x, i) => x / (Math.sqrt(s[i]!) + eps));
  };
}

function squareSum(initial = 0, eps = 1e-10): Stage {
  let s = new Float64Array();
  return ({ g }) => {
    s = g.map((x, i) => (s[i] ?? 0) + x * x);
    return g.map((x, i) => x / (Math.sqrt(s[i]! + initial) + eps));
  };
}

function largest(beta1 = 0.9, beta2 = 0.999, eps = 1e-8): Stage {
  let [m, u] = [new Float64Array(), new Float64Array()];
  return ({ g, step }) => {
    m = g.map((x, i) => beta1 * (m[i] ?? 0) + (1 - beta1) * x);
    u = g.map((x, i) => Math.max(beta2 * (u[i] ?? 0), Math.abs(x) + eps));
    return m.map((x, i) => x / (1 - beta1 ** step) / u[i]!);
  };
}

function nesterovMoments(beta1 = 0.9, beta2 = 0.999, eps = 1e-8, by = 0.004): Stage {
  let [m, s] = [new Float64Array(), new Float64Array()];
  const mu = (t: number) => beta1 * (1 - 0.96 ** (t * by) / 2);
  let product = 1;
  return ({ g, step }) => {
    m = g.map((x, i) => beta1 * (m[i] ?? 0) + (1 - beta1) * x);
    s = g.map((x, i) => beta2 * (s[i] ?? 0) + (1 - beta2) * x * x);
    product *= mu(step);
    const [own, ahead] = [
      (1 - mu(step)) / (1 - product),
      mu(step + 1) / (1 - product * mu(step + 1)),
    ];
    return g.map((x, i) =>
      (own * x + ahead * m[i]!) / (Math.sqrt(s[i]! / (1 - beta2 ** step)) + eps)
    );
  };
}

const clipNorm = (limit: number): Stage => ({ g }) => {
  const factor = Math.min(1, limit / (Math.hypot(...g) + 1e-6));
  return g.map((x) => x * factor);
};

const clipValue = (limit: number): Stage => ({ g }) =>
  g.map((x) => Math.min(limit, Math.max(-limit, x)));

/** The gradient of λ·(½ Σ v² over plain paths + ¼ Σ (v² − 1)² over trained ones) [gsgd.md §13]. */
const penalty = (by: number): Stage => ({ g, v, roles }) =>
  g.map((x, i) => {
    const value = v[i]!;
    if (roles[i] === "outside") return x;
    return x + by * (roles[i] === "plain" ? value : value * (value * value - 1));
  });

function rule(stages: readonly Stage[], learningRate = rate, clamp?: readonly [number, number]) {
  return (input: StepInput): Float64Array => {
    const g = stages.reduce((g, stage) => stage({ ...input, g }), input.g);
    return input.v.map((v, i) => {
      const next = v - learningRate * g[i]!;
      if (!clamp || input.roles[i] !== "trained") return next;
      return v * Math.min(clamp[1], Math.max(clamp[0], next / v));
    });
  };
}

/** SGD without anything else. */
export const plainRule: OptimizerCase = {
  name: "SGD",
  transform: sgd({ learningRate: rate }),
  options: {},
  rule: () => rule([]),
};

/** Optimizers and options that keep the invariance of G-SGD [gsgd.md §12.1], and all at once. */
export const optimizerCases: readonly OptimizerCase[] = [
  plainRule,
  {
    name: "momentum and weight decay",
    transform: sgd({ learningRate: rate, momentum: 0.9, weightDecay: 0.1 }),
    options: {},
    rule: () => rule([decay(0.1), momentum(0.9)]),
  },
  {
    name: "Nesterov",
    transform: sgd({ learningRate: rate, momentum: 0.9, nesterov: true }),
    options: {},
    rule: () => rule([momentum(0.9, true)]),
  },
  {
    name: "Adam",
    transform: adam({ learningRate: rate }),
    options: {},
    rule: () => rule([moments()]),
  },
  {
    name: "AdamW",
    transform: adamW({ learningRate: rate, weightDecay: 0.1 }),
    options: {},
    rule: () => rule([moments(), decay(0.1)]),
  },
  {
    name: "RMSprop and weight decay",
    transform: rmsProp({ learningRate: rate / 4, weightDecay: 0.1 }),
    options: {},
    rule: () => rule([decay(0.1), meanSquare()], rate / 4),
  },
  {
    name: "Adagrad and weight decay",
    transform: adagrad({ learningRate: rate, weightDecay: 0.1, initialAccumulatorValue: 0.01 }),
    options: {},
    rule: () => rule([decay(0.1), squareSum(0.01)]),
  },
  {
    name: "Adamax",
    transform: adamax({ learningRate: rate }),
    options: {},
    rule: () => rule([largest()]),
  },
  {
    name: "NAdam",
    transform: nadam({ learningRate: rate }),
    options: {},
    rule: () => rule([nesterovMoments()]),
  },
  {
    name: "clipping by the norm",
    transform: chain(clipByGlobalNorm(0.1), sgd({ learningRate: rate })),
    options: {},
    rule: () => rule([clipNorm(0.1)]),
  },
  {
    name: "clipping by value",
    transform: chain(clipByValue(0.02), sgd({ learningRate: rate })),
    options: {},
    rule: () => rule([clipValue(0.02)]),
  },
  {
    name: "basis-path regularization",
    transform: sgd({ learningRate: rate }),
    options: { basisPathPenalty: 0.3 },
    rule: () => rule([penalty(0.3)]),
  },
  {
    name: "a ratio clamp",
    transform: sgd({ learningRate: 4 * rate }),
    options: { ratioClamp: [0.98, 1.01] },
    rule: () => rule([], 4 * rate, [0.98, 1.01]),
  },
  {
    name: "all at once",
    transform: chain(
      clipByGlobalNorm(0.2),
      sgd({ learningRate: 4 * rate, momentum: 0.9, weightDecay: 0.1 }),
    ),
    options: { basisPathPenalty: 0.1, ratioClamp: [0.98, 1.01] },
    rule: () =>
      rule([penalty(0.1), clipNorm(0.2), decay(0.1), momentum(0.9)], 4 * rate, [0.98, 1.01]),
  },
];

/** What keeps the invariance of Path-SGD. Its steps are smaller: κ is below 1 in small networks. */
export const pathSgdCases: readonly OptimizerCase[] = [
  {
    name: "SGD",
    transform: sgd({ learningRate: rate / 10 }),
    options: {},
    rule: () => rule([], rate / 10),
  },
  {
    name: "momentum and weight decay",
    transform: sgd({ learningRate: rate / 10, momentum: 0.9, weightDecay: 0.1 }),
    options: {},
    rule: () => rule([decay(0.1), momentum(0.9)], rate / 10),
  },
  {
    name: "Nesterov",
    transform: sgd({ learningRate: rate / 10, momentum: 0.9, nesterov: true }),
    options: {},
    rule: () => rule([momentum(0.9, true)], rate / 10),
  },
];
