import { BarsView } from "./bars_view.js";
import { pathName, weightText } from "./words.js";

/** @typedef {import("./network.ts").Path} Path */

/** Bars of the values of basis paths, one of which is chosen, and the product that it is. */
export class PathsView {
  /**
   * @param {HTMLElement} place
   * @param {readonly Path[]} paths
   * @param {readonly number[]} first their values at first
   */
  constructor(place, paths, first) {
    this.#paths = paths;
    this.#bars = new BarsView(place, "Path values", first, 1.1 * Math.max(...first.map(Math.abs)));
    const legend = document.createElement("legend");
    legend.className = "unseen";
    legend.textContent = "Basis path";
    const choice = document.createElement("fieldset");
    this.#radios = paths.map((path, i) => this.#radio(choice, path, i));
    choice.prepend(legend);
    place.append(choice);
  }

  /** Called when another path has been chosen. */
  onChange = () => {};
  #paths;
  #bars;
  #radios;

  /**
   * A radio button below the bar of a path. Pointing at the bar is enough to choose it.
   * @param {HTMLElement} choice
   * @param {Path} path
   * @param {number} i
   */
  #radio(choice, path, i) {
    const input = document.createElement("input");
    Object.assign(input, { type: "radio", name: "path", value: String(i), autocomplete: "off" });
    input.setAttribute("aria-label", pathName(path));
    input.addEventListener("change", () => this.onChange());
    const text = document.createElement("span");
    text.textContent = pathName(path.slice(0, 1));
    const label = document.createElement("label");
    label.append(input, text);
    label.addEventListener("pointerenter", () => {
      input.checked = true;
      this.onChange();
    });
    choice.append(label);
    return input;
  }

  /** The chosen path. */
  get chosen() {
    return this.#paths[this.#radios.findIndex(({ checked }) => checked)] ?? [];
  }

  /**
   * Chooses the first path through a hidden unit, unless that of another weight into it is chosen.
   * @param {number} unit
   */
  chooseThrough(unit) {
    if (this.chosen[0]?.to === unit) return;
    const radio = this.#radios[this.#paths.findIndex(([into]) => into?.to === unit)];
    if (radio) radio.checked = true;
  }

  /**
   * @param {import("./network.ts").Weights} weights
   * @param {readonly number[]} values of the paths
   */
  draw(weights, values) {
    this.#bars.draw(values);
    const { chosen } = this;
    const factors = chosen.map(({ layer, offset }) => weightText(weights[layer][offset] ?? NaN));
    const value = weightText(values[this.#paths.indexOf(chosen)] ?? NaN);
    return `${pathName(chosen)}: ${factors.join(" × ")} = ${value}`;
  }
}
