import type { Reduction } from "../kernel.ts";
import type { Node } from "../node.ts";
import type { AxesAttrs } from "../ops/broadcast.ts";
import { depthOf, linearIndex, s, type Scalar, scalarTypeOf, visitScalars } from "../scalar/mod.ts";
import { elementCount, type Shape } from "../types.ts";
import { labelOf } from "../tags.ts";
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

/** The loads of a draft, without the operands of its contraction. */
export function draftLoads(draft: Draft): { source: Node; index: Scalar }[] {
  const found: { source: Node; index: Scalar }[] = [];
  visitScalars(scalarsOf(draft), (scalar) => {
    if (scalar.op === "load") found.push({ source: scalar.source as Node, index: scalar.index });
  });
  return found;
}

const knownSources = new WeakMap<Draft, ReadonlySet<Node>>();

/** Every node that a draft reads. */
export function draftSources(draft: Draft): ReadonlySet<Node> {
  const known = knownSources.get(draft);
  if (known) return known;
  const loads = draftLoads(draft).map(({ source }) => source);
  const operands = draft.contraction ? contractionSources(draft.contraction) : [];
  const sources = new Set([...loads, ...operands]);
  knownSources.set(draft, sources);
  return sources;
}

/** Every node that a draft reads or stores. */
export function draftValues(draft: Draft): Set<Node> {
  return new Set([...draftSources(draft), ...draftStores(draft).map(({ target }) => target)]);
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
 * One draft for each materialized node that is computed. `names` maps the next values of variables
 * to labels.
 */
export function draftKernels(
  order: readonly Node[],
  materialized: Materialized,
  names: ReadonlyMap<Node, string>,
): Draft[] {
  const inliner = new Inliner(materialized.nodes);
  return order
    .filter((node) => materialized.nodes.has(node) && node.op.lowering.kind !== "source")
    .filter((node) => elementCount(node.type.shape) > 0)
    .map((node) => ({
      ...draftOf(node, inliner, materialized),
      label: names.get(node) ?? labelOf(node),
    }));
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
