import { type Html, markup } from "../../figures/mod.ts";
import type { Page } from "../page/shell.ts";
import { HIDDEN, samples } from "./network.ts";

/** The page that shows what G-space is. */
export const gspacePage: Page = {
  path: "gspace.html",
  title: "One function, many weights",
  kind: "wide",
  scripts: ["gspace.js"],
  content:
    markup`<p class="lead"><b>G-SGD is gradient descent on products of weights along paths, instead of on
the weights.</b> Multiply the weights into a ReLU unit by c and divide those out of it by c: the weights
move, the function and the products stand still. So SGD treats the two copies differently, and G-SGD does not.</p>
<section class="stage" aria-label="Rescale a unit">
${controls()}
<div class="trio">
<figure class="panel-card"><figcaption>The weights move</figcaption>
<div id="network"></div>
<p class="key"><span class="tag free">skeleton, fixed</span><span class="tag trained">skeleton, trained</span><span class="tag plain">other</span></p></figure>
<figure class="panel-card still"><figcaption>The function f(x) stands still</figcaption>
<div id="function"></div>
<p class="key">Change of f: <b id="function-change"></b></p></figure>
<figure class="panel-card"><figcaption>Products along basis paths stand still</figcaption>
<div id="weights" class="bars"></div><p class="key">Weights; outlines: c = 1. Largest change: <b id="weights-change"></b></p>
<div id="paths" class="bars"></div><p class="key"><span id="path"></span> Change: <b id="paths-change"></b></p></figure>
</div>
</section>
<section class="stage" aria-label="Train both twins">
<div class="controls"><button id="train" class="primary" disabled>Train both twins</button>
<p id="message" role="status"></p>
<p class="soft hint">Both start as the function above, one with c = 1 and one with your c.</p></div>
<div class="trio">
${twins("sgd", "SGD")}
${twins("gsgd", "G-SGD")}
<figure class="panel-card"><figcaption>Difference of the twins (log scale)</figcaption>
<div id="differences"></div>
<p class="key"><span class="swatch sgd"></span>SGD <b id="difference-sgd"></b>
<span class="swatch gsgd"></span>G-SGD <b id="difference-gsgd"></b></p></figure>
</div>
</section>
<noscript><p>This page computes everything in your browser, so it needs JavaScript.</p></noscript>
<p class="soft">Computed in this page by the library: gradient descent on ${samples.length} points.
Differences are the largest in the range of x. Go deeper: <a href="docs/g-space.html">how it works</a>,
<a href="docs/graph-pass.html">the code</a>, <a href="results/index.html">does it help?</a></p>`,
};

/** The choice of a unit, and the slider. */
function controls(): Html {
  const units = Array.from(
    { length: HIDDEN },
    (_, i) =>
      markup`<label><input type="radio" name="unit" value="${i}"${
        i === 0 ? markup` checked` : null
      }><span>h${["₁", "₂", "₃"][i] ?? ""}</span></label>`,
  );
  return markup`<div class="controls">
<fieldset class="segments"><legend>Unit</legend>${units}</fieldset>
<label class="slider" for="factor">c = <output id="factor-text" for="factor" aria-live="off">1</output></label>
<input id="factor" type="range" min="-2" max="2" step="0.05" value="0" list="powers" autocomplete="off">
<datalist id="powers"><option value="-2"></option><option value="-1"></option><option value="0"></option><option value="1"></option><option value="2"></option></datalist>
<span class="soft range">¼ to 4</span>
</div>`;
}

function twins(id: string, name: string): Html {
  return markup`<figure class="panel-card"><figcaption>Twins trained with ${name}</figcaption>
<div id="twins-${id}"></div>
<p class="key"><span class="swatch ${id}"></span>c = 1
<span class="swatch twin-b"></span>rescaled by c
<span class="swatch data"></span>data</p></figure>`;
}
