import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { figureFile, type LinePanel, type Panel } from "../../figures/mod.ts";
import {
  all,
  curves,
  figureOf,
  hostile,
  network,
  parsed,
  pathsOf,
  texts,
} from "./sample_figures.ts";

Deno.test("an SVG file has a curve and a band for each series, and all texts", async () => {
  const svg = parsed(await figureFile(figureOf(curves)));
  assertEquals(pathsOf(svg, ".curve").length, 3);
  assertEquals(all(svg, ".band").length, 3);
  for (const text of ["A sample", "Loss", "epoch", "training loss (nats)", "sgd", "gsgd"]) {
    assert(texts(svg).includes(text), `${text} is missing in ${texts(svg)}`);
  }
  assertEquals(all(svg, "svg > title").map(({ textContent }) => textContent), ["A sample", "Loss"]);
});

Deno.test("points are drawn where the axes say", async () => {
  const panel: LinePanel = {
    ...curves,
    y: { label: "y", unit: "", scale: "log" },
    curves: [{ label: "a", arm: "a", variant: 0, points: [1, 10, 100].map((y, x) => ({ x, y })) }],
  };
  const svg = parsed(await figureFile(figureOf(panel)));
  const [path] = pathsOf(svg, ".curve");
  const [first, middle, last] = path!;
  assertAlmostEquals(middle![0]!, (first![0]! + last![0]!) / 2, 0.01);
  // on a logarithmic axis equal factors are equal distances
  assertAlmostEquals(middle![1]!, (first![1]! + last![1]!) / 2, 0.01);
  assert(first![1]! > last![1]!, "larger values must be higher up");
  for (const label of ["1", "10", "100"]) assert(texts(svg).includes(label), label);
});

Deno.test("a logarithmic axis with few values has ticks at these values", async () => {
  const x = { label: "h", unit: "", scale: "log" } as const;
  const points = [8, 16, 32, 64].map((h) => ({ x: h, y: 1 / h }));
  const panel = { ...curves, x, curves: [{ label: "a", arm: "a", variant: 0, points }] };
  const shown = texts(parsed(await figureFile(figureOf(panel))));
  for (const h of ["8", "16", "32", "64"]) assert(shown.includes(h), `${h} is missing`);
});

Deno.test("an arm has one color in all panels, and variants have dashes", async () => {
  const svg = parsed(await figureFile(figureOf(curves, { ...curves, title: "Again" })));
  const groups = all(svg, ".curve");
  const colors = groups.map((group) => / c\d/.exec(group.getAttribute("class") ?? "")?.[0]);
  assertEquals(colors.slice(0, 3), colors.slice(3));
  assertEquals(new Set(colors).size, 2);
  assertEquals(groups.map((group) => group.getAttribute("stroke-dasharray")).slice(0, 3), [
    null,
    null,
    "2 3",
  ]);
});

Deno.test("points that are not finite, or not positive on a logarithmic axis, are omitted", async () => {
  const points = [[1, NaN], [2, Infinity], [3, -1], [4, 0], [5, 2], [6, 3]] as const;
  const panel: LinePanel = {
    ...curves,
    y: { label: "y", unit: "", scale: "log" },
    curves: [{ label: "a", arm: "a", variant: 0, points: points.map(([x, y]) => ({ x, y })) }],
  };
  const [path] = pathsOf(parsed(await figureFile(figureOf(panel))), ".curve");
  assertEquals(path!.length, 2);
});

Deno.test("panels without values are drawn as empty axes", async () => {
  const empty: readonly Panel[] = [
    { ...curves, curves: [] },
    { ...curves, curves: [{ label: "a", arm: "a", variant: 0, points: [] }] },
    { kind: "bars", title: "b", value: curves.y, bars: [] },
    { kind: "histogram", title: "h", x: curves.x, counted: "n", series: [] },
    { kind: "matrix", title: "m", classes: ["a"], counts: [[0]] },
    { kind: "network", title: "n", layers: [] },
  ];
  const svg = await figureFile(figureOf(...empty));
  assertEquals(all(parsed(svg), "svg svg").length, 6);
  assertEquals(/NaN|Infinity|undefined/.exec(svg), null);
});

Deno.test("hostile names are escaped, and the file is valid XML", async () => {
  const bar = { group: hostile, label: hostile, arm: hostile, value: 1 };
  const axis = { label: hostile, unit: hostile, scale: "linear" } as const;
  const figure = {
    ...figureOf(
      {
        title: hostile,
        x: axis,
        y: axis,
        curves: [{ label: hostile, arm: hostile, variant: 0, points: [{ x: 1, y: 2 }] }],
      },
      { kind: "bars", title: hostile, value: axis, bars: [bar] },
      { kind: "matrix", title: hostile, classes: [hostile, "b"], counts: [[1, 2], [3, 4]] },
      {
        ...network,
        title: hostile,
        layers: network.layers.map((layer) => ({
          ...layer,
          label: hostile,
          links: layer.links.map((links) => ({ ...links, label: hostile })),
        })),
      },
    ),
    name: hostile,
    title: hostile,
    caption: hostile,
  };
  const svg = await figureFile(figure);
  assertEquals(all(parsed(svg), "script").length, 0);
  assertStringIncludes(svg, "&lt;script&gt;");
  // without tags, no markup can start, and no entity is incomplete
  const outside = svg.replace(/<style>[\s\S]*?<\/style>/, "").replace(/<[^<>]*>/g, "");
  assertEquals(/[<>]|&(?!(?:amp|lt|gt|quot|#39);)/.exec(outside), null);
  // deno-lint-ignore no-control-regex -- XML has no place for these
  assertEquals(/[\0-\x08]/.exec(svg), null);
  assert(svg.isWellFormed());
});

Deno.test("an SVG file is readable on light and dark pages and needs no network", async () => {
  const svg = await figureFile(figureOf(curves));
  assertStringIncludes(svg, "prefers-color-scheme:dark");
  assertStringIncludes(svg, 'class="paper"');
  const addresses = [...svg.matchAll(/\w+:\/\/[^"\s]+/g)].map(([address]) => address);
  assertEquals(new Set(addresses), new Set(["http://www.w3.org/2000/svg"]));
});

Deno.test("bars have values and error bars", async () => {
  const bars = [
    { group: "MLP", label: "sgd", arm: "sgd", value: 12345, low: 12000, high: 13000 },
    { group: "MLP", label: "gsgd", arm: "gsgd", value: 11000 },
  ];
  const value = { label: "throughput", unit: "images/s", scale: "linear" } as const;
  const svg = parsed(await figureFile(figureOf({ kind: "bars", title: "b", value, bars })));
  const shown = texts(svg);
  for (const text of ["MLP", "sgd", "gsgd", "12,350", "11,000", "throughput (images/s)"]) {
    assert(shown.includes(text), `${text} is missing in ${shown}`);
  }
  const [longer, shorter] = all(svg, ".series rect").map((rect) =>
    Number(rect.getAttribute("width"))
  );
  assertAlmostEquals(longer! / shorter!, 12345 / 11000, 0.01);
});

Deno.test("a confusion matrix has one cell for each pair of classes", async () => {
  const counts = [[9, 1, 0], [0, 5, 5], [2, 0, 8]];
  const panel: Panel = { kind: "matrix", title: "m", classes: ["x", "y", "z"], counts };
  const svg = parsed(await figureFile(figureOf(panel)));
  assertEquals(all(svg, "rect.c1, .c1 rect").length, 3);
  assertEquals(all(svg, "rect.c2, .c2 rect").length, 6);
  assertEquals(texts(svg).filter((text) => /^\d+$/.test(text)).toSorted(), [
    "1",
    "2",
    "5",
    "5",
    "8",
    "9",
  ]);
});

Deno.test("a network has each unit once, links that end at units, and the numbers of units", async () => {
  const svg = parsed(await figureFile(figureOf(network)));
  const dots = all(svg, "circle").map((dot) => ["cx", "cy"].map((name) => dot.getAttribute(name)));
  assertEquals(dots.length, 2 + 3 + 1);
  const shown = texts(svg);
  for (const text of ["first", "second", "2", "20", "1", "⋮"]) assert(shown.includes(text), text);
  const spots = new Set(dots.map((dot) => dot.join()));
  const ends = (key: number) =>
    all(svg, `.k${key} path`).map((path) =>
      (path.getAttribute("d") ?? "").split(/[ML]/).filter((part) => part !== "")
    );
  // the legend: dashed, strong, faint
  assertEquals([0, 1, 2].map((key) => ends(key).length), [2, 2, 3]);
  const loose = [0, 1, 2].flatMap((key) => ends(key).flat()).filter((end) => !spots.has(end));
  assertEquals(loose.length, 1, "only the link to the units that are not drawn");
  assertEquals(all(svg, ".open circle").length, 3);
});

Deno.test("long names of layers are shortened at their start, and those that fit are not", async () => {
  const long = "encoder.layers.11.feedForward.linear1";
  const layers = network.layers.map((layer, i) => ({ ...layer, label: i === 0 ? long : "short" }));
  const four = { ...network, layers: [...layers, ...layers] };
  const shown = texts(parsed(await figureFile(figureOf(four))));
  assertEquals(shown.filter((text) => text === "short").length, 2);
  const [name] = shown.filter((text) => text.startsWith("…"));
  assert(name !== undefined && long.endsWith(name.slice(1)) && name.length < long.length, name);
  assert(texts(parsed(await figureFile(figureOf({ ...network, layers })))).includes(long));
});

Deno.test("counts of a confusion matrix are as large as other text, or fit into their cells", async () => {
  const sizeOf = async (count: number) => {
    const classes = Array.from({ length: 10 }, (_, i) => `${i}`);
    const counts = classes.map((_, i) => classes.map((_, k) => i === k ? count : 1));
    const svg = parsed(await figureFile(figureOf({ kind: "matrix", title: "m", classes, counts })));
    const marks = all(svg, "g").filter((mark) => mark.getAttribute("aria-label") === "text");
    const mark = marks.find((one) => [...texts(one)].includes(String(count)))!;
    const cell = Number(all(svg, "g rect").at(-1)!.getAttribute("width"));
    return { size: Number(mark.getAttribute("font-size")), cell };
  };
  assertEquals((await sizeOf(999)).size, 12);
  const { size, cell } = await sizeOf(1_234_567);
  assert(cell > 20 && size < 12 && 0.58 * 7 * size <= cell, `${size} in ${cell}`);
});

Deno.test("long titles of panels have several lines, and the panels beside them begin at one height", async () => {
  const title = "ResNet-20, 8 to 32 channels: train loss, from epoch 0.941";
  const svg = parsed(await figureFile(figureOf({ ...curves, title }, { ...curves, title: "b" })));
  const lines = all(svg, 'text[font-weight="600"]').map(({ textContent }) => textContent ?? "");
  assertEquals(lines.slice(1), [
    "ResNet-20, 8 to 32 channels: train loss, from",
    "epoch 0.941",
    "b",
  ]);
  const places = all(svg, "g").map((group) => group.getAttribute("transform"));
  assertEquals(places.filter((place) => place === "translate(0,41)").length, 2);
});

Deno.test("up to two histograms are filled, and more of them are outlines", async () => {
  const bins = [{ low: 0, high: 1, count: 2 }, { low: 1, high: 2, count: 5 }];
  const drawn = async (...labels: readonly string[]) => {
    const series = labels.map((label) => ({ label, arm: label, bins }));
    const panel = { kind: "histogram", title: "h", x: curves.x, counted: "n", series } as const;
    const svg = parsed(await figureFile(figureOf(panel)));
    return {
      bars: all(svg, ".series rect").length,
      outlines: pathsOf(svg, ".series").map((points) => points.length),
    };
  };
  assertEquals(await drawn("a", "b"), { bars: 4, outlines: [] });
  const { bars, outlines } = await drawn("a", "b", "c");
  assertEquals([bars, outlines.length], [0, 3]);
  assert(outlines.every((count) => count >= 2 * bins.length), outlines.join());
});
