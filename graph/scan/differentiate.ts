import { cotangentsOf } from "../cotangents.ts";
import type { LoopVjpContext, Node, PartCotangent } from "../node.ts";
import { add } from "../ops/arithmetic.ts";
import { full, input, variable } from "../ops/source.ts";
import type { ScanAttrs } from "./body.ts";
import { closeBody } from "./close_body.ts";
import { replaceForward } from "./residuals.ts";
import { type StepSum, sumOverSteps } from "./sum_over_steps.ts";

/** The builders of `scan` and its parts. */
interface ScanBuilders {
  readonly scan: (
    inputs: Readonly<Record<"init" | "xs" | "captured", readonly Node[]>>,
    attrs: ScanAttrs,
  ) => Node;
  readonly scanStacked: ((scan: Node, value: Node) => Node) & { readonly op: object };
  readonly scanFinal: (scan: Node, carry: number) => Node;
}

/** The gradient of one step, over placeholders. */
interface StepGradient {
  /** The carries that have cotangents, by number. */
  readonly floats: readonly number[];
  /** Placeholders of the cotangents of the state after the step, one for each of `floats`. */
  readonly states: readonly Node[];
  /** Cotangents of the state after the last step, by number of the carry. */
  readonly last: ReadonlyMap<number, Node>;
  /** Placeholders of the cotangents of the step's values, and the stacked cotangents. */
  readonly stacked: ReadonlyMap<Node, Node>;
  /** The cotangent of a carry, slice, or capture; `undefined` if there is none. */
  slope(placeholder: Node): Node | undefined;
}

/**
 * The cotangents of the inputs of a scan. A second loop goes through the steps in the other
 * direction. It carries the cotangent of the state, and its body is the gradient of the body.
 */
export function scanVjp(
  parts: readonly PartCotangent[],
  context: LoopVjpContext<ScanAttrs>,
  build: ScanBuilders,
): (Node | null)[] {
  const { attrs: { body }, output, hasFreeSizes } = context;
  const { carries, slices, captures } = body;
  const step = differentiateStep(parts, context, build.scanStacked.op);
  const slopes = slices.flatMap((slice) => step.slope(slice) ?? []);
  const sums = sumsOf(captures.map(step.slope), { stacked: slopes, hasFreeSizes });
  const accumulated = unique(sums.flatMap((sum) => sum?.accumulated ?? []));
  const outside = outsideValues(step, context);
  const isForward = new Set(body.values);
  const known = (value: Node): Node | undefined =>
    outside.get(value) ?? (isForward.has(value) ? build.scanStacked(output, value) : undefined);
  const computed = unique([...slopes, ...sums.flatMap((sum) => sum?.stacked ?? [])])
    .filter((value) => !outside.has(value) && !isForward.has(value));
  const { scan, outputs } = buildBackward(
    { step, accumulated, computed },
    { context, build, known },
  );
  const values = {
    stacked: (value: Node) =>
      known(value) ?? build.scanStacked(scan, outputs[computed.indexOf(value)]!),
    accumulated: (value: Node) =>
      build.scanFinal(scan, step.floats.length + accumulated.indexOf(value)),
  };
  return [
    ...carries.map((_, k) =>
      step.floats.includes(k) ? build.scanFinal(scan, step.floats.indexOf(k)) : null
    ),
    ...slices.map((slice) => {
      const slope = step.slope(slice);
      return slope ? values.stacked(slope) : null;
    }),
    ...sums.map((sum) => sum?.build(values) ?? null),
  ];
}

function differentiateStep(
  parts: readonly PartCotangent[],
  { attrs: { body }, hasFreeSizes }: LoopVjpContext<ScanAttrs>,
  stackedOp: object,
): StepGradient {
  const { carries, slices, captures, next } = body;
  const isFloat = ({ type }: Node) => type.dtype === "f32";
  const floats = carries.flatMap((carry, k) => isFloat(carry) ? [k] : []);
  const states = floats.map((k) => variable(`d(carry ${k})`, carries[k]!.type));
  const last = new Map<number, Node>();
  const stacked = new Map<Node, Node>();
  const seeds = floats.map((k, i) => [next[k]!, states[i]!] as const);
  for (const { part, g } of parts) {
    const { index } = part.attrs as { readonly index: number };
    if (part.op !== stackedOp) {
      last.set(index, last.has(index) ? add(last.get(index)!, g) : g);
      continue;
    }
    const value = body.values[index]!;
    const slice = input(`d(${value.op.name})`, value.type);
    stacked.set(slice, g);
    seeds.push([value, slice]);
  }
  const wrt = [...carries, ...slices, ...captures].filter(isFloat);
  const slopes = cotangentsOf(seeds, wrt, hasFreeSizes);
  const slope = (node: Node) => wrt.includes(node) ? slopes[wrt.indexOf(node)] : undefined;
  return { floats, states, last, stacked, slope };
}

/** The sums of the captures' cotangents over all steps. `stacked` values are kept anyway. */
function sumsOf(
  slopes: readonly (Node | undefined)[],
  { stacked, hasFreeSizes }: { readonly stacked: readonly Node[]; readonly hasFreeSizes: boolean },
): (StepSum | undefined)[] {
  const sums = (kept: ReadonlySet<Node>) =>
    slopes.map((slope) =>
      slope && sumOverSteps(slope, { isStacked: (value) => kept.has(value), hasFreeSizes })
    );
  const first = sums(new Set(stacked)); // shows which operands of products are kept
  return sums(new Set([...stacked, ...first.flatMap((sum) => sum?.stacked ?? [])]));
}

/** Values of the backward body, and their stacked values outside. */
function outsideValues(
  { stacked }: StepGradient,
  { attrs: { body }, inputs }: LoopVjpContext<ScanAttrs>,
): ReadonlyMap<Node, Node> {
  const { xs } = body.divide(inputs);
  return new Map([...stacked, ...body.slices.map((slice, i) => [slice, xs[i]!] as const)]);
}

/** Builds the second loop. `computed` are values of its body that are needed at all steps. */
function buildBackward(
  { step, accumulated, computed }: {
    readonly step: StepGradient;
    readonly accumulated: readonly Node[];
    readonly computed: readonly Node[];
  },
  { context, build, known }: {
    readonly context: LoopVjpContext<ScanAttrs>;
    readonly build: ScanBuilders;
    readonly known: (value: Node) => Node | undefined;
  },
): { readonly scan: Node; readonly outputs: readonly Node[] } {
  const { attrs, inputs } = context;
  const { body, reverse } = attrs;
  const { carries } = body;
  const totals = accumulated.map(({ type }) => variable("sum", type));
  const next = [
    ...step.floats.map((k) => step.slope(carries[k]!) ?? zeros(carries[k]!)),
    ...accumulated.map((value, i) => add(totals[i]!, value)),
  ];
  const { captured } = body.divide(inputs);
  const { values, read } = replaceForward([...next, ...computed], { ...context, captured });
  const closed = closeBody({
    carries: [...step.states, ...totals],
    slices: [...step.stacked.keys(), ...read.values()],
    next: values.slice(0, next.length),
    outputs: values.slice(next.length),
  });
  const init = [
    ...step.floats.map((k) => step.last.get(k) ?? zeros(carries[k]!)),
    ...totals.map(zeros),
  ];
  const xs = [...step.stacked.values(), ...[...read.keys()].map((value) => known(value)!)];
  const inputsOfScan = { init, xs, captured: closed.captured };
  return {
    scan: build.scan(inputsOfScan, { ...attrs, body: closed.body, reverse: !reverse }),
    outputs: closed.outputs,
  };
}

function zeros({ type }: Node): Node {
  return full(0, type.shape);
}

function unique(nodes: readonly Node[]): Node[] {
  return [...new Set(nodes)];
}
