/** The legend: a button for each curve, which hides and shows it. */
import { swatch } from "./chart_parts.js";

export class Legend {
  #shape = "";
  /** @type {Map<string, HTMLElement>} */
  #buttons = new Map();

  /**
   * @param {HTMLElement} box
   * @param {(key: string) => void} onToggle
   */
  constructor(box, onToggle) {
    this.box = box;
    this.onToggle = onToggle;
  }

  /**
   * @param {readonly import("./runs.js").Curve[]} curves
   * @param {ReadonlySet<string>} hidden
   */
  draw(curves, hidden) {
    const shape = JSON.stringify(
      curves.map(({ key, label, color, dash }) => [key, label, color, dash]),
    );
    if (shape !== this.#shape) this.#make(curves);
    this.#shape = shape;
    for (const [key, button] of this.#buttons) {
      button.setAttribute("aria-pressed", String(!hidden.has(key)));
    }
  }

  /** @param {readonly import("./runs.js").Curve[]} curves */
  #make(curves) {
    this.#buttons = new Map(curves.map((curve) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(swatch(curve), curve.label);
      button.addEventListener("click", () => this.onToggle(curve.key));
      return [curve.key, button];
    }));
    this.box.replaceChildren(...this.#buttons.values());
  }
}
