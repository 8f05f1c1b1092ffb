import { type Html, markup } from "../../figures/mod.ts";
import type { Page } from "../page/shell.ts";
import { type ArmName, armNames } from "./messages.ts";
import { BATCH_SIZE, LAYERS, LEARNING_RATE, PROBE, SEED } from "./settings.ts";

/** The page that trains on shipped data. */
export const trainPage: Page = {
  path: "train.html",
  title: "Train in this tab",
  kind: "wide",
  scripts: ["fashion-mnist-7x7.js", "train-worker.js", "train.js"],
  content: markup`<p class="lead">The ReLU network of <code>deno task train</code>, ${
    LAYERS.join("-")
  }, learns to tell clothes apart: Fashion-MNIST, 60,000 pictures of 7×7 pixels. The work is done in a
worker of this page. <b>sgd-skeleton</b> is SGD from the initial weights of G-SGD, which separates the
effect of the optimizer from that of its start.</p>
<div class="controls">
<button id="start" class="primary">Start training</button>
<fieldset class="choices"><legend>Optimizers</legend>${armNames.map(box)}</fieldset>
<fieldset class="choices"><legend>Device</legend>
<label><input type="radio" name="device" id="cpu" checked>CPU</label>
<label><input type="radio" name="device" id="gpu">GPU (WebGPU)</label><span id="no-gpu" class="soft" hidden>not in this browser</span></fieldset>
<label>Epochs <select id="epochs"><option>1</option><option selected>3</option><option>10</option></select></label>
</div>
<p id="status" role="status" class="soft">Nothing is sent anywhere.</p>
<div class="trio">
<figure class="panel-card"><figcaption>Training loss</figcaption><div id="loss"></div></figure>
<figure class="panel-card"><figcaption>Test error (%)</figcaption><div id="error"></div></figure>
<div class="panel-card"><table id="newest"><caption>Newest values</caption>
<thead><tr><th class="text">optimizer</th><th>epoch</th><th>loss</th><th>error</th></tr></thead>
<tbody>${armNames.map(row)}</tbody></table></div>
</div>
<div id="findings" role="status"></div>
<noscript><p>This page computes everything in your browser, so it needs JavaScript.</p></noscript>
<p class="soft">Batches of ${BATCH_SIZE}, learning rate ${LEARNING_RATE}, no biases, seed ${SEED}. The
training loss is that of the first ${PROBE.toLocaleString("en")} training pictures. One seed
is an example, not evidence: <code>deno task reproduce</code> runs several.</p>`,
};

function box(arm: ArmName): Html {
  return markup`<label><input type="checkbox" id="arm-${arm}" checked${
    arm === "sgd-skeleton" ? markup` disabled` : null
  }>${swatch(arm)}${arm}</label>`;
}

function row(arm: ArmName): Html {
  return markup`<tr data-arm="${arm}"><th class="text" scope="row">${
    swatch(arm)
  }${arm}</th><td>–</td><td>–</td><td>–</td></tr>`;
}

function swatch(arm: ArmName): Html {
  return markup`<svg class="line" viewBox="0 0 28 12" aria-hidden="true"><path class="curve ${arm}" d="M0 6H28"/></svg>`;
}
