import type { Reduction } from "../kernel.ts";
import type { Node } from "../node.ts";
import type { AxesAttrs } from "../ops/broadcast.ts";
import { depthOf, linearIndex, s, type Scalar, scalarTypeOf, visitScalars } from "../scalar/mod.ts";
import { elementCount, type Shape } from "../types.ts";
import { labelOf } from "../tags.ts";
import { groupBy } from "../collections.ts";
import { Inliner } from "./inline.ts";
import { type Contraction, contractionSources } from "./contraction.ts";
import type { Materialized } from "./choose_materialized.ts";

/** A store whose target is a node instead of a slot. */
export interface DraftStore {
  readonly target: Node;
  readonly index: Scalar;
  readonly value: Scalar;
}

/** A kernel whose loads and stores refer to nodes instead of slots. */
export interface Draft {
  readonly label: string;
  readonly outer: Shape;
  readonly inner: Shape;
  readonly reductions: readonly Reduction[];
  readonly outerStores: readonly DraftStore[];
  readonly innerStores: readonly DraftStore[];
  /** The matrix product, convolution, … that computes `result 0`; it fixes the outer axes. */
  readonly contraction?: Contraction;
  /** The loop that computes the targets, whose stores here only name them. */
  readonly scan?: ScanLoop;
}

/** The drafts of each dispatch, and how the next values of variables are written. */
export interface Schedule {
  readonly dispatches: readonly (readonly Draft[])[];
  /** Materialized node → variable, or other value, that it overwrites in place. */
  readonly inPlace: ReadonlyMap<Node, Node>;
  /** Materialized node of a copy at the end → variable that it overwrites. */
  readonly copies: ReadonlyMap<Node, Node>;
  /** All values that the drafts read. */
  readonly reads: ReadonlySet<Node>;
}

/** A value of a body that is one slice of a value outside, another one at each step. */
export interface SliceOf {
  /** The stacked value, [steps, …]. */
  readonly of: Node;
  /** Position of the slice's first element at the first step. */
  readonly start: number;
  /** Elements from the slice of one step to that of the next; negative in a reversed loop. */
  readonly stride: number;
}

/** The loop of a scan, ready to be emitted. */
export interface ScanLoop {
  /** The scan. */
  readonly node: Node;
  readonly steps: number;
  /** What one step does. */
  readonly schedule: Schedule;
  /** The value before the first step of each carry, and what holds its value from then on. */
  readonly carries: readonly { readonly init: Node; readonly state: Node }[];
  /** Node of the body → the value outside that it is. */
  readonly same: ReadonlyMap<Node, Node>;
  /** Node of the body → the value outside that it is a slice of. */
  readonly slices: ReadonlyMap<Node, SliceOf>;
  /** The values outside that the loop reads. */
  readonly sources: readonly Node[];
  /** The values outside that the loop writes. */
  readonly targets: readonly Node[];
}

/** Whether the draft determines its axes by itself, so that it cannot follow another in its loops. */
export function isAlone({ contraction, scan }: Draft): boolean {
  return contraction !== undefined || scan !== undefined;
}

/** All stores of a draft. */
export function draftStores(draft: Draft): DraftStore[] {
  return [...draft.outerStores, ...draft.innerStores];
}

/** All axes of a draft, outer first. */
export function wholeSpace({ outer, inner }: Draft): Shape {
  return [...outer, ...inner];
}

/** The draft with every scalar expression rewritten. */
export function mapDraft(draft: Draft, rewrite: (scalar: Scalar) => Scalar): Draft {
  const mapStore = (store: DraftStore): DraftStore => ({
    ...store,
    index: rewrite(store.index),
    value: rewrite(store.value),
  });
  return {
    ...draft,
    reductions: draft.reductions.map(({ combine, value }) => ({ combine, value: rewrite(value) })),
    outerStores: draft.outerStores.map(mapStore),
    innerStores: draft.innerStores.map(mapStore),
  };
}

function scalarsOf(draft: Draft): Scalar[] {
  return [
    ...draft.reductions.map(({ value }) => value),
    ...draftStores(draft).flatMap(({ index, value }) => [index, value]),
  ];
}

/** The depth of the expressions of a draft. */
export function draftDepth(draft: Draft): number {
  return depthOf(scalarsOf(draft));
}

const knownLoads = new WeakMap<Draft, readonly DraftLoad[]>();

/** A load of a node instead of a slot. */
interface DraftLoad {
  readonly source: Node;
  readonly index: Scalar;
}

/** The loads of a draft, without the operands of its contraction. */
export function draftLoads(draft: Draft): readonly DraftLoad[] {
  const known = knownLoads.get(draft);
  if (known) return known;
  const found: DraftLoad[] = [];
  visitScalars(scalarsOf(draft), (scalar) => {
    if (scalar.op === "load") found.push({ source: scalar.source as Node, index: scalar.index });
  });
  knownLoads.set(draft, found);
  return found;
}

const knownSources = new WeakMap<Draft, ReadonlySet<Node>>();

/** Every node that a draft reads. */
export function draftSources(draft: Draft): ReadonlySet<Node> {
  const known = knownSources.get(draft);
  if (known) return known;
  const loads = draftLoads(draft).map(({ source }) => source);
  const operands = draft.contraction ? contractionSources(draft.contraction) : [];
  const sources = new Set([...loads, ...operands, ...draft.scan?.sources ?? []]);
  knownSources.set(draft, sources);
  return sources;
}

const knownValues = new WeakMap<Draft, ReadonlySet<Node>>();

/** Every node that a draft reads or stores. */
export function draftValues(draft: Draft): ReadonlySet<Node> {
  const known = knownValues.get(draft);
  if (known) return known;
  const values = new Set([
    ...draftSources(draft),
    ...draftStores(draft).map(({ target }) => target),
    ...draft.scan?.targets ?? [],
  ]);
  knownValues.set(draft, values);
  return values;
}

/** Loop axes for a shape, numbered from `first`. Sizes of one need no axis. */
function axesFor(shape: Shape, first = 0): Scalar[] {
  let next = first;
  return shape.map((size) => s.axis(size === 1 ? 0 : next++, size));
}

/** The sizes that need an axis. */
function loopShape(shape: Shape): Shape {
  return shape.filter((size) => size !== 1);
}

/**
 * One draft for each materialized node that is computed, and one for each scan. `names` maps the next
 * values of variables to labels.
 */
export function draftKernels(
  order: readonly Node[],
  materialized: Materialized,
  { names, scanDraft }: {
    readonly names: ReadonlyMap<Node, string>;
    readonly scanDraft: (scan: Node, parts: readonly Node[]) => Draft;
  },
): Draft[] {
  const inliner = new Inliner(materialized.nodes);
  const partsOf = groupBy(
    order.filter(({ op }) => op.lowering.kind === "scanPart"),
    ({ inputs }) => inputs[0]!,
  );
  return order.flatMap((node): Draft | readonly Draft[] => {
    const { kind } = node.op.lowering;
    if (kind === "scan") return scanDraft(node, partsOf.get(node) ?? []);
    const isComputed = materialized.nodes.has(node) && elementCount(node.type.shape) > 0 &&
      kind !== "source" && kind !== "scanPart";
    if (!isComputed) return [];
    return { ...draftOf(node, inliner, materialized), label: names.get(node) ?? labelOf(node) };
  });
}

function draftOf(node: Node, inliner: Inliner, materialized: Materialized): Omit<Draft, "label"> {
  const { lowering } = node.op;
  if (lowering.kind === "kernel") return contractionDraft(node, materialized);
  const { shape } = node.type;
  const coords = axesFor(shape);
  const outer = loopShape(shape);
  const store = (value: Scalar): DraftStore => ({
    target: node,
    index: linearIndex(coords, shape),
    value,
  });
  const base = { outer, inner: [], reductions: [], innerStores: [] };
  if (lowering.kind !== "reduce") {
    return { ...base, outerStores: [store(inliner.compute(node, coords))] };
  }
  const { axes } = node.attrs as AxesAttrs;
  const value = reducedElement(node, coords, outer.length, inliner);
  const result = s.result(0, scalarTypeOf(node.type.dtype));
  return {
    ...base,
    inner: loopShape(axes.map((axis) => node.inputs[0]!.type.shape[axis]!)),
    reductions: [{ combine: lowering.combine, value }],
    outerStores: [store(result)],
  };
}

/** The draft of a matrix product or convolution. It keeps axes of size one. */
function contractionDraft(node: Node, materialized: Materialized): Omit<Draft, "label"> {
  const outer = node.type.shape;
  const coords = outer.map((size, axis) => s.axis(axis, size));
  const contraction = materialized.contractions.get(node);
  const type = scalarTypeOf(node.type.dtype);
  const value = contraction ? s.result(0, type) : s.const(0, type); // a sum without terms
  return {
    outer,
    inner: [],
    reductions: [],
    innerStores: [],
    outerStores: [{ target: node, index: linearIndex(coords, outer), value }],
    ...(contraction && { contraction }),
  };
}

/** The element of a reduction's input at the kept coordinates and along new inner axes. */
function reducedElement(
  node: Node,
  kept: readonly Scalar[],
  firstInner: number,
  inliner: Inliner,
): Scalar {
  const input = node.inputs[0]!;
  const { axes } = node.attrs as AxesAttrs;
  const along = axesFor(axes.map((axis) => input.type.shape[axis]!), firstInner);
  let next = 0;
  const coords = input.type.shape.map((_, axis) =>
    axes.includes(axis) ? along[axes.indexOf(axis)]! : kept[next++]!
  );
  return inliner.element(input, coords);
}
