import { svg } from "../page/svg.js";

const WIDTH = 380;
const HEIGHT = 72;
const MIDDLE = 36;

/** Bars of values, each beside the outline of its first value. */
export class BarsView {
  /**
   * @param {Element} place
   * @param {string} name
   * @param {readonly number[]} first
   * @param {number} limit the value of a bar of full height
   */
  constructor(place, name, first, limit) {
    this.#name = name;
    this.#limit = limit;
    this.#step = WIDTH / first.length;
    this.#svg = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" });
    this.#bars = first.map(() => svg("rect", {}));
    this.#svg.append(
      svg("line", { class: "zero", x1: 0, x2: WIDTH, y1: MIDDLE, y2: MIDDLE }),
      ...this.#bars,
      ...first.map((value, i) => {
        const outline = svg("rect", { class: "first" });
        this.#place(outline, value, i);
        return outline;
      }),
    );
    place.append(this.#svg);
  }

  #svg;
  #bars;
  #name;
  #limit;
  #step;

  /** @param {readonly number[]} values */
  draw(values) {
    this.#bars.forEach((bar, i) => {
      const value = values[i] ?? NaN;
      this.#place(bar, value, i);
      bar.setAttribute("class", value < 0 ? "negative" : "positive");
    });
    const list = values.map((value) => value.toFixed(2)).join(", ");
    this.#svg.setAttribute("aria-label", `${this.#name}: ${list}`);
  }

  /**
   * @param {SVGElement} bar
   * @param {number} value
   * @param {number} i
   */
  #place(bar, value, i) {
    const size = Math.abs(value) / this.#limit * (MIDDLE - 2);
    bar.setAttribute("x", String(i * this.#step + this.#step * 0.2));
    bar.setAttribute("width", String(this.#step * 0.6));
    bar.setAttribute("y", String(value < 0 ? MIDDLE : MIDDLE - size));
    bar.setAttribute("height", String(size));
  }
}
