import { Chart } from "../page/chart.js";
import { byId } from "../page/svg.js";
import { intervalOf } from "../../figures/ticks.ts";

/** @typedef {import("./messages.ts").ArmName} ArmName */
/** @typedef {import("./messages.ts").Point} Point */

/** Training loss and test error of all arms, as charts and as a table. */
export class Curves {
  #loss = new Chart(byId("loss", HTMLElement), {
    x: { label: "epoch", range: [0, 3] },
    y: { label: "loss", range: [0, 2.4] },
    name: "Training loss: nothing trained yet",
  });
  #error = new Chart(byId("error", HTMLElement), {
    x: { label: "epoch", range: [0, 3] },
    y: { label: "%", range: [0, 100] },
    name: "Test error: nothing trained yet",
  });
  /** @type {Map<ArmName, Point[]>} */
  #points = new Map();
  #epochs = 0;
  #isDrawing = false;

  /** The newest point of each arm. */
  get newest() {
    return new Map([...this.#points].flatMap(([arm, points]) => {
      const last = points.at(-1);
      return last ? [/** @type {const} */ ([arm, last])] : [];
    }));
  }

  /**
   * Empties the charts for another run.
   * @param {readonly ArmName[]} arms
   * @param {number} epochs
   */
  clear(arms, epochs) {
    this.#points = new Map(arms.map((arm) => [arm, []]));
    this.#epochs = epochs;
    this.#draw();
  }

  /**
   * Adds a point. Points that arrive together are drawn together.
   * @param {Point} point
   */
  add(point) {
    this.#points.get(point.arm)?.push(point);
    if (this.#isDrawing) return;
    this.#isDrawing = true;
    requestAnimationFrame(() => {
      this.#isDrawing = false;
      this.#draw();
    });
  }

  /** Draws the newest points at once. */
  finish() {
    this.#draw();
  }

  #draw() {
    this.#drawChart(this.#loss, "Training loss", ({ loss }) => loss);
    this.#drawChart(this.#error, "Test error in %", ({ error }) => 100 * error);
    for (const row of document.querySelectorAll("#newest [data-arm]")) {
      const arm = /** @type {ArmName} */ (row.getAttribute("data-arm"));
      const point = this.#points.get(arm)?.at(-1);
      const cells = point
        ? [point.epoch.toFixed(2), point.loss.toFixed(4), `${(100 * point.error).toFixed(2)} %`]
        : ["–", "–", "–"];
      row.querySelectorAll("td").forEach((cell, i) => cell.textContent = cells[i] ?? "");
    }
  }

  /**
   * @param {Chart} chart
   * @param {string} name
   * @param {(point: Point) => number} valueOf
   */
  #drawChart(chart, name, valueOf) {
    const all = [...this.#points.values()].flat();
    // the first epoch would press the rest into the floor of the chart
    const late = all.filter(({ epoch }) => epoch >= 0.1);
    chart.setRanges(
      [0, this.#epochs],
      intervalOf((late.length > 0 ? late : all).map(valueOf), "linear"),
    );
    chart.draw(
      // the dashes of the control are drawn over the curve that they may coincide with
      [...this.#points].sort(([a], [b]) => a.localeCompare(b)).map(([arm, points]) => ({
        kind: arm,
        points: points.map((point) => [point.epoch, valueOf(point)]),
      })),
      `${name} by epoch. ` +
        [...this.newest].map(([arm, point]) => `${arm}: ${valueOf(point).toFixed(2)}`).join(", "),
    );
  }
}
