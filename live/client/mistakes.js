/**
 * The images that the models classify wrongly, by curve.
 *
 * @typedef {import("./runs.js").Curve} Curve
 * @typedef {import("../../metrics/samples.ts").Sample} Sample
 *
 * @typedef {object} Part What the page has of a curve.
 * @property {HTMLElement} element
 * @property {HTMLElement} title
 * @property {HTMLElement} list
 * @property {string} shape Title and look, as drawn.
 * @property {readonly Sample[]} samples Those that are drawn.
 */
import { swatch } from "./chart_parts.js";

/** Width of an image on the page, in pixels. */
const WIDTH = 64;

/** A list for each curve, which can be folded. It stays while others come, so that the focus does. */
export class Mistakes {
  /** @type {Map<string, Part>} */
  #parts = new Map();

  /** @param {HTMLElement} section */
  constructor(section) {
    this.section = section;
    this.box = document.createElement("div");
    section.append(this.box);
  }

  /**
   * @param {readonly Curve[]} curves
   * @param {ReadonlySet<string>} hidden
   */
  draw(curves, hidden) {
    const shown = new Map(
      curves.filter((curve) => mistakesOf(curve) && !hidden.has(curve.key))
        .map((curve) => [partKey(curve), curve]),
    );
    for (const [key, { element }] of this.#parts) {
      if (shown.has(key)) continue;
      element.remove();
      this.#parts.delete(key);
    }
    [...shown].forEach(([key, curve], i) => {
      const part = this.#parts.get(key) ?? partFor(curve, i === 0);
      this.#parts.set(key, part);
      const place = this.box.children[i] ?? null;
      if (place !== part.element) this.box.insertBefore(part.element, place);
      fill(part, curve);
    });
    this.section.hidden = shown.size === 0;
  }
}

/** @param {Curve} curve */
function mistakesOf({ arm, samples }) {
  return samples?.arms[arm];
}

/**
 * Curves with and without mistakes have other elements.
 * @param {Curve} curve
 */
function partKey(curve) {
  return `${curve.key} ${mistakesOf(curve)?.mistakes.length === 0}`;
}

/**
 * @param {Curve} curve
 * @param {boolean} isOpen
 * @returns {Part}
 */
function partFor(curve, isOpen) {
  const list = document.createElement("ul");
  if (mistakesOf(curve)?.mistakes.length === 0) {
    const element = document.createElement("p");
    return { element, title: element, list, shape: "", samples: [] };
  }
  const element = document.createElement("details");
  element.open = isOpen;
  const title = document.createElement("summary");
  element.append(title, list);
  return { element, title, list, shape: "", samples: [] };
}

/**
 * Shows the title and the images of a curve, unless they are shown already.
 * @param {Part} part
 * @param {Curve} curve
 */
function fill(part, curve) {
  const { color, dash } = curve;
  const text = titleOf(curve);
  const shape = JSON.stringify([text, color, dash]);
  if (part.shape !== shape) part.title.replaceChildren(swatch(curve), text);
  part.shape = shape;
  const samples = mistakesOf(curve)?.mistakes ?? [];
  if (part.samples !== samples) part.list.replaceChildren(...samples.map(itemOf));
  part.samples = samples;
}

/** @param {Curve} curve */
function titleOf(curve) {
  const { label, samples } = curve;
  const { wrong, mistakes, epoch } = mistakesOf(curve) ?? { wrong: 0, mistakes: [] };
  const number = (/** @type {number} */ value) => value.toLocaleString("en");
  const of = samples?.count === undefined ? "" : ` of ${number(samples.count)}`;
  const some = wrong > mistakes.length ? `, ${mistakes.length} are shown` : "";
  const when = epoch === undefined ? "" : ` after epoch ${Number(epoch.toFixed(2))}`;
  return `${label}: ${
    number(wrong)
  }${of} ${samples?.split} images classified wrongly${when}${some}`;
}

/** @param {Sample} sample */
function itemOf({ name, label, predicted = "", png }) {
  const image = new Image();
  // pixels of small images stay sharp when they are enlarged
  image.addEventListener("load", () => {
    image.classList.toggle("small", image.naturalWidth < WIDTH);
  });
  image.width = WIDTH;
  image.src = `data:image/png;base64,${png}`;
  image.alt = `${label}, predicted ${predicted}: ${name}`;
  image.title = name;
  const caption = document.createElement("span");
  caption.className = "soft";
  caption.textContent = "predicted ";
  const item = document.createElement("li");
  item.append(image, label, document.createElement("br"), caption, predicted);
  return item;
}
