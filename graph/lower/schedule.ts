import type { Node } from "../node.ts";
import { s, ScalarTable, scalarTypeOf } from "../scalar/mod.ts";
import { byteLength, elementCount } from "../types.ts";
import { type Draft, draftSources, type DraftStore, draftStores } from "./draft.ts";
import { hasHazard, type MergeRules } from "./hazard.ts";

/** The drafts of each dispatch, and how the next values of variables are written. */
export interface Schedule {
  readonly dispatches: readonly (readonly Draft[])[];
  /** Materialized node → variable that it overwrites in place. */
  readonly inPlace: ReadonlyMap<Node, Node>;
  /** Materialized node of a copy at the end → variable that it overwrites. */
  readonly copies: ReadonlyMap<Node, Node>;
}

/** Kernels without dependents run together at the end if they keep at most this alive. */
const SMALL_BYTES = 2 ** 20;

/**
 * Greatest number of results of a kernel that shares a dispatch with others. On devices that mask
 * branches, each workgroup of a shared dispatch pays for the branches of all its kernels.
 */
const FEW_RESULTS = 512;

/**
 * Orders drafts so that values are computed before they are used, and variables are read before
 * they are overwritten. A next value that cannot be written in place, because a kernel still needs
 * the old one, is stored separately and copied at the end.
 */
export function schedule(drafts: readonly Draft[], rules: MergeRules): Schedule {
  const after = dependencies(drafts); // draft → drafts that must run before it
  const { inPlace, aside } = writeInPlace(drafts, rules, after);
  const copies = new Map<Node, Node>();
  const all = [...drafts];
  for (const [node, variable] of aside) {
    const copy = copyDraft(node, variable);
    all.push(copy);
    copies.set(copy.outerStores[0]!.target, variable);
    const readers = drafts.filter((draft) => draftSources(draft).has(variable));
    const producer = drafts.filter((draft) =>
      draftStores(draft).some(({ target }) => target === node)
    );
    after.set(copy, new Set([...readers, ...producer]));
  }
  return { dispatches: group(all, after, rules), inPlace, copies };
}

function dependencies(drafts: readonly Draft[]): Map<Draft, Set<Draft>> {
  const producer = new Map<Node, Draft>();
  drafts.forEach((draft) =>
    draftStores(draft).forEach(({ target }) => producer.set(target, draft))
  );
  return new Map(drafts.map((draft) => {
    const before = [...draftSources(draft)].flatMap((source) => producer.get(source) ?? []);
    return [draft, new Set(before.filter((other) => other !== draft))];
  }));
}

function writeInPlace(
  drafts: readonly Draft[],
  rules: MergeRules,
  after: Map<Draft, Set<Draft>>,
): { inPlace: Map<Node, Node>; aside: Map<Node, Node> } {
  const table = new ScalarTable();
  const readers = new Map<Node, Draft[]>();
  for (const draft of drafts) {
    for (const source of draftSources(draft)) {
      readers.set(source, [...readers.get(source) ?? [], draft]);
    }
  }
  const inPlace = new Map<Node, Node>();
  const aside = new Map<Node, Node>();
  for (const draft of drafts) {
    for (const { target } of draftStores(draft)) {
      const variable = rules.variableOf.get(target);
      if (!variable) continue;
      const others = (readers.get(variable) ?? []).filter((reader) => reader !== draft);
      const possible = !hasHazard(draft, rules, table) &&
        others.every((reader) => !mustPrecede(draft, reader, after));
      (possible ? inPlace : aside).set(target, variable);
      if (possible) others.forEach((reader) => after.get(draft)!.add(reader));
    }
  }
  return { inPlace, aside };
}

/** Whether `first` must run before `second`. */
function mustPrecede(first: Draft, second: Draft, after: ReadonlyMap<Draft, Set<Draft>>): boolean {
  const seen = new Set<Draft>();
  const stack = [second];
  for (let draft = stack.pop(); draft; draft = stack.pop()) {
    if (draft === first) return true;
    for (const before of after.get(draft) ?? []) {
      if (!seen.has(before)) stack.push(before);
      seen.add(before);
    }
  }
  return false;
}

/** A draft that copies a next value into its variable, for which its target stands. */
function copyDraft(node: Node, variable: Node): Draft {
  const size = elementCount(node.type.shape);
  const index = s.axis(0, size);
  const value = s.load(node, scalarTypeOf(node.type.dtype), index);
  const store: DraftStore = { target: { ...variable }, index, value };
  return {
    label: `copy ${"name" in variable.attrs ? variable.attrs.name : ""}`,
    outer: [size],
    inner: [],
    reductions: [],
    outerStores: [store],
    innerStores: [],
  };
}

/** Groups independent loop kernels. Each contraction has a dispatch of its own. */
function group(
  drafts: readonly Draft[],
  after: ReadonlyMap<Draft, Set<Draft>>,
  rules: MergeRules,
): Draft[][] {
  const levels = new Map<Draft, number>();
  const levelOf = (draft: Draft): number => {
    const known = levels.get(draft);
    if (known !== undefined) return known;
    const level = Math.max(-1, ...[...after.get(draft)!].map(levelOf)) + 1;
    levels.set(draft, level);
    return level;
  };
  const last = Math.max(0, ...drafts.map(levelOf));
  const awaited = new Set([...after.values()].flatMap((before) => [...before]));
  for (const draft of drafts) {
    if (!awaited.has(draft) && !draft.contraction && keepsLittleAlive(draft)) {
      levels.set(draft, last);
    }
  }
  const dispatches: Draft[][] = [];
  for (let level = 0; level <= last; level++) {
    const here = drafts.filter((draft) => levels.get(draft) === level);
    dispatches.push(...here.filter(({ contraction }) => contraction).map((draft) => [draft]));
    dispatches.push(...packLoops(here.filter(({ contraction }) => !contraction), rules));
  }
  return dispatches;
}

function keepsLittleAlive(draft: Draft): boolean {
  const bytes = [...draftSources(draft)].reduce((sum, { type }) => sum + byteLength(type), 0);
  return bytes <= SMALL_BYTES;
}

/** Small kernels share a dispatch; a large kernel has its own. */
function packLoops(drafts: readonly Draft[], { slotsPerDispatch }: MergeRules): Draft[][] {
  const large = drafts.filter((draft) => elementCount(draft.outer) > FEW_RESULTS);
  const packs: { drafts: Draft[]; touched: Set<Node> }[] = [];
  for (const draft of drafts.filter((draft) => !large.includes(draft))) {
    const touched = [...draftSources(draft), ...draftStores(draft).map(({ target }) => target)];
    const room = packs.find((pack) =>
      new Set([...pack.touched, ...touched]).size <= slotsPerDispatch
    );
    if (room) {
      room.drafts.push(draft);
      touched.forEach((node) => room.touched.add(node));
    } else {
      packs.push({ drafts: [draft], touched: new Set(touched) });
    }
  }
  return [...large.map((draft) => [draft]), ...packs.map((pack) => pack.drafts)];
}
