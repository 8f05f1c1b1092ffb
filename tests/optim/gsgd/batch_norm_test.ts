import { assert, assertEquals } from "@std/assert";
import type { Tensor } from "../../../autograd/mod.ts";
import { gsgd, planGsgd, type SkeletonOptions } from "../../../optim/gsgd/mod.ts";
import { sgd } from "../../../optim/mod.ts";
import { type ChainLayer, chainStep, type NormUse } from "./batch_norm_formulas.ts";
import { imageNetwork } from "./convolution_graphs.ts";
import type { NetworkBuilder } from "./network.ts";
import { relativeDifference, TrainingRun } from "./training_run.ts";

const learningRate = 0.01;
/** Growing, shrinking and equal widths. */
const widths = [2, 3, 5, 4, 4, 3];
const kernels = [3, 2, 1, 3];
const last = widths.length - 1;

const chain = imageNetwork([2, 4], (x: Tensor, net: NetworkBuilder) => {
  const features = kernels.reduce((value, kernel, i) => {
    const name = `W${i + 1}`;
    const convolved = net.conv(value, widths[i + 1]!, name, { kernel, padding: "same" });
    return net.batchNorm(convolved, `B${i + 1}`).relu();
  }, x);
  return net.linear(features.mean([2, 3]), widths[last]!, `W${last}`, { bias: true });
}, { transform: sgd({ learningRate }), seed: 3 });

function layersOf(run: TrainingRun): ChainLayer[] {
  const [weights, gradients] = [run.weights(), run.gradients()];
  return widths.slice(1).map((heads, l): ChainLayer => {
    const kernel = kernels[l] ?? 1;
    const name = `W${l + 1}.weight`;
    return {
      heads,
      tails: widths[l]!,
      parallels: kernel * kernel,
      centre: Math.floor(kernel / 2) * (kernel + 1),
      isNormalized: l < kernels.length,
      weight: weights[name]!,
      gradient: gradients[name]!,
    };
  });
}

/** How far a step of the pass is from the formulas, relative to the largest weights. */
function distance(options: SkeletonOptions, use: NormUse): number {
  const run = new TrainingRun(chain, gsgd(options)(chain.graph));
  let worst = 0;
  for (let step = 0; step < 3; step++) {
    const expected = chainStep(layersOf(run), learningRate, use);
    const named = Object.fromEntries(expected.map((data, l) => [`W${l + 1}.weight`, data]));
    worst = Math.max(worst, relativeDifference(run.steps(1).weights(), named));
  }
  return worst;
}

Deno.test("in the mode paper a step is what Eq. 30 says, with norms also inside Phi", () => {
  assert(distance({}, "everywhere") < 1e-9);
  assert(distance({ bn: "paper" }, "everywhere") < 1e-9);
  assert(distance({ bn: "paper" }, "not in Phi") > 1e-6);
});

Deno.test("in the mode none gradients are not rescaled", () => {
  assert(distance({ bn: "none" }, "nowhere") < 1e-9);
  assert(distance({ bn: "none" }, "everywhere") > 1e-6);
});

Deno.test("scales and shifts of batch normalisation move as with SGD where scales pass", () => {
  const isPlain = (name: string) => name.startsWith("B") || name === `W${last}.bias`;
  const [after, expected] = [gsgd()(chain.graph), chain.graph].map((graph) =>
    Object.entries(new TrainingRun(chain, graph).steps(1).weights()).filter(([name]) =>
      isPlain(name)
    )
  );
  assertEquals(after!.length, 9);
  assertEquals(after, expected);
});

Deno.test("m counts no parameters of batch normalisation that stay outside", () => {
  const edges = widths.slice(1).reduce(
    (sum, heads, l) => sum + heads * widths[l]! * (kernels[l] ?? 1) ** 2,
    widths[last]!,
  );
  assertEquals(planGsgd(chain.graph).report.edges, edges);
});

Deno.test("in the mode affine each γ is an in-edge, as the formulas of gsgd.md §6 say", () => {
  const run = new TrainingRun(chain, gsgd({ bn: "affine" })(chain.graph));
  const [weights, slopes] = [run.weights(), run.gradients()];
  const expected: Record<string, Float64Array> = {};
  widths.slice(1, -1).forEach((channels, l) => {
    const heads = widths[l + 2]!;
    const kernel = kernels[l + 1] ?? 1;
    const [count, centre] = [kernel * kernel, Math.floor(kernel / 2) * (kernel + 1)];
    const [scale, shift, name] = [`B${l + 1}.weight`, `B${l + 1}.bias`, `W${l + 2}.weight`];
    const [w, dw] = [weights[name]!, slopes[name]!];
    expected[scale] = weights[scale]!.slice();
    expected[shift] = weights[shift]!.slice();
    expected[name] = w.slice();
    for (let i = 0; i < channels; i++) {
      const at = (k: number, p: number) => (k * channels + i) * count + p;
      const free = at(i % heads, centre);
      const q = w[free]!;
      const gamma = weights[scale]![i]!;
      let phi = 0;
      for (let k = 0; k < heads; k++) {
        for (let p = 0; p < count; p++) {
          if (at(k, p) !== free) phi += w[at(k, p)]! * dw[at(k, p)]!;
        }
      }
      const next = gamma - learningRate * (slopes[scale]![i]! - phi / gamma) / q ** 2;
      expected[scale]![i] = next;
      expected[shift]![i] = weights[shift]![i]! - learningRate * slopes[shift]![i]! / q ** 2;
      for (let k = 0; k < heads; k++) {
        for (let p = 0; p < count; p++) {
          const e = at(k, p);
          if (e === free) continue;
          expected[name]![e] = (w[e]! * gamma - learningRate * dw[e]! / gamma) / next;
        }
      }
    }
  });
  assertEquals(Object.keys(expected).length, 12);
  assert(relativeDifference(run.steps(1).weights(), expected) < 1e-9);
});
