import { groupBy } from "../../../graph/collections.ts";
import type { Printer } from "../../wgsl/printer.ts";
import type { SlotAccess } from "../../wgsl/slot_access.ts";
import { type PixelGeometry, sourceColumns } from "./geometry.ts";

/**
 * One load of a source row: four columns or one. `start` is relative to the tile's first column.
 */
interface Piece {
  readonly start: number;
  readonly wide: boolean;
  /**
   * WGSL for the column to load and for whether it is inside the row; the same for all rows. No
   * column if it is outside in all tiles.
   */
  readonly column: string | undefined;
  readonly inside: string | undefined;
}

/** Prints the loads of the part of a source row that a tile needs. */
export interface RowLoader {
  /** Elements per unit of `start`: 4 if indices count vec4s. */
  readonly unit: 1 | 4;
  /** WGSL for whether each load is inside the source, for a row that is if `inside`. */
  tests(inside: string | undefined): string[];
  /**
   * WGSL for the index of each load in a row that starts at `start`; `undefined` if it is outside
   * in all tiles.
   */
  places(start: string): (string | undefined)[];
  /** Prints the loads at these places; zeros where a test fails. */
  load(
    printer: Printer,
    places: readonly (string | undefined)[],
    tests: readonly string[],
  ): SourceRow;
}

/** The loaded part of a source row. */
export interface SourceRow {
  /** Four columns, relative to the tile's first column, as a `vec4f`. */
  four(columns: readonly number[]): string;
}

/** Number of loads of a tile's part of a source row. */
export function loadsOfRow(geometry: PixelGeometry, kernelWidth: number): number {
  return piecesOf(geometry, kernelWidth).filter((piece) => !isAlwaysOutside(geometry, piece))
    .length;
}

/** Whether the source rows of all tiles start at multiples of four elements. */
export function areRowsAligned({ source: [, width], sourceStep }: PixelGeometry): boolean {
  return width % 4 === 0 && sourceStep % 4 === 0;
}

/**
 * Prints the positions of the pieces of a tile's source rows; `base` is the tile's first column, in
 * units.
 */
export function prepareRow(
  printer: Printer,
  { geometry, kernelWidth, slot, access, base, unit }: {
    readonly geometry: PixelGeometry;
    readonly kernelWidth: number;
    readonly slot: number;
    readonly access: SlotAccess;
    readonly base: string;
    readonly unit: RowLoader["unit"];
  },
): RowLoader {
  const pieces = piecesOf(geometry, kernelWidth).map((piece) =>
    placePiece(printer, geometry, { ...piece, base, unit })
  );
  const valueAt = ({ start, wide }: Piece, index: string) => {
    if (unit === 1) return access.load(slot, wide ? `(${index}) >> 2u` : index, wide);
    const four = access.load(slot, index, true);
    return wide ? four : `${four}[${start & 3}]`;
  };
  return {
    unit,
    tests: (inside) =>
      pieces.map((piece) =>
        [inside, piece.inside].filter((each) => each !== undefined).join(" && ")
      ),
    places: (start) =>
      pieces.map(({ column }) => column === undefined ? undefined : `${start} + ${column}`),
    load(inner, places, tests) {
      const loaded = pieces.map((piece, i) => {
        const zero = piece.wide ? "vec4f()" : "0.0";
        const place = places[i];
        if (place === undefined) return { ...piece, name: zero };
        const value = valueAt(piece, place);
        const text = tests[i] === "" ? value : `select(${zero}, ${value}, ${tests[i]})`;
        return { ...piece, name: inner.define("piece", text) };
      });
      return { four: (columns) => four(loaded, columns) };
    },
  };
}

function four(
  loaded: readonly (Piece & { readonly name: string })[],
  columns: readonly number[],
): string {
  const places = columns.map((column) => {
    const piece = loaded.find(({ start, wide }) =>
      wide ? column >= start && column < start + 4 : column === start
    );
    if (!piece) throw new RangeError(`Cannot find source column ${column} of a tile`);
    return { piece, part: column - piece.start };
  });
  const [first] = places;
  if (
    first?.piece.wide && places.every(({ piece, part }, i) => piece === first.piece && part === i)
  ) {
    return first.piece.name;
  }
  const parts = places.map(({ piece, part }) => piece.wide ? `${piece.name}[${part}]` : piece.name);
  return `vec4f(${parts.join(", ")})`;
}

/**
 * Splits the columns into aligned vec4 loads where several columns share one, and single loads
 * elsewhere.
 */
function piecesOf(geometry: PixelGeometry, kernelWidth: number): Pick<Piece, "start" | "wide">[] {
  const columns = sourceColumns(geometry, kernelWidth);
  if (!areRowsAligned(geometry)) return columns.map((start) => ({ start, wide: false }));
  const fours = groupBy(columns, (column) => Math.floor(column / 4));
  return [...fours].flatMap(([quad, members]): Pick<Piece, "start" | "wide">[] =>
    members.length > 1
      ? [{ start: quad * 4, wide: true }]
      : members.map((start) => ({ start, wide: false }))
  );
}

/** Where the piece of the last tile of a row starts. */
function lastStart({ size: [, width], pixels, sourceStep }: PixelGeometry, start: number): number {
  return (Math.ceil(width / pixels) - 1) * sourceStep + start;
}

/** Whether a piece is outside of the row in all tiles. */
function isAlwaysOutside(
  geometry: PixelGeometry,
  { start, wide }: Pick<Piece, "start" | "wide">,
): boolean {
  return start >= geometry.source[1] || lastStart(geometry, start) + (wide ? 3 : 0) < 0;
}

function placePiece(
  printer: Printer,
  geometry: PixelGeometry,
  { start, wide, base, unit }: Pick<Piece, "start" | "wide"> & {
    readonly base: string;
    readonly unit: RowLoader["unit"];
  },
): Piece {
  if (isAlwaysOutside(geometry, { start, wide })) {
    return { start, wide, column: undefined, inside: undefined };
  }
  const width = geometry.source[1];
  const lastColumn = lastStart(geometry, start) + (wide ? 3 : 0);
  const position = printer.define("column", `${base} + ${Math.floor(start / unit)}i`);
  const tests = [
    ...(start < 0 ? [`${position} >= 0i`] : []),
    ...(lastColumn >= width ? [`${position} < ${width / unit}i`] : []),
  ];
  if (tests.length === 0) return { start, wide, column: position, inside: undefined };
  const inside = printer.define("inside", tests.join(" && "));
  const column = printer.define("column", `select(0i, ${position}, ${inside})`);
  return { start, wide, column, inside };
}
