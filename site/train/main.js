/** The training page: trains in a worker, and draws what the worker says. */
import { byId } from "../page/svg.js";
import { Curves } from "./curves.js";
import { findings } from "./findings.ts";
import { armNames } from "./messages.ts";

/** @typedef {import("./messages.ts").Message} Message */
/** @typedef {import("./messages.ts").ArmName} ArmName */

const button = byId("start", HTMLButtonElement);
const status = byId("status", HTMLElement);
const conclusion = byId("findings", HTMLElement);
const curves = new Curves();
/** @type {Worker | undefined} */
let worker;

button.addEventListener("click", () => worker ? stop("Stopped.") : start());
for (const name of armNames) boxOf(name).addEventListener("change", () => keepControl());
if (!("gpu" in navigator)) {
  byId("gpu", HTMLInputElement).disabled = true;
  byId("no-gpu", HTMLElement).hidden = false;
}
document.body.dataset.state = "ready";

/** @param {ArmName} name */
function boxOf(name) {
  return byId(`arm-${name}`, HTMLInputElement);
}

/** G-SGD is always compared with SGD from its initial weights. */
function keepControl() {
  const control = boxOf("sgd-skeleton");
  control.disabled = boxOf("gsgd").checked;
  if (control.disabled) control.checked = true;
  button.disabled = !armNames.some((name) => boxOf(name).checked);
}

function start() {
  const epochs = Number(byId("epochs", HTMLSelectElement).value);
  const arms = armNames.filter((name) => boxOf(name).checked);
  const device = byId("gpu", HTMLInputElement).checked ? "gpu" : "cpu";
  curves.clear(arms, epochs);
  conclusion.replaceChildren();
  status.textContent = "Compiling…";
  button.textContent = "Stop";
  document.body.dataset.state = "training";
  // a blob, because browsers start no workers from files
  const source = new Blob([globals("gspaceWorker")], { type: "text/javascript" });
  const address = URL.createObjectURL(source);
  const own = new Worker(address);
  worker = own;
  own.addEventListener("message", ({ data }) => {
    URL.revokeObjectURL(address);
    if (worker === own) hear(data);
  });
  own.addEventListener("error", ({ message }) => stop(`The worker failed: ${message}`));
  own.postMessage({ data: globals("gspaceData"), device, arms, epochs });
}

/**
 * A text that another script of the page has set.
 * @param {string} name
 * @returns {string}
 */
function globals(name) {
  const value = Reflect.get(globalThis, name);
  if (typeof value !== "string") throw new Error(`the script with ${name} was not loaded`);
  return value;
}

/** @param {Message} message */
function hear(message) {
  if (message.kind === "point") return curves.add(message.point);
  if (message.kind === "started") {
    status.textContent = `Training on ${message.backend}`;
    return;
  }
  if (message.kind === "failed") return stop(message.message);
  stop(
    `Done in ${message.seconds.toFixed(1)} s. ${status.textContent?.replace("Training", "Ran")}.`,
  );
  curves.finish();
  conclusion.replaceChildren(
    ...findings(curves.newest).map((text) => {
      const paragraph = document.createElement("p");
      paragraph.textContent = text;
      return paragraph;
    }),
  );
  document.body.dataset.state = "trained";
}

/** @param {string} text */
function stop(text) {
  worker?.terminate();
  worker = undefined;
  button.textContent = "Start training";
  status.textContent = text;
  document.body.dataset.state = "stopped";
}
