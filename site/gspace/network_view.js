import { svg } from "../page/svg.js";
import { pathName, unitNames, weightText } from "./words.js";

/** @typedef {import("./network.ts").Edge} Edge */

const [WIDTH, HEIGHT] = [380, 188];
const RADIUS = 15;
/** Width of an edge of weight 1, in pixels. */
const THICKNESS = 3.2;
/** Positions of the units, by layer. */
const layers = [
  [[24, 50], [24, 138]],
  [[222, 20], [222, 94], [222, 168]],
  [[356, 94]],
];

/** Index of the first hidden unit among all units. */
const FIRST_HIDDEN = layers[0]?.length ?? 0;

/** The network as a picture: edges are as thick as their weights are large. */
export class NetworkView {
  /**
   * @param {Element} place
   * @param {readonly Edge[]} edges
   * @param {(unit: number) => void} onChoose called when a hidden unit has been clicked
   */
  constructor(place, edges, onChoose) {
    this.#svg = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" });
    this.#edges = edges.map((edge) => new EdgeView(edge));
    this.#units = layers.flatMap((units, layer) =>
      units.map(([x = 0, y = 0], i) =>
        svg(
          "g",
          { class: "unit" },
          svg("circle", { cx: x, cy: y, r: RADIUS }),
          svg("text", { x, y: y + 5, "text-anchor": "middle" }, unitNames[layer]?.[i] ?? ""),
        )
      )
    );
    // the keyboard has the radio buttons above the picture
    this.#units.slice(FIRST_HIDDEN, -1).forEach((unit, i) => {
      unit.classList.add("hidden");
      unit.addEventListener("click", () => onChoose(i));
    });
    this.#svg.append(
      ...this.#edges.map(({ line }) => line),
      ...this.#units,
      ...this.#edges.map(({ mark }) => mark),
    );
    place.append(this.#svg);
  }

  #svg;
  #edges;
  #units;

  /**
   * @param {import("./network.ts").Weights} weights
   * @param {number} chosen the unit that is rescaled
   * @param {readonly Edge[]} path whose weights are marked
   */
  draw(weights, chosen, path) {
    for (const edge of this.#edges) edge.draw(weights, path);
    this.#units.forEach((unit, i) => unit.classList.toggle("chosen", i === FIRST_HIDDEN + chosen));
    const values = this.#edges.map((edge) => edge.describe(weights)).join(", ");
    this.#svg.setAttribute("aria-label", `The network. Weights: ${values}`);
  }
}

/** A line for a weight, and a label with its value. */
class EdgeView {
  /** @param {Edge} edge */
  constructor(edge) {
    this.#edge = edge;
    const [x1 = 0, y1 = 0] = layers[edge.layer]?.[edge.from] ?? [];
    const [x2 = 0, y2 = 0] = layers[edge.layer + 1]?.[edge.to] ?? [];
    this.line = svg("line", { x1, y1, x2, y2 });
    // where edges that cross are apart
    const share = edge.layer === 0 ? 0.68 : 0.5;
    const [x, y] = [x1 + share * (x2 - x1), y1 + share * (y2 - y1)];
    this.#text = svg("text", { x, y: y + 4, "text-anchor": "middle" });
    this.mark = svg(
      "g",
      { class: `weight ${edge.kind}` },
      svg("rect", {
        x: x - 23,
        y: y - 8.5,
        width: 46,
        height: 17,
        rx: edge.kind === "plain" ? 9 : 2,
      }),
      this.#text,
    );
  }

  #edge;
  #text;

  /**
   * @param {import("./network.ts").Weights} weights
   * @param {readonly Edge[]} path
   */
  draw(weights, path) {
    this.mark.classList.toggle("on-path", path.includes(this.#edge));
    const value = this.#valueIn(weights);
    this.line.setAttribute("class", `edge ${value < 0 ? "negative" : "positive"}`);
    this.line.setAttribute("stroke-width", String(Math.max(0.5, Math.abs(value) * THICKNESS)));
    this.#text.textContent = weightText(value);
  }

  /** @param {import("./network.ts").Weights} weights */
  describe(weights) {
    const { kind } = this.#edge;
    return `${pathName([this.#edge])} ${weightText(this.#valueIn(weights))}${
      kind === "plain" ? "" : ` (${kind})`
    }`;
  }

  /** @param {import("./network.ts").Weights} weights */
  #valueIn(weights) {
    return weights[this.#edge.layer][this.#edge.offset] ?? NaN;
  }
}
