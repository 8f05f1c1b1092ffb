import { assert, assertEquals } from "@std/assert";
import { type InkColor, inkColors, stylesOf } from "../../figures/mod.ts";
import { dashOf, styleOf } from "../../figures/series_style.ts";

type Rgb = readonly [number, number, number];

/** Linear RGB as seen with a color vision deficiency [Machado 2009, table 1]. */
const sights: Readonly<Record<string, readonly Rgb[]>> = {
  normal: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

const dot = (a: Rgb, b: Rgb) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

function apply([a, b, c]: readonly Rgb[], color: Rgb): Rgb {
  return [dot(a!, color), dot(b!, color), dot(c!, color)];
}

function linearRgb(hex: string): Rgb {
  const channel = (at: number) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

/** OKLab, in which distances are about proportional to perceived differences. */
function okLab(color: Rgb): Rgb {
  const [l, m, s] = apply([
    [0.4122214708, 0.5363325363, 0.0514459929],
    [0.2119034982, 0.6806995451, 0.1073969566],
    [0.0883024619, 0.2817188376, 0.6299787005],
  ], color).map((value) => Math.cbrt(Math.max(0, value)));
  return apply([
    [0.2104542553, 0.793617785, -0.0040720468],
    [1.9779984951, -2.428592205, 0.4505937099],
    [0.0259040371, 0.7827717662, -0.808675766],
  ], [l!, m!, s!]);
}

function distance(a: string, b: string, sight: readonly Rgb[]): number {
  const visible = (value: number) => Math.min(1, Math.max(0, value));
  const seen = (hex: string) => {
    const [red, green, blue] = apply(sight, linearRgb(hex));
    return okLab([visible(red), visible(green), visible(blue)]);
  };
  const [p, q] = [seen(a), seen(b)];
  return Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
}

function contrast(a: string, b: string): number {
  const luminance = (hex: string) => dot([0.2126, 0.7152, 0.0722], linearRgb(hex));
  const [low, high] = [luminance(a), luminance(b)].toSorted((x, y) => x - y);
  return (high! + 0.05) / (low! + 0.05);
}

for (const scheme of ["light", "dark"] as const satisfies readonly (keyof InkColor)[]) {
  for (const [name, sight] of Object.entries(sights)) {
    Deno.test(`colors on ${scheme} paper are distinguishable with ${name}`, () => {
      inkColors.forEach((a, i) =>
        inkColors.slice(0, i).forEach((b, j) => {
          // the first four are those of the optimizers that are compared most
          const least = i < 4 ? 0.07 : 0.05;
          const found = distance(a[scheme], b[scheme], sight);
          assert(found >= least, `colors ${j + 1} and ${i + 1}: ${found}`);
        })
      );
    });
  }

  Deno.test(`colors have enough contrast with ${scheme} paper`, () => {
    const paper = scheme === "light" ? "#ffffff" : "#1d2025";
    for (const ink of inkColors) assert(contrast(ink[scheme], paper) >= 3, ink[scheme]);
  });
}

Deno.test("optimizers have the same style in every figure", () => {
  const alone = stylesOf(["gsgd"]).get("gsgd");
  assertEquals(stylesOf(["sgd", "x", "adam", "gsgd"]).get("gsgd"), alone);
});

Deno.test("other names get unused styles", () => {
  const names = ["sgd", "gsgd", ...Array.from({ length: 12 }, (_, i) => `arm ${i}`)];
  const styles = [...stylesOf(names).values()].map(({ color, dashed }) => `${color} ${dashed}`);
  assertEquals(new Set(styles).size, names.length);
});

Deno.test("no two curves look the same: relatives share a color, and variants add dashes", () => {
  const arms = ["sgd", "sgd-skeleton", "frozen-skeleton", "gsgd", "path-sgd", "path-sgd-skeleton"];
  const styles = stylesOf(arms);
  const looks = arms.flatMap((arm) =>
    [0, 1, 2, 3].map((variant) => {
      const style = styleOf(styles, arm);
      return `${style.color} ${style.symbol} ${dashOf(style, { variant })}`;
    })
  );
  assertEquals(new Set(looks).size, looks.length);
});
