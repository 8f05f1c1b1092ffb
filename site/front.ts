import { markup } from "../figures/mod.ts";
import type { Page } from "./page/shell.ts";

/** The first page of the site. */
export const frontPage: Page = {
  path: "index.html",
  title: "Gspace",
  kind: "wide",
  content:
    markup`<p class="lead front">A deep-learning framework for Deno and the browser. It trains
networks on the GPU (WebGPU) or the CPU (WebAssembly), in TypeScript that you can read. Its own subject is
<span class="whole">G-SGD</span>: gradient descent on products of weights along paths, which do not change
when a ReLU unit is rescaled.</p>
<ul class="cards">
<li class="card"><a href="gspace.html">See what <span class="whole">G-SGD</span> is</a><p>Rescale a unit of
a small network, and train two copies of one function.</p></li>
<li class="card"><a href="train.html">Train in this tab</a><p>SGD and <span class="whole">G-SGD</span> on
Fashion-MNIST, with live curves, on your CPU or GPU.</p></li>
<li class="card"><a href="docs/index.html">Read the documentation</a><p>From a first program to the
specification of <span class="whole">G-SGD</span>.</p></li>
</ul>
<div class="halves">
<section><h2>The default run</h2>
<div class="scroll"><img src="docs/default-run.svg" alt="Training loss and test error of sgd, sgd-skeleton, and gsgd over ten epochs"></div>
<p class="soft">One seed. sgd-skeleton is SGD from the initial weights of G-SGD, so
only what is between it and gsgd is due to the optimizer. <a href="results/index.html">All results</a></p></section>
<section><h2>Start</h2>
<p>In a checkout, with Node or Deno:</p>
<div class="card"><pre>npx deno task train  # SGD and G-SGD
npx deno task test   # all tests</pre></div>
<p>In a project with Deno:</p>
<div class="card"><pre>deno add jsr:@gspace/gspace</pre></div>
<p><a href="docs/library.html">Writing programs</a> continues from here.</p></section>
</div>`,
};
