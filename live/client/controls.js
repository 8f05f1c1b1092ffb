/** The controls that apply to several charts: x-axis, smoothing, colors, layer, and range of x. */
import { byId, inputById, selectById } from "./elements.js";
import { MOST_SMOOTHING } from "./view_state.js";

export class Controls {
  /** The choices of layers. */
  #choices = "";

  /**
   * @param {import("./view_state.js").ViewState} view
   * @param {(action: () => void) => void} change Applies a change of the view.
   */
  constructor(view, change) {
    this.view = view;
    this.low = inputById("x-low");
    this.high = inputById("x-high");
    this.smoothing = inputById("smoothing");
    this.smoothing.max = String(MOST_SMOOTHING);
    this.layer = selectById("layer");
    this.layer.addEventListener(
      "change",
      () => change(() => view.parameter = this.layer.value || undefined),
    );
    for (const input of radios("axis")) {
      input.addEventListener("change", () => change(() => view.changeAxis(axisOf(input.value))));
    }
    for (const input of radios("color")) {
      const color = input.value === "run" ? "run" : "optimizer";
      input.addEventListener("change", () => change(() => view.colorBy = color));
    }
    this.smoothing.addEventListener(
      "input",
      () => change(() => view.smoothing = Number(this.smoothing.value)),
    );
    inputById("linked").addEventListener(
      "change",
      () => change(() => view.isLinked = inputById("linked").checked),
    );
    for (const input of [this.low, this.high]) {
      input.addEventListener("change", () => change(() => this.#zoom()));
    }
    byId("zoom-out").addEventListener("click", () => change(() => view.zoomOut()));
  }

  /**
   * Shows the state of the view.
   * @param {"optimizer" | "run"} colorBy
   * @param {boolean} hasSeveralRuns
   * @param {readonly string[]} parameters That can be chosen.
   */
  draw(colorBy, hasSeveralRuns, parameters) {
    const { view } = this;
    for (const input of radios("axis")) input.checked = input.value === view.axis;
    for (const input of radios("color")) input.checked = input.value === colorBy;
    byId("colors").hidden = !hasSeveralRuns;
    this.#drawLayers(parameters);
    const text = String(view.smoothing);
    if (this.smoothing.value !== text) this.smoothing.value = text;
    byId("smoothing-value").textContent = view.smoothing === 0 ? "off" : text;
    inputById("linked").checked = view.isLinked;
    byId("zoom-out").toggleAttribute("disabled", !view.isZoomed);
    const ends = view.range ?? [-Infinity, Infinity];
    [this.low, this.high].forEach((input, i) => {
      const end = ends[i] ?? NaN;
      if (document.activeElement !== input) input.value = Number.isFinite(end) ? String(end) : "";
    });
  }

  /**
   * Shows the choices of layers, and the chosen one. The list stays while its choices do, so that
   * it is not closed while it is open.
   * @param {readonly string[]} parameters
   */
  #drawLayers(parameters) {
    const { parameter = "" } = this.view;
    byId("layers").hidden = parameters.length === 0;
    const choices = JSON.stringify(parameters);
    if (choices !== this.#choices) {
      const options = parameters.map((name) => new Option(name, name));
      this.layer.replaceChildren(new Option("all", ""), ...options);
    }
    this.#choices = choices;
    if (this.layer.value !== parameter) this.layer.value = parameter;
  }

  /** Takes the range of all charts from the inputs. An empty one leaves its end open. */
  #zoom() {
    const low = this.low.value === "" ? -Infinity : Number(this.low.value);
    const high = this.high.value === "" ? Infinity : Number(this.high.value);
    const isRange = low < high && (Number.isFinite(low) || Number.isFinite(high));
    this.view.zoomAll(isRange ? [low, high] : undefined);
  }
}

/** @param {string} name */
function radios(name) {
  const found = document.querySelectorAll(`input[name="${name}"]`);
  return [...found].filter((input) => input instanceof HTMLInputElement);
}

/**
 * @param {string} value
 * @returns {import("./runs.js").Axis}
 */
function axisOf(value) {
  return value === "step" || value === "seconds" ? value : "epoch";
}
