import { Chart } from "../page/chart.js";
import { byId } from "../page/svg.js";
import { samples } from "./network.ts";
import { functionChart, pointsOf } from "./rescale_panel.js";
import { differenceText } from "./words.js";

/** @typedef {import("./twins.ts").TwinState} TwinState */
/** @typedef {import("./network.ts").OptimizerName} OptimizerName */

/** Names of the optimizers for people. */
const names = { sgd: "SGD", gsgd: "G-SGD" };
/** Powers of ten of the axis of differences, and the place below them for a difference of 0. */
const [LOWEST, HIGHEST, ZERO] = [-8, 1, -10];

const data = samples.map(({ x, y }) => /** @type {const} */ ([x, y]));

/** The functions of both twins, for each optimizer, and how far apart they are. */
export class TwinsPanel {
  /**
   * @param {number} steps of the training
   * @param {readonly [number, number]} range of f(x)
   */
  constructor(steps, range) {
    this.#charts = {
      sgd: functionChart("twins-sgd", range),
      gsgd: functionChart("twins-gsgd", range),
    };
    this.#differences = new Chart(byId("differences", HTMLElement), {
      x: { label: "step", range: [0, steps] },
      y: {
        label: "",
        range: [ZERO - 0.7, HIGHEST],
        ticks: {
          values: [ZERO, LOWEST, -6, -4, -2, 0],
          labels: ["0", "10⁻⁸", "10⁻⁶", "10⁻⁴", "0.01", "1"],
        },
      },
      name: "The largest difference of the twins' functions by step",
    });
  }

  #charts;
  #differences;
  /** @type {Record<OptimizerName, TwinState[]>} */
  #states = { sgd: [], gsgd: [] };

  /**
   * Draws the state of twins: of a step, or of the start if its step is 0.
   * @param {Readonly<Record<OptimizerName, TwinState>>} states
   */
  draw(states) {
    for (const name of /** @type {const} */ (["sgd", "gsgd"])) {
      const state = states[name];
      if (state.step === 0) this.#states[name] = [];
      this.#states[name].push(state);
      const [first, second] = [pointsOf(state.outputs[0]), pointsOf(state.outputs[1])];
      const text = differenceText(state.difference);
      const place = byId(`difference-${name}`, HTMLElement);
      place.textContent = text;
      place.dataset.value = String(state.difference);
      this.#charts[name].draw(
        [
          { kind: name, points: [...first, ...second.slice().reverse()], shape: "area" },
          { kind: "data", points: data, shape: "dots" },
          { kind: `${name} twin-a`, points: first },
          { kind: "twin-b", points: second },
        ],
        `Twins after ${state.step} steps of ${names[name]}: largest difference ${text}`,
      );
    }
    this.#differences.draw([this.#curve("sgd"), this.#curve("gsgd")]);
  }

  /** @param {OptimizerName} name */
  #curve(name) {
    const points = this.#states[name].map((
      { step, difference },
    ) => /** @type {const} */ ([step, heightOf(difference)]));
    return { kind: `${name} gap`, points };
  }
}

/**
 * Logarithm to base 10, with a place of its own for 0.
 * @param {number} difference
 */
function heightOf(difference) {
  if (difference === 0) return ZERO;
  return Math.max(LOWEST, Math.min(HIGHEST, Math.log10(difference)));
}
