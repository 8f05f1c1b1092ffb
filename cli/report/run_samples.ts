import { type Html, markup } from "../../figures/mod.ts";
import type { Samples } from "../results/samples.ts";
import type { RunData } from "./run_data.ts";

/** Images of your own data: the first of each class, and those that were classified wrongly. */
export function samplesOf({ samples }: RunData): Html | null {
  const [any] = samples.values();
  if (any === undefined) return null;
  const mistakes = [...samples].map(([arm, { split, wrong, mistakes }]) =>
    wrong === null
      ? null
      : markup`<h3>${arm}: ${String(wrong)} ${split} images classified wrongly</h3>
${
        mistakes.length === 0
          ? null
          : sheet(mistakes, ({ label, predicted = "" }) => `${label}, predicted ${predicted}`)
      }`
  );
  return markup`<h2>Images</h2>
<h3>The first training images of each class</h3>
${sheet(any.first, ({ label }) => label)}
${mistakes}`;
}

type Sample = Samples["first"][number];

function sheet(samples: readonly Sample[], captionOf: (sample: Sample) => string): Html {
  const figures = samples.map((sample) =>
    markup`<figure style="margin:0;width:88px"><img src="data:image/png;base64,${sample.png}" \
alt="${captionOf(sample)}: ${sample.name}" title="${sample.name}" \
style="width:64px;height:64px;object-fit:contain;image-rendering:pixelated">\
<figcaption style="font-size:12px;overflow-wrap:anywhere">${
      captionOf(sample)
    }</figcaption></figure>\n`
  );
  return markup`<div class="card" style="display:flex;flex-wrap:wrap;gap:8px">${figures}</div>`;
}
