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

/** The number of a quad as WGSL, and bounds of its values. */
export interface QuadIndex {
  readonly text: string;
  readonly first: number;
  readonly last: number;
}

/** The index of a quad that does not change. */
export function fixedQuad(quad: number): QuadIndex {
  return { text: `${quad}i`, first: quad, last: quad };
}

/** Elements per unit of the indices of rows: 4 if they are loaded as vec4s. */
export function rowUnit(width: number): 1 | 4 {
  return width % 4 === 0 ? 4 : 1;
}

/**
 * Prints the load of four columns of a row, with zeros outside, and returns the variable's name.
 * Only what the bounds of the quad allow to be outside is tested.
 */
export function loadQuad(
  printer: Printer,
  { access, slot, row, width, quad }: {
    readonly access: SlotAccess;
    readonly slot: number;
    /** WGSL for the row's first column, in units of `rowUnit`. */
    readonly row: string;
    readonly width: number;
    readonly quad: QuadIndex;
  },
): string {
  const { text, first, last } = quad;
  if (4 * last + 3 < 0 || 4 * first >= width) return "vec4f()";
  if (rowUnit(width) === 4) {
    const load = (at: string) => access.load(slot, `${row} + ${at}`, true);
    const size = width / 4;
    return printer.define("x", insideOf(text, { first, last, size, zero: "vec4f()", load }));
  }
  const load = (at: string) => access.load(slot, `${row} + ${at}`, false);
  const parts = [0, 1, 2, 3].map((part) => {
    const bounds = { first: 4 * first + part, last: 4 * last + part };
    const column = first === last ? `${bounds.first}i` : `(${text} * 4i + ${part}i)`;
    return insideOf(column, { ...bounds, size: width, zero: "0.0", load });
  });
  return printer.define("x", `vec4f(${parts.join(", ")})`);
}

/** WGSL for a load if a position from `first` to `last` is from 0 to `size` - 1, else for zero. */
function insideOf(
  at: string,
  { first, last, size, zero, load }: {
    readonly first: number;
    readonly last: number;
    readonly size: number;
    readonly zero: string;
    readonly load: (at: string) => string;
  },
): string {
  if (last < 0 || first >= size) return zero;
  const tests = [
    ...(first < 0 ? [`${at} >= 0i`] : []),
    ...(last >= size ? [`${at} < ${size}i`] : []),
  ];
  if (tests.length === 0) return load(at);
  const low = first < 0 ? `max(${at}, 0i)` : at;
  const nearest = last >= size ? `min(${low}, ${size - 1}i)` : low;
  return `select(${zero}, ${load(nearest)}, ${tests.join(" && ")})`;
}
