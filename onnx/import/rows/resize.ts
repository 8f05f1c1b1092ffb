/** Rows of Resize and Upsample: along each axis, weighted sums of elements at fixed positions. */
import { type Tensor, tensor } from "../../../autograd/mod.ts";
import type { Operands } from "../operands.ts";
import type { Operator } from "../operator.ts";
import { type Row, row } from "../row.ts";
import { integers } from "../values.ts";

/** How positions of the result are mapped to positions of the input. */
type Coordinates =
  | "half_pixel"
  | "pytorch_half_pixel"
  | "align_corners"
  | "asymmetric"
  | "tf_half_pixel_for_nn";

/** One axis to resize. */
interface Axis {
  readonly size: number;
  readonly result: number;
  readonly scale: number;
}

/** The elements that are summed for each position: `weights[k][i]` · x[`indices[k][i]`]. */
interface Taps {
  readonly indices: readonly (readonly number[])[];
  readonly weights: readonly (readonly number[])[] | undefined;
}

/** Where element i of the result is in the input. */
function positionOf(i: number, { size, result, scale }: Axis, coordinates: Coordinates): number {
  switch (coordinates) {
    case "half_pixel":
      return (i + 0.5) / scale - 0.5;
    case "pytorch_half_pixel":
      return result > 1 ? (i + 0.5) / scale - 0.5 : 0;
    case "align_corners":
      // ONNX does not round the size of the result here
      return result > 1 ? i * (size - 1) / (size * scale - 1) : 0;
    case "asymmetric":
      return i / scale;
    case "tf_half_pixel_for_nn":
      return (i + 0.5) / scale;
  }
}

const roundings = {
  floor: Math.floor,
  ceil: Math.ceil,
  round_prefer_floor: (x: number) => Math.ceil(x - 0.5),
  round_prefer_ceil: (x: number) => Math.floor(x + 0.5),
} as const;

/** How a result is computed from the positions. */
type Interpolate = (positions: readonly number[], size: number) => Taps;

const clampTo = (size: number) => (index: number) => Math.min(Math.max(index, 0), size - 1);

function nearest(round: (x: number) => number): Interpolate {
  return (positions, size) => ({
    indices: [positions.map(round).map(clampTo(size))],
    weights: undefined,
  });
}

const linear: Interpolate = (positions, size) => {
  const inside = positions.map(clampTo(size));
  const before = inside.map(Math.floor);
  const shares = inside.map((position, i) => position - before[i]!);
  return {
    indices: [before, before.map((index) => Math.min(index + 1, size - 1))],
    weights: [shares.map((share) => 1 - share), shares],
  };
};

/** The weight of an element at this distance [Keys 1981]. */
function cubicWeight(distance: number, a: number): number {
  const d = Math.abs(distance);
  if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
}

function cubic(a: number, excludesOutside: boolean): Interpolate {
  return (positions, size) => {
    const offsets = [-1, 0, 1, 2];
    const all = positions.map((position) => {
      const own = offsets.map((offset) => {
        const index = Math.floor(position) + offset;
        const isOut = excludesOutside && (index < 0 || index >= size);
        return isOut ? 0 : cubicWeight(position - index, a);
      });
      const total = own.reduce((sum, weight) => sum + weight, 0);
      return own.map((weight) => excludesOutside ? weight / total : weight);
    });
    return {
      indices: offsets.map((offset) =>
        positions.map((position) => Math.floor(position) + offset).map(clampTo(size))
      ),
      weights: offsets.map((_, k) => all.map((own) => own[k]!)),
    };
  };
}

/** Sums the elements of an axis. Elements that are each repeated equally often are repeated. */
function sumTaps(x: Tensor, axis: number, { indices, weights }: Taps): Tensor {
  const size = x.shape[axis]!;
  const [first] = indices as readonly [readonly number[]];
  const times = first.length / size;
  if (
    !weights && Number.isInteger(times) &&
    first.every((index, i) => index === Math.floor(i / times))
  ) {
    return x.repeatInterleave(times, axis);
  }
  const trailing = x.shape.slice(axis + 1).map(() => 1);
  const parts = indices.map((list, k) => {
    const part = x.gather(integers(list), axis);
    return weights ? part.mul(tensor(weights[k]!, [list.length, ...trailing])) : part;
  });
  return parts.reduce((sum, part) => sum.add(part));
}

/** Resizes all axes whose size or scale changes. */
function resized(
  x: Tensor,
  axes: readonly Axis[],
  { coordinates, interpolate }: {
    readonly coordinates: Coordinates;
    readonly interpolate: Interpolate;
  },
): Tensor {
  return axes.reduce((value, axis, i) => {
    if (axis.size === axis.result && axis.scale === 1) return value;
    const positions = Array.from(
      { length: axis.result },
      (_, at) => positionOf(at, axis, coordinates),
    );
    return sumTaps(value, i, interpolate(positions, axis.size));
  }, x);
}

function axesFor(x: Tensor, operands: Operands, { scales, sizes }: {
  readonly scales: readonly number[] | undefined;
  readonly sizes?: readonly number[] | undefined;
}): Axis[] {
  const list = sizes ?? scales;
  if (list?.length !== x.rank) throw operands.refuse("a scale or size is required for each axis");
  return x.shape.map((size, i) => {
    const result = sizes ? sizes[i]! : Math.floor(size * scales![i]!);
    operands.mustBeFew(result);
    return { size, result, scale: sizes ? result / size : scales![i]! };
  });
}

const coordinateModes = [
  "half_pixel",
  "pytorch_half_pixel",
  "align_corners",
  "asymmetric",
  "tf_half_pixel_for_nn",
] as const;

const roundingModes = ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"] as const;

function interpolation(operator: Operator, isOld: boolean): Interpolate {
  const mode = operator.choice("mode", ["nearest", "linear", "cubic"], "nearest");
  const a = operator.float("cubic_coeff_a", -0.75);
  const excludesOutside = operator.flag("exclude_outside");
  const rounding = operator.choice(
    "nearest_mode",
    roundingModes,
    isOld ? "floor" : "round_prefer_floor",
  );
  if (mode === "linear") return linear;
  return mode === "cubic" ? cubic(a, excludesOutside) : nearest(roundings[rounding]);
}

/** Until opset 10, the scales are input 1; then inputs are x, roi, scales, and sizes. */
const resize: Row = row((operator) => {
  const isOld = operator.opset < 11;
  const coordinates = operator.choice(
    "coordinate_transformation_mode",
    coordinateModes,
    isOld ? "asymmetric" : "half_pixel",
  );
  operator.float("extrapolation_value", 0); // of a mode that is not supported
  const interpolate = interpolation(operator, isOld);
  return (operands) => {
    const x = operands.at(0);
    const given = operands.maybeKnown(isOld ? 1 : 2);
    const scales = given && given.length > 0 ? given : undefined;
    const sizes = isOld ? undefined : operands.maybeKnown(3);
    const axes = axesFor(x, operands, { scales, sizes: scales ? undefined : sizes });
    return resized(x, axes, { coordinates, interpolate });
  };
}, { known: [1, 2, 3] });

/** Until opset 8, the scales are an attribute; in opset 9 they are input 1. */
const upsample: Row = row((operator) => {
  const attribute = operator.floats("scales");
  const interpolate = interpolation(operator, true);
  return (operands) => {
    const x = operands.at(0);
    const scales = operator.opset < 9 ? attribute : operands.known(1);
    return resized(x, axesFor(x, operands, { scales }), { coordinates: "asymmetric", interpolate });
  };
}, { known: [1] });

/** The rows, by operator. */
export const resizing = {
  Resize: resize,
  Upsample: upsample,
} as const satisfies Readonly<Record<string, Row>>;
