/** The G-space page: a network to rescale, and twins to train. */
import { nextFrame, openCpu } from "../../mod.ts";
import { byId } from "../page/svg.js";
import { Network } from "./network.ts";
import { RescalePanel } from "./rescale_panel.js";
import { Twins } from "./twins.ts";
import { TwinsPanel } from "./twins_panel.js";
import { verdict } from "./words.js";

/** Steps of the training of twins, and of one frame. */
const [STEPS, STEPS_PER_FRAME] = [400, 2];
/** The slider moves there by itself when the page opens: c = 4. */
const [FIRST_EXPONENT, OPENING_MS] = [2, 1600];

const button = byId("train", HTMLButtonElement);
const message = byId("message", HTMLElement);

/** Prepares the networks, and then the page. */
async function main() {
  const backend = openCpu({ threads: 1 });
  const network = await Network.create(backend, "gsgd");
  network.assign(network.rescaled(0, 1));
  const panel = new RescalePanel(network, await network.outputs());
  const twins = {
    sgd: await Twins.create(backend, "sgd"),
    gsgd: await Twins.create(backend, "gsgd"),
  };
  const training = new Training(panel, twins);
  panel.onChange = () => void training.start();
  button.addEventListener("click", () => void training.train());
  await panel.draw();
  await training.start();
  button.disabled = false;
  await open(panel);
  await panel.draw();
  document.body.dataset.state ??= "ready";
}

/**
 * Moves the slider once, to show what it does, unless someone else does something first.
 * @param {RescalePanel} panel
 */
async function open(panel) {
  let isUntouched = true;
  for (const event of ["pointerdown", "keydown"]) {
    document.addEventListener(event, () => isUntouched = false, { once: true });
  }
  const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const begin = performance.now();
  for (let share = isStill ? 1 : 0; isUntouched; await nextFrame()) {
    panel.setExponent(FIRST_EXPONENT * share * share * (3 - 2 * share));
    if (share === 1) break;
    share = Math.min(1, (performance.now() - begin) / OPENING_MS);
  }
}

/** The lower half of the page: training of the twins that the upper half shows. */
class Training {
  /**
   * @param {RescalePanel} panel
   * @param {{ sgd: Twins, gsgd: Twins }} twins
   */
  constructor(panel, twins) {
    this.#panel = panel;
    this.#twins = twins;
    this.#view = new TwinsPanel(STEPS, panel.range);
  }

  #panel;
  #twins;
  #view;
  /** Each start has a number. What belongs to another than the newest ends. */
  #newest = 0;
  /** The networks do one thing at a time. */
  #turn = Promise.resolve();

  /** Sets the twins back, which ends their training, and shows them. */
  async start() {
    const own = ++this.#newest;
    message.textContent = "";
    const states = await this.#inTurn(own, async () => {
      const weights = /** @type {const} */ ([this.#panel.initial, this.#panel.weights]);
      const { sgd, gsgd } = this.#twins;
      return { sgd: await sgd.start(weights), gsgd: await gsgd.start(weights) };
    });
    if (states === undefined) return undefined;
    this.#view.draw(states);
    return { own, states };
  }

  /** Trains the twins from the start, a few steps per frame. */
  async train() {
    const c = this.#panel.factor;
    const started = await this.start();
    if (!started) return;
    let { states } = started;
    const first = states.sgd.difference;
    message.textContent = "Training four networks…";
    document.body.dataset.state = "training";
    while (states.sgd.step < STEPS) {
      await nextFrame();
      const next = await this.#inTurn(started.own, async () => ({
        sgd: await this.#twins.sgd.train(STEPS_PER_FRAME),
        gsgd: await this.#twins.gsgd.train(STEPS_PER_FRAME),
      }));
      if (!next) return;
      states = next;
      this.#view.draw(states);
    }
    const [sgd, gsgd] = [states.sgd.difference, states.gsgd.difference];
    message.textContent = verdict({ c, steps: STEPS, start: first, sgd, gsgd });
    document.body.dataset.state = "trained";
  }

  /**
   * Calls a function after the ones before have ended. Resolves to nothing if the twins have been
   * set back meanwhile.
   * @template T
   * @param {number} own
   * @param {() => Promise<T>} act
   * @returns {Promise<T | undefined>}
   */
  async #inTurn(own, act) {
    const result = this.#turn.then(() => own === this.#newest ? act() : undefined);
    this.#turn = result.then(() => {});
    const value = await result;
    return own === this.#newest ? value : undefined;
  }
}

void main();
