import { type Html, markup } from "../../figures/mod.ts";
import { thousands } from "../format.ts";
import type { Sample, Samples } from "../../metrics/samples.ts";
import type { RunDataset } from "../results/run_summary.ts";
import type { RunData } from "./run_data.ts";

/** What is known of the images of a run. */
interface Found extends Pick<RunData, "samples"> {
  readonly data?: Pick<RunDataset, "classes"> & { readonly sampleShape: readonly number[] };
}

/** Width of an image on the page, in pixels. The pixels of smaller ones are drawn as squares. */
const WIDTH = 64;

/** Images of the data: those that each optimizer classified wrongly, and the first of each class. */
export function samplesOf({ samples, data }: Found): Html | null {
  if (samples === undefined) return null;
  const classes = Map.groupBy(samples.first, ({ label }) => label);
  const [, height = Infinity, width = Infinity] = data?.sampleShape ?? [];
  const look = Math.max(height, width) < WIDTH ? " pixels" : "";
  const isPart = data !== undefined && data.classes > classes.size;
  const which = isPart ? `${classes.size} of ${thousands(data.classes)} classes` : "each class";
  return markup`<h2>Images</h2>
${
    Object.keys(samples.arms).map((arm, index) =>
      mistakesOf(samples, arm, { isOpen: index === 0, look })
    )
  }
<details class="part"><summary>The first training images of ${which}</summary>
<div class="card classes${look}">${
    [...classes].map(([label, row]) =>
      markup`<figure><figcaption>${label}</figcaption>${
        row.map((sample) => pictureOf(sample, label))
      }</figure>\n`
    )
  }</div></details>`;
}

/** How the mistakes of an optimizer are shown. */
interface Look {
  readonly isOpen: boolean;
  /** Class of the images. */
  readonly look: string;
}

function mistakesOf(
  { split, count, arms }: Samples,
  arm: string,
  { isOpen, look }: Look,
): Html {
  const { epoch, wrong, mistakes } = arms[arm]!;
  const when = epoch === undefined ? "" : ` after epoch ${Number(epoch.toFixed(2))}`;
  const of = count === undefined ? "" : ` of ${thousands(count)}`;
  const title = `${arm}: ${thousands(wrong)}${of} ${split} images classified wrongly${when}${
    wrong > mistakes.length ? `, ${mistakes.length} are shown` : ""
  }`;
  if (mistakes.length === 0) return markup`<p>${title}</p>\n`;
  return markup`<details class="part"${isOpen ? markup` open` : null}><summary>${title}</summary>
<div class="card samples${look}">${
    mistakes.map((sample) => {
      const caption = `${sample.label}, predicted ${sample.predicted ?? ""}`;
      return markup`<figure>${pictureOf(sample, caption)}<figcaption>${sample.label}<br>\
<span class="soft">predicted</span> ${sample.predicted ?? ""}</figcaption></figure>\n`;
    })
  }</div></details>\n`;
}

function pictureOf({ name, png }: Sample, caption: string): Html {
  return markup`<img src="data:image/png;base64,${png}" alt="${caption}: ${name}" title="${name}">`;
}
