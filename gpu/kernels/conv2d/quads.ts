import type { Conv2dSizes } from "../../../graph/kernel.ts";
import type { Printer } from "../../wgsl/printer.ts";
import type { SlotAccess } from "../../wgsl/slot_access.ts";

/**
 * The aligned quads (groups of four) of image columns that four adjacent pixels of a result row
 * need. Quads are numbered relative to the one that contains the first pixel without padding.
 */
export interface QuadWindow {
  /** The quads, ascending and without gaps. */
  readonly columns: readonly number[];
  /** Distance in quads between these four pixels and the next four. */
  readonly step: number;
  /** The quad and component that each pixel needs for column `v` of the weight. */
  readonly pixels: (v: number) => { readonly quad: number; readonly part: number }[];
}

/** The quads in which a convolution reads its rows. */
export function quadWindow({ stride, padding, dilation, kernelWidth }: Conv2dSizes): QuadWindow {
  const first = -padding[1];
  const last = 3 * stride[1] + (kernelWidth - 1) * dilation[1] - padding[1];
  const [low, high] = [Math.floor(first / 4), Math.floor(last / 4)];
  return {
    columns: Array.from({ length: high - low + 1 }, (_, i) => low + i),
    step: stride[1],
    pixels: (v) =>
      [0, 1, 2, 3].map((pixel) => {
        const column = pixel * stride[1] + v * dilation[1] - padding[1];
        const quad = Math.floor(column / 4);
        return { quad, part: column - 4 * quad };
      }),
  };
}

/**
 * Prints the load of four columns of a row, with zeros outside, and returns the variable's name.
 */
export function loadQuad(
  printer: Printer,
  { access, slot, row, width, quad }: {
    readonly access: SlotAccess;
    readonly slot: number;
    /** Element index of the row's first column. */
    readonly row: string;
    readonly width: number;
    /** The number of the quad, or WGSL that computes it. */
    readonly quad: number | string;
  },
): string {
  const fixed = typeof quad === "number" ? quad : /^\d+i$/.test(quad) ? parseInt(quad) : undefined;
  if (fixed !== undefined && (fixed < 0 || fixed * 4 >= width)) return "vec4f()";
  const name = printer.name("x");
  const at = fixed === undefined ? `${quad}` : `${fixed}i`;
  if (width % 4 === 0) {
    const inside = fixed === undefined ? `${at} >= 0i && ${at} < ${width / 4}i` : "";
    const column = inside === "" ? at : `select(0i, ${at}, ${inside})`;
    const value = access.load(slot, `(${row} + ${column} * 4i) >> 2u`, true);
    const text = inside === "" ? value : `select(vec4f(), ${value}, ${inside})`;
    printer.emit(`let ${name} = ${text};`);
    return name;
  }
  const parts = [0, 1, 2, 3].map((part) => {
    const column = `(${at} * 4i + ${part}i)`;
    if (fixed !== undefined) {
      const isInside = fixed * 4 + part < width;
      return isInside ? access.load(slot, `${row} + ${column}`, false) : "0.0";
    }
    const value = access.load(slot, `${row} + clamp(${column}, 0i, ${width - 1}i)`, false);
    return `select(0.0, ${value}, ${column} >= 0i && ${column} < ${width}i)`;
  });
  printer.emit(`let ${name} = vec4f(${parts.join(", ")});`);
  return name;
}
