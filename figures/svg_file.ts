import { type Drawing, PANEL_WIDTH, textWidth } from "./canvas.ts";
import { drawPanels, type LegendEntry, legendOf } from "./draw.ts";
import type { Figure } from "./figure.ts";
import { type Html, markup, trusted } from "./html.ts";
import { legendSample, SAMPLE } from "./legend_sample.ts";
import { type SeriesStyles, stylesOf } from "./series_style.ts";
import { fileStyle } from "./style.ts";

const MARGIN = 16;
const GAP = 20;
/** Height of the title of a panel, if it has one line. */
const TITLE = 24;
/** Height of each further line. */
const LINE = 17;

/** A block of a drawing, with its size. */
interface Block {
  readonly content: Html;
  readonly height: number;
}

/** Renders a figure as one SVG file with title and legend, for light and dark pages and print. */
export async function figureFile(
  figure: Figure,
  styles: SeriesStyles = stylesOf([], [figure]),
): Promise<string> {
  const drawings = await drawPanels(figure, styles);
  const columns = Math.max(1, Math.min(figure.columns, drawings.length));
  const inner = columns * PANEL_WIDTH + (columns - 1) * GAP;
  const blocks = [
    titleBlock(figure.title, inner),
    legendBlock(legendOf(figure), styles, inner),
    panelsBlock(figure, drawings, columns),
  ];
  const { placed, height } = stack(blocks);
  const [width, total] = [inner + 2 * MARGIN, height + 2 * MARGIN];
  const drawing = markup`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${total}"
  width="${width}" height="${total}" font-family="system-ui, sans-serif" font-size="12"
  fill="currentColor" class="drawing" role="img" aria-labelledby="title desc">
<title id="title">${figure.title}</title>
<desc id="desc">${figure.caption}</desc>
<style>${trusted(fileStyle)}</style>
<rect class="paper" x="0.5" y="0.5" width="${width - 1}" height="${total - 1}" rx="10"
  fill="#ffffff" stroke="#dfe0da"/>
<g transform="translate(${MARGIN},${MARGIN})">
${placed}</g>
</svg>
`;
  return drawing.text;
}

function stack(blocks: readonly Block[]): { placed: readonly Html[]; height: number } {
  const placed: Html[] = [];
  let height = 0;
  for (const block of blocks) {
    placed.push(markup`<g transform="translate(0,${height})">${block.content}</g>
`);
    height += block.height;
  }
  return { placed, height };
}

function titleBlock(title: string, width: number): Block {
  const lines = wrap(title, width, 15);
  const texts = lines.map((line, i) =>
    markup`<text y="${14 + 19 * i}" font-size="15" font-weight="600">${line}</text>`
  );
  return { content: markup`${texts}`, height: 19 * lines.length + 10 };
}

/** Breaks text into lines that fit a width. */
function wrap(text: string, width: number, size: number): readonly string[] {
  const lines = [""];
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1)!;
    const longer = line === "" ? word : `${line} ${word}`;
    if (line === "" || textWidth(longer, size) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

function legendBlock(
  entries: readonly LegendEntry[],
  styles: SeriesStyles,
  width: number,
): Block {
  if (entries.length === 0) return { content: markup``, height: 0 };
  let [x, y] = [0, 0];
  const items = entries.map((entry) => {
    const size = SAMPLE.width + 8 + textWidth(entry.label) + 22;
    if (x > 0 && x + size > width) [x, y] = [0, y + 20];
    const item = markup`<g transform="translate(${x.toFixed(1)},${y})">${
      legendSample(entry, styles)
    }<text x="${SAMPLE.width + 8}" y="10">${entry.label}</text></g>
`;
    x += size;
    return item;
  });
  return { content: markup`${items}`, height: y + 34 };
}

function panelsBlock(
  { panels }: Figure,
  drawings: readonly Drawing[],
  columns: number,
): Block {
  const parts: Html[] = [];
  let height = 0;
  for (let first = 0; first < drawings.length; first += columns) {
    const row = drawings.slice(first, first + columns);
    const titles = panels.slice(first, first + columns).map(({ title }) =>
      wrap(title, PANEL_WIDTH, 13)
    );
    // the axes of a row begin at one height
    const above = TITLE + LINE * (Math.max(...titles.map(({ length }) => length)) - 1);
    row.forEach((drawing, i) => {
      const left = i * (PANEL_WIDTH + GAP);
      const lines = titles[i]!.map((line, k) =>
        markup`<text y="${12 + LINE * k}" font-size="13" font-weight="600">${line}</text>`
      );
      parts.push(markup`<g transform="translate(${left},${height})">
${lines}
<g transform="translate(0,${above})">${trusted(drawing.svg)}</g>
</g>
`);
    });
    height += Math.max(...row.map((drawing) => drawing.height)) + above + GAP;
  }
  return { content: markup`${parts}`, height: Math.max(0, height - GAP) };
}
