import type { Node, Op } from "../../../graph/mod.ts";
import { scaleInputs } from "./batch_statistics.ts";
import { forwardOrder, termNumbers } from "./forward_order.ts";
import type { Reason } from "./reason.ts";
import { type ScaleMap, uniformMap } from "./scale_map.ts";
import { GROUND, ScaleVariables } from "./scale_variables.ts";
import {
  at,
  type Exclusion,
  exclusionOf,
  sharedWeight,
  type UseInTerm,
  type WeightUse,
} from "./weight_uses.ts";
import { mapOverWeight, viewOf, type WeightView } from "./weight_view.ts";

/**
 * A weight tensor as a bundle of edges: for each element the scale at its tail and at its
 * head, as maps over the weight's shape.
 */
export interface EdgeTensor extends WeightUse {
  readonly weight: Node;
  /** Whether a batch normalization follows through which scales pass [gsgd.md §6]. */
  readonly isNormalized: boolean;
}

/** The result of a walk over a forward graph. */
export interface ScaleTrace {
  /** The nodes in the order of the walk, inputs first. */
  readonly order: readonly Node[];
  /** The state after the walk: the scales of each value. */
  readonly forward: ForwardTrace;
  readonly scales: ScaleVariables;
  /** Trained weights that are edges, in the order in which they are used. */
  readonly edges: readonly EdgeTensor[];
  /** Trained weights that are not edges, and why. */
  readonly excluded: ReadonlyMap<Node, Reason>;
  /** Variables that are applied as weights but not trained. */
  readonly frozen: ReadonlySet<Node>;
}

/** What the pass assumes about ops that admit more than one treatment. */
export interface TraceOptions {
  /** Whether adding two activations pins their scales ("cut") or makes them equal ("tied"). */
  readonly residual: "cut" | "tied";
  /**
   * Whether scales pass through batch normalization ("paper", "none"), or end at its input and
   * start again at its trained scale ("affine") [gsgd.md §6].
   */
  readonly bn: "paper" | "none" | "affine";
  /**
   * Whether a weight may be used once in each term of a loss that is a sum. Its scales in all terms
   * are then made equal. Default: false.
   */
  readonly oncePerTerm?: boolean;
}

/** What an op does with the scales of its inputs: gives the map of its result. */
export type ScaleRule = (node: Node, trace: ForwardTrace) => ScaleMap;

/** The state of the walk over a forward graph: what the rules read and add to. */
export class ForwardTrace {
  readonly scales = new ScaleVariables();
  readonly options: TraceOptions;
  readonly #trained: ReadonlySet<Node>;
  readonly #maps = new Map<Node, ScaleMap>();
  readonly #views = new Map<Node, WeightView>();
  /** Values that depend on trained weights. */
  readonly #dependent = new Set<Node>();
  /** Values that depend on anything that is not a trained weight. */
  readonly #fromData = new Set<Node>();
  readonly #uses = new Map<Node, UseInTerm[]>();
  readonly #exclusions = new Map<Node, Exclusion[]>();
  readonly #frozen = new Set<Node>();
  /** Results of batch normalizations through which scales pass, also when multiplied by γ. */
  readonly #normal = new Set<Node>();
  /** Scale variables that a batch normalization was applied to. */
  readonly #normalizedIds = new Set<number>();
  /** The term of the losses that the node being visited is part of. */
  #term: number | undefined;

  /** Starts with no node visited. */
  constructor(trained: ReadonlySet<Node>, options: TraceOptions) {
    this.#trained = trained;
    this.options = options;
  }

  /**
   * Follows the scales through the forward graph of losses, once, inputs first [gsgd.md §10.1].
   * `ruleOf` gives the rule of an op.
   */
  follow(losses: readonly Node[], ruleOf: (op: Op) => ScaleRule): ScaleTrace {
    const order = forwardOrder(losses);
    const terms = termNumbers(losses);
    for (const node of order) {
      this.#term = terms.get(node);
      this.#visit(node, ruleOf(node.op));
    }
    for (const loss of losses) {
      this.scales.pinAll(this.mapOf(loss), { code: "not-homogeneous", op: "loss" });
    }
    return { ...this.#finish(), order, forward: this };
  }

  /** Visits a node after its inputs; `rule` gives the scales of an activation. */
  #visit(node: Node, rule: ScaleRule): void {
    const inputs = scaleInputs(node);
    const isTrained = this.#trained.has(node);
    if (isTrained || inputs.some((input) => this.#dependent.has(input))) this.#dependent.add(node);
    const isData = inputs.length === 0 && !isTrained && node.op.lowering.kind === "source";
    if (isData || inputs.some((input) => this.#fromData.has(input))) this.#fromData.add(node);
    const view = viewOf(node, this.#views);
    if (view) this.#views.set(node, view);
    else if (this.#dependent.has(node)) this.#maps.set(node, rule(node, this));
  }

  /** The scales of a value; fixed ones for data and weights. */
  mapOf(node: Node): ScaleMap {
    return this.#maps.get(node) ?? this.scales.ground(node.type.shape.length);
  }

  /** Whether a value is an activation: computed with trained weights. */
  isActivation(node: Node): boolean {
    return this.#dependent.has(node) && node.type.dtype === "f32";
  }

  /** The trained weight that this value is a view of. */
  weightView(node: Node): WeightView | undefined {
    const view = this.#views.get(node);
    return view && this.#trained.has(view.weight) ? view : undefined;
  }

  /** The variable without training that this value is a view of. */
  frozenView(node: Node): WeightView | undefined {
    const view = this.#views.get(node);
    return view && !this.#trained.has(view.weight) ? view : undefined;
  }

  /** Whether a value is computed from trained weights alone. */
  isDerivedWeight(node: Node): boolean {
    return this.#dependent.has(node) && !this.#fromData.has(node);
  }

  /** Notes that a variable without training is applied as a weight. */
  noteFrozen({ weight }: WeightView): void {
    this.#frozen.add(weight);
  }

  /** Notes how a weight is applied; the maps are over the view. */
  addEdge(view: WeightView, use: WeightUse): void {
    const { weight } = view;
    const tail = mapOverWeight(use.tail, view);
    const head = mapOverWeight(use.head, view);
    const uses = this.#uses.get(weight) ?? [];
    this.#uses.set(weight, uses);
    if (tail && head) {
      uses.push({ ...use, tail, head, term: this.#term });
      return;
    }
    const reason: Reason = { code: "shared-weight", ...at(weight) };
    this.scales.pinAll(use.tail, reason);
    this.scales.pinAll(use.head, reason);
    this.exclude(view, reason);
  }

  /** Notes that a weight is no edge, and why. */
  exclude({ weight }: WeightView, reason: Reason, isOfWeights = false): void {
    const known = this.#exclusions.get(weight) ?? [];
    this.#exclusions.set(weight, [...known, { reason, isOfWeights }]);
  }

  /** Notes that scales pass through a batch normalization of values with these scales. */
  setNormalized(node: Node, map: ScaleMap): ScaleMap {
    this.#normal.add(node);
    for (const id of map.ids) this.#normalizedIds.add(id);
    return map;
  }

  /** Whether a value is the result of a batch normalization through which scales pass. */
  isNormalized(node: Node): boolean {
    return this.#normal.has(node);
  }

  /**
   * Fixes the scales of a node's inputs and of its result. Weights among the inputs are no
   * edges then, for the reason `ofWeights`.
   */
  pinInputs(
    node: Node,
    reason: Reason = notHomogeneous(node),
    ofWeights: Reason = { code: "derived-weight", op: node.op.name },
  ): ScaleMap {
    const why = { ...reason, ...at(node) };
    for (const input of node.inputs) {
      this.scales.pinAll(this.mapOf(input), why);
      const view = this.weightView(input);
      if (view) this.exclude(view, ofWeights, this.isDerivedWeight(node));
    }
    const [result] = this.scales.fresh(1);
    this.scales.pin(result!, why);
    return uniformMap(node.type.shape.length, result!);
  }

  /** Keeps the weights that are used as an edge, once, and pins the scales of all others. */
  #finish(): Omit<ScaleTrace, "order" | "forward"> {
    const edges: EdgeTensor[] = [];
    const excluded = new Map<Node, Reason>();
    for (const weight of this.#trained) {
      const uses = this.#uses.get(weight) ?? [];
      const reason = exclusionOf(weight, uses, this.#exclusions.get(weight) ?? [], this.options);
      if (reason) {
        excluded.set(weight, reason);
        for (const { tail, head } of uses) {
          this.scales.pinAll(tail, reason);
          this.scales.pinAll(head, reason);
        }
      }
    }
    for (const [weight, [first, ...others]] of this.#uses) {
      if (!first || excluded.has(weight)) continue;
      for (const { tail, head } of others) {
        this.scales.joinAll(first.tail, tail, sharedWeight(weight));
        this.scales.joinAll(first.head, head, sharedWeight(weight));
      }
      const { term: _, ...use } = first;
      const isNormalized = [first, ...others].some(({ kind, head }) =>
        kind === "linear" && head.ids.some((id) => id !== GROUND && this.#normalizedIds.has(id))
      );
      edges.push({ weight, ...use, isNormalized });
    }
    return { scales: this.scales, edges, excluded, frozen: this.#frozen };
  }
}

/** The reason of an op that does not commute with a rescaling of its inputs. */
export function notHomogeneous({ op }: Node): Reason {
  return { code: "not-homogeneous", op: op.name };
}
