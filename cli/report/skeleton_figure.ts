import type { Figure, NetworkLayer, NetworkPanel } from "../../figures/mod.ts";
import type { GsgdReport } from "../../optim/mod.ts";
import type { LayerEdgeClass, SkeletonLayer } from "../../optim/gsgd/report/skeleton_layers.ts";
import { thousands } from "../format.ts";

/** Maximum number of layers side by side in one panel. */
const PER_PANEL = 4;
/** Maximum number of panels: those of the first layers. */
const MOST_PANELS = 9;

/**
 * The skeleton of a network; `null` if no weight connects units.
 * @param arm the optimizer, if the page shows several
 */
export function skeletonFigure(
  layers: readonly SkeletonLayer[],
  { nodes, trained }: Pick<GsgdReport, "nodes" | "trained">,
  arm?: string,
): Figure | null {
  if (layers.length === 0) return null;
  const groups = groupsOf(layers).slice(0, MOST_PANELS);
  return {
    name: arm === undefined ? "skeleton" : `skeleton-${arm}`,
    title: "The skeleton",
    caption: captionOf(layers, groups.flat(), { nodes, trained }),
    columns: 3,
    panels: groups.map(panelOf),
  };
}

/** Groups layers into panels. Layers that continue each other stay together if they fit. */
function groupsOf(layers: readonly SkeletonLayer[]): readonly (readonly SkeletonLayer[])[] {
  const groups: SkeletonLayer[][] = [];
  layers.forEach((layer, i) => {
    const end = layers.findIndex(({ continues }, k) => k > i && !continues);
    const rest = layer.continues ? 1 : (end < 0 ? layers.length : end) - i;
    const group = groups.at(-1);
    const room = PER_PANEL - (group?.length ?? PER_PANEL);
    if (group && room >= Math.min(rest, PER_PANEL)) group.push(layer);
    else groups.push([layer]);
  });
  return groups;
}

function panelOf(layers: readonly SkeletonLayer[]): NetworkPanel {
  const [first, last] = [layers[0]!, layers.at(-1)!].map(({ name }) => shortName(name));
  const title = first === last ? `Layer ${first}` : `Layers ${first} to ${last}`;
  return { kind: "network", title, layers: layers.map(layerOf) };
}

function shortName(name: string): string {
  return name.replace(/\.weight$/, "");
}

const kinds = [
  { class: "plain", label: "other weight", look: "faint" },
  { class: "free", label: "skeleton, fixed", look: "dashed" },
  { class: "trained", label: "skeleton, trained", look: "strong" },
] as const satisfies readonly { class: LayerEdgeClass; label: string; look: string }[];

function layerOf(layer: SkeletonLayer): NetworkLayer {
  const { name, shape, tails, heads, continues, free, trained, edges } = layer;
  const weights = shape.reduce((product, size) => product * size, 1);
  const totals = { free, trained, plain: weights - free - trained };
  return {
    label: shortName(name),
    from: { count: tails.count, filled: tails.scalable },
    to: { count: heads.count, filled: heads.scalable },
    joined: continues,
    links: kinds.map(({ class: kind, label, look }) => ({
      label,
      look,
      total: totals[kind],
      pairs: edges.filter((edge) => edge.class === kind).map(({ from, to }) => [from, to] as const),
    })),
  };
}

function captionOf(
  layers: readonly SkeletonLayer[],
  drawn: readonly SkeletonLayer[],
  { nodes, trained }: Pick<GsgdReport, "nodes" | "trained">,
): string {
  const isLarge = drawn.some(({ tails, heads }) =>
    [tails, heads].some(({ count, scalable }) => count > scalable.length)
  );
  const hasKernels = drawn.some(({ shape }) => shape.length > 2);
  return [
    `${
      thousands(nodes)
    } skeleton weights keep their initial values, which fixes the scale of each ` +
    `filled unit; ${thousands(trained)} are trained through their path values. The scale of open ` +
    "units is fixed already.",
    hasKernels ? "An edge of a convolution is one position of its kernel." : "",
    isLarge
      ? "Of large layers, the first 8 units are drawn, with their skeleton edges. The number of " +
        "units is below each column."
      : "The number of units is below each column.",
    drawn.length < layers.length
      ? `The first ${drawn.length} of ${layers.length} weight tensors are drawn.`
      : "",
    "Biases are not drawn.",
  ].filter((sentence) => sentence !== "").join(" ");
}
