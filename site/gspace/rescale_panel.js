import { intervalOf } from "../../figures/ticks.ts";
import { byId } from "../page/svg.js";
import { Chart } from "../page/chart.js";
import { BarsView } from "./bars_view.js";
import { grid, samples } from "./network.ts";
import { NetworkView } from "./network_view.js";
import { PathsView } from "./paths_view.js";
import { largestDifference } from "./twins.ts";
import { differenceText, factorText } from "./words.js";

/** @typedef {import("./network.ts").Weights} Weights */

/** The largest factor of the slider. */
const LARGEST = 4;

/** @param {Weights} weights */
const allOf = ([first, second]) => [...first, ...second];

/** The upper half of the page: one network, and a slider that rescales a unit. */
export class RescalePanel {
  /**
   * @param {import("./network.ts").Network} network
   * @param {Float32Array} outputs of the initial weights
   */
  constructor(network, outputs) {
    this.#network = network;
    this.initial = network.rescaled(0, 1);
    this.#outputs = outputs;
    this.#paths = network.pathValues(this.initial);
    const sizes = allOf(this.initial).map(Math.abs);
    this.#view = new NetworkView(byId("network", HTMLElement), network.edges, (unit) => {
      this.#radios.find(({ value }) => value === String(unit))?.click();
    });
    this.#weightBars = new BarsView(
      byId("weights", HTMLElement),
      "Weights",
      allOf(this.initial),
      LARGEST * Math.max(...sizes),
    );
    this.#pathsView = new PathsView(byId("paths", HTMLElement), network.paths, this.#paths);
    this.#pathsView.onChange = () => void this.draw();
    this.range = rangeOf(outputs);
    this.#chart = functionChart("function", this.range);
    this.#slider.addEventListener("input", () => this.#changed());
    for (const radio of this.#radios) radio.addEventListener("change", () => this.#unitChanged());
    this.#pathsView.chooseThrough(this.unit);
  }

  /** Called when the factor or the unit has changed. */
  onChange = () => {};
  /** @type {Weights} */
  initial;
  /** Of the axes of f(x). */
  range;
  #network;
  #outputs;
  #paths;
  #view;
  #weightBars;
  #pathsView;
  #chart;
  #slider = byId("factor", HTMLInputElement);
  #radios = [...document.querySelectorAll("input[name=unit]")].flatMap((radio) =>
    radio instanceof HTMLInputElement ? [radio] : []
  );
  /** @type {Promise<void> | undefined} Ends when everything is drawn. */
  #drawing;
  /** Whether the weights have changed meanwhile. */
  #isStale = false;

  /** The factor c. The slider is logarithmic. */
  get factor() {
    return 2 ** Number(this.#slider.value);
  }

  /** The unit that is rescaled, from 0. */
  get unit() {
    return Number(this.#radios.find(({ checked }) => checked)?.value);
  }

  /** The weights that are shown. */
  get weights() {
    return this.#network.rescaled(this.unit, this.factor);
  }

  /** @param {number} exponent of 2 */
  setExponent(exponent) {
    this.#slider.value = String(exponent);
    this.#changed();
  }

  #changed() {
    this.onChange();
    void this.draw();
  }

  #unitChanged() {
    this.#pathsView.chooseThrough(this.unit);
    this.#changed();
  }

  /**
   * Computes and draws everything. Changes that arrive meanwhile are drawn together, before it
   * resolves.
   */
  draw() {
    this.#isStale = true;
    this.#drawing ??= this.#drawAll();
    return this.#drawing;
  }

  async #drawAll() {
    while (this.#isStale) {
      this.#isStale = false;
      const { unit, factor, weights } = this;
      this.#network.assign(weights);
      this.#show(unit, factor, weights, await this.#network.outputs());
    }
    this.#drawing = undefined;
  }

  /**
   * @param {number} unit
   * @param {number} factor
   * @param {Weights} weights
   * @param {Float32Array} outputs
   */
  #show(unit, factor, weights, outputs) {
    const paths = this.#network.pathValues(weights);
    this.#view.draw(weights, unit, this.#pathsView.chosen);
    this.#weightBars.draw(allOf(weights));
    byId("path", HTMLElement).textContent = this.#pathsView.draw(weights, paths);
    this.#chart.draw(
      [{ kind: "f", points: pointsOf(outputs) }],
      `f(x) with c = ${factorText(factor)}`,
    );
    const text = factorText(factor);
    byId("factor-text", HTMLElement).textContent = text;
    this.#slider.setAttribute("aria-valuetext", `c = ${text}`);
    const changes = {
      "weights-change": largestDifference(allOf(weights), allOf(this.initial)),
      "function-change": largestDifference(outputs, this.#outputs),
      "paths-change": largestDifference(paths, this.#paths),
    };
    for (const [id, change] of Object.entries(changes)) {
      const place = byId(id, HTMLElement);
      place.textContent = differenceText(change);
      place.dataset.value = String(change);
    }
  }
}

/**
 * Where the initial function and the data are.
 * @param {Float32Array} outputs
 */
function rangeOf(outputs) {
  return intervalOf([...outputs, ...samples.map(({ y }) => y)], "linear", 0.1);
}

/**
 * An empty chart of functions of x.
 * @param {string} id of its place
 * @param {readonly [number, number]} range of f(x)
 */
export function functionChart(id, range) {
  return new Chart(byId(id, HTMLElement), {
    x: { label: "x", range: [grid[0] ?? 0, grid.at(-1) ?? 1] },
    y: { label: "f(x)", range },
    name: "f(x)",
  });
}

/**
 * The values of a function as points of a curve.
 * @param {Float32Array} outputs
 */
export function pointsOf(outputs) {
  return grid.map((x, i) => /** @type {const} */ ([x, outputs[i] ?? NaN]));
}
