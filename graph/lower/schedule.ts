import { groupBy, sizeOfUnion } from "../collections.ts";
import type { Node } from "../node.ts";
import { s, ScalarTable, scalarTypeOf } from "../scalar/mod.ts";
import { byteLength, elementCount } from "../types.ts";
import {
  type Draft,
  draftSources,
  type DraftStore,
  draftStores,
  draftValues,
  isAlone,
  type Schedule,
} from "./draft.ts";
import { hasHazard, type MergeRules } from "./hazard.ts";
import { OrderedList } from "./ordered_list.ts";
import { rewriteRows } from "./rewrite_rows.ts";

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
export function scheduleDrafts(
  drafts: readonly Draft[],
  rules: MergeRules,
  roots: ReadonlySet<Node>,
): Schedule {
  const links = linksOf(drafts);
  const { inPlace, aside } = writeInPlace(drafts, rules, links);
  const copies = new Map<Node, Node>();
  const all = [...drafts];
  for (const [node, variable] of aside) {
    const copy = copyDraft(node, variable);
    all.push(copy);
    copies.set(copy.outerStores[0]!.target, variable);
    links.before.set(copy, new Set(links.readers.get(variable)).add(links.producers.get(node)!));
  }
  const reads = new Set(all.flatMap((draft) => [...draftSources(draft)]));
  const rewritten = rewriteRows(drafts, { ...links, roots });
  return {
    dispatches: group(all, links.before, rules),
    inPlace: new Map([...rewritten, ...inPlace]),
    copies,
    reads,
  };
}

/** Which drafts use values, and which must run before others. */
interface Links {
  readonly producers: ReadonlyMap<Node, Draft>;
  readonly readers: ReadonlyMap<Node, readonly Draft[]>;
  /** Draft → drafts that must run before it. */
  readonly before: Map<Draft, Set<Draft>>;
  /** Draft → drafts that must run after it. */
  readonly after: Map<Draft, Set<Draft>>;
}

function linksOf(drafts: readonly Draft[]): Links {
  const producers = new Map<Node, Draft>();
  const readers = new Map<Node, Draft[]>();
  for (const draft of drafts) {
    for (const { target } of draftStores(draft)) producers.set(target, draft);
    for (const source of draftSources(draft)) {
      const list = readers.get(source);
      if (list) list.push(draft);
      else readers.set(source, [draft]);
    }
  }
  const before = new Map(drafts.map((draft) => [draft, new Set<Draft>()]));
  const after = new Map(drafts.map((draft) => [draft, new Set<Draft>()]));
  const links = { producers, readers, before, after };
  for (const draft of drafts) {
    for (const source of draftSources(draft)) {
      const producer = producers.get(source);
      if (producer && producer !== draft) precede(links, producer, draft);
    }
  }
  return links;
}

/** Notes that one draft must run before another. */
function precede({ before, after }: Links, first: Draft, second: Draft): void {
  before.get(second)!.add(first);
  after.get(first)!.add(second);
}

/** `drafts` have producers before consumers. */
function writeInPlace(
  drafts: readonly Draft[],
  rules: MergeRules,
  links: Links,
): { inPlace: Map<Node, Node>; aside: Map<Node, Node> } {
  const table = new ScalarTable();
  const order = new OrderedList(drafts);
  const inPlace = new Map<Node, Node>();
  const aside = new Map<Node, Node>();
  for (const draft of drafts) {
    for (const { target } of draftStores(draft)) {
      const variable = rules.variableOf.get(target);
      if (!variable) continue;
      const others = (links.readers.get(variable) ?? []).filter((reader) => reader !== draft);
      const possible = !hasHazard(draft, rules, table) &&
        !(others.length > 0 && mustPrecede(draft, others, links, order));
      (possible ? inPlace : aside).set(target, variable);
      if (!possible) continue;
      for (const reader of others) {
        precede(links, reader, draft);
        const needed = order.neededAfter(draft, reader, (each) => links.before.get(each)!);
        for (const each of needed) order.move(each, draft);
      }
    }
  }
  return { inPlace, aside };
}

/** Whether `first` must run before one of the others. `order` has what must run first before. */
function mustPrecede(
  first: Draft,
  others: readonly Draft[],
  { after }: Links,
  order: OrderedList<Draft>,
): boolean {
  const last = others.reduce((a, b) => order.isBefore(a, b) ? b : a);
  const dependents = new Set([first]);
  for (const draft of dependents) {
    for (const dependent of after.get(draft)!) {
      if (!order.isBefore(last, dependent)) dependents.add(dependent);
    }
  }
  return others.some((other) => dependents.has(other));
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

/** Groups independent loop kernels. Each contraction or scan has a dispatch of its own. */
function group(
  drafts: readonly Draft[],
  before: ReadonlyMap<Draft, ReadonlySet<Draft>>,
  rules: MergeRules,
): Draft[][] {
  const levels = new Map<Draft, number>();
  const levelOf = (draft: Draft): number => {
    const known = levels.get(draft);
    if (known !== undefined) return known;
    const level = Math.max(-1, ...[...before.get(draft)!].map(levelOf)) + 1;
    levels.set(draft, level);
    return level;
  };
  const last = Math.max(0, ...drafts.map(levelOf));
  const awaited = new Set([...before.values()].flatMap((drafts) => [...drafts]));
  for (const draft of drafts) {
    if (!awaited.has(draft) && !isAlone(draft) && keepsLittleAlive(draft)) {
      levels.set(draft, last);
    }
  }
  const dispatches: Draft[][] = [];
  const byLevel = groupBy(drafts, (draft) => levels.get(draft)!);
  for (let level = 0; level <= last; level++) {
    const here = byLevel.get(level) ?? [];
    dispatches.push(...here.filter(isAlone).map((draft) => [draft]));
    dispatches.push(...packLoops(here.filter((draft) => !isAlone(draft)), rules));
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
  for (const draft of drafts) {
    if (elementCount(draft.outer) > FEW_RESULTS) continue;
    const touched = draftValues(draft);
    const room = packs.find((pack) => sizeOfUnion(pack.touched, touched) <= slotsPerDispatch);
    if (room) {
      room.drafts.push(draft);
      touched.forEach((node) => room.touched.add(node));
    } else {
      packs.push({ drafts: [draft], touched: new Set(touched) });
    }
  }
  return [...large.map((draft) => [draft]), ...packs.map((pack) => pack.drafts)];
}
