import * as op from "../../../graph/mod.ts";
import type { Node } from "../../../graph/mod.ts";
import type { Choices } from "../choices.ts";
import { fit, flat, ofKind, tame } from "../fit.ts";
import type { Row, Rows } from "./row.ts";

/** Splits an axis, joins neighbors, or joins all. */
function reshaped(x: Node, choices: Choices): Node {
  const { shape } = x.type;
  const axis = choices.below(shape.length);
  const size = shape[axis];
  const way = choices.below(4);
  if (way === 0 || size === undefined) return flat(x);
  if (way === 1 && axis + 1 < shape.length) {
    return op.reshape(x, shape.toSpliced(axis, 2, size * shape[axis + 1]!));
  }
  if (way === 2) return op.reshape(x, shape.toSpliced(axis, 0, 1));
  const divisor = [2, 3, 4, 5, 7, 11].find((part) => size > part && size % part === 0) ?? 1;
  const parts = choices.flag() ? [divisor, size / divisor] : [size / divisor, divisor];
  return op.reshape(x, shape.toSpliced(axis, 1, ...parts));
}

function permuted(x: Node, choices: Choices): Node {
  const rest = x.type.shape.map((_, axis) => axis);
  const order: number[] = [];
  while (rest.length > 0) order.push(...rest.splice(choices.below(rest.length), 1));
  return op.permute(x, order);
}

function broadcast(x: Node, choices: Choices): Node {
  const added = Array.from({ length: choices.below(3) }, () => 1 + choices.below(5));
  const sizes = x.type.shape.map((size) => size === 1 ? choices.one([1, 3, 17, 5]) : size);
  return op.broadcastTo(x, [...added, ...sizes]);
}

function sliced(x: Node, choices: Choices): Node {
  const { shape } = x.type;
  const steps = shape.map(() => choices.one([1, 1, 2, 3]));
  const starts = shape.map((size) => choices.below(Math.max(1, size)));
  const sizes = shape.map((size, axis) => {
    const most = Math.ceil((size - starts[axis]!) / steps[axis]!);
    return choices.flag() ? choices.below(most + 1) : Math.max(0, most);
  });
  return op.slice(x, starts, sizes, steps);
}

/** A range of one axis: its beginning, its end, or what lies between. */
function part(x: Node, choices: Choices, way: "prefix" | "suffix" | "middle"): Node | undefined {
  const { shape } = x.type;
  if (shape.length === 0) return undefined;
  const axis = choices.below(shape.length);
  const size = shape[axis]!;
  const length = Math.max(0, Math.min(size, size - 1 - choices.below(size)));
  const start = { prefix: 0, suffix: size - length, middle: Math.floor((size - length) / 2) }[way];
  return op.slice(
    x,
    shape.map((_, other) => other === axis ? start : 0),
    shape.toSpliced(axis, 1, length),
  );
}

function padded(x: Node, choices: Choices): Node {
  const { shape } = x.type;
  const amount = () => shape.map(() => choices.below(4));
  const interior = shape.map(() => choices.one([0, 0, 1, 2]));
  const value = x.type.dtype === "bool" ? choices.below(2) : choices.one([0, 1, 3]);
  return op.pad(x, amount(), amount(), { interior, value });
}

/** Joins along an axis; the others take the first one's sizes, but may be longer or shorter. */
function joined(operands: readonly Node[], choices: Choices): Node | undefined {
  const [first] = operands as [Node];
  const { shape, dtype } = first.type;
  if (shape.length === 0) return undefined;
  const axis = choices.below(shape.length);
  const others = operands.slice(1, 2 + choices.below(operands.length - 1)).map((node) => {
    const own = node.type.shape;
    const size = own.length === shape.length ? own[axis]! : choices.one([1, 2, 3, 7, 0]);
    const same = node.type.dtype === dtype ? node : dtype === "u8" ? first : ofKind(node, dtype);
    return fit(same, shape.toSpliced(axis, 1, size), choices);
  });
  return op.concat([first, ...others], axis);
}

/** One axis or all in reverse. */
function flipped(x: Node, choices: Choices): Node | undefined {
  const axes = x.type.shape.map((_, axis) => axis);
  if (axes.length === 0) return undefined;
  return op.flip(x, choices.flag() ? axes : [choices.below(axes.length)]);
}

/** Sums of all elements up to each, by doubling distances: reads over many extents. */
function runningSums(x: Node, choices: Choices): Node | undefined {
  const { shape } = x.type;
  const axis = choices.below(shape.length);
  const size = shape[axis];
  if (size === undefined) return undefined;
  let sums = x;
  for (let distance = 1; distance < size; distance *= 2) {
    const only = (amount: number) => shape.map((_, other) => other === axis ? amount : 0);
    const head = op.slice(sums, only(0), shape.toSpliced(axis, 1, size - distance));
    sums = op.add(sums, op.pad(head, only(distance), only(0)));
  }
  return tame(sums, choices);
}

/** One value read over several extents, put together again. */
function severalExtents(x: Node, choices: Choices): Node | undefined {
  const list = flat(x);
  const [size] = list.type.shape as [number];
  if (size < 2) return undefined;
  const range = (start: number, end: number) => op.slice(list, [start], [end - start]);
  const cut = 1 + choices.below(size - 1);
  const reads: Node[] = [range(0, cut), range(cut, size), list, range(0, size - 1)];
  const ways: ((part: Node) => Node)[] = [
    (part) => op.reduceSum(part, [0]),
    (part) => op.reduceMax(part, [0]),
    (part) => op.reduceSum(op.mul(part, part), [0]),
  ];
  const sums = reads.map((read) => op.reshape(choices.one(ways)(read), [1]));
  const result = choices.flag() ? op.concat([...sums, reads[0]!], 0) : op.concat(sums, 0);
  return tame(result, choices);
}

function view(make: (x: Node, choices: Choices) => Node | undefined, weight = 1): Row {
  return { operands: ["movable"], weight, make: ([x], choices) => make(x!, choices) };
}

function float(make: (x: Node, choices: Choices) => Node | undefined, weight = 1): Row {
  return { ...view(make, weight), operands: ["f32"] };
}

/** A u8 source is cast where it is used; views may come first. */
function bytesView(source: Node, choices: Choices): Node {
  const views: readonly ((x: Node) => Node)[] = [
    (x) => x,
    flat,
    (x) => sliced(x, choices),
    (x) => permuted(x, choices),
  ];
  return op.cast(choices.one(views)(source), choices.one(["f32", "i32"]));
}

/** Ops that move elements. */
export const viewRows: Rows = {
  reshape: view(reshaped, 2),
  permute: view(permuted, 2),
  transpose: view((x) => x.type.shape.length < 2 ? undefined : op.transpose(x), 2),
  broadcastTo: view(broadcast, 2),
  broadcastBack: {
    operands: ["movable"],
    make: ([x], choices) => {
      const { shape } = x!.type;
      const axes = shape.flatMap((_, axis) => choices.below(3) === 0 ? [axis] : []);
      const sizes = shape;
      const kept = op.slice(
        x!,
        sizes.map(() => 0),
        sizes.map((size, axis) => axes.includes(axis) ? Math.min(1, size) : size),
      );
      if (axes.some((axis) => sizes[axis] === 0)) return undefined;
      const reduced = op.reshape(kept, sizes.filter((_, axis) => !axes.includes(axis)));
      return op.broadcastBack(reduced, axes, sizes);
    },
  },
  slice: view(sliced, 2),
  prefix: view((x, choices) => part(x, choices, "prefix"), 3),
  suffix: view((x, choices) => part(x, choices, "suffix"), 3),
  middle: view((x, choices) => part(x, choices, "middle"), 2),
  pad: view(padded, 2),
  concat: {
    operands: ["movable", "movable", "movable"],
    weight: 3,
    make: (operands, choices) => joined(operands, choices),
  },
  flip: view(flipped),
  runningSums: float(runningSums),
  severalExtents: float(severalExtents, 2),
  bytes: {
    operands: [],
    make: (_, choices) => {
      const shape = [choices.one([3, 4, 7, 16]), choices.one([1, 5, 8, 33])];
      const data = Uint8Array.from(
        { length: op.elementCount(shape) },
        (_, i) => (37 * i) % 256,
      );
      return bytesView(op.constant(data, shape), choices);
    },
  },
};
