import type { NetworkLook } from "./figure.ts";

/** How a line is drawn. */
interface LineLook {
  /** Class of its color, or none for the color of text. */
  readonly color: string;
  readonly width: number;
  readonly opacity: number;
  readonly dashes: string;
}

/** How links are drawn: two kinds that stand out, and one in the background. */
export const looks: Readonly<Record<NetworkLook, LineLook>> = {
  strong: { color: "c2", width: 2.6, opacity: 1, dashes: "none" },
  dashed: { color: "c2", width: 1.4, opacity: 1, dashes: "4 3" },
  faint: { color: "", width: 0.8, opacity: 0.35, dashes: "none" },
};
