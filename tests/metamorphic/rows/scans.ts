import * as op from "../../../graph/mod.ts";
import type { Node } from "../../../graph/mod.ts";
import { buildScan } from "../../cases/scans.ts";
import type { Choices } from "../choices.ts";
import { fit, tame } from "../fit.ts";
import type { Rows } from "./row.ts";

const sizes = [1, 2, 3, 4, 5, 8, 17];
const lengths = [1, 2, 3, 5, 0];

/** Sums of the rows up to each one, from the first row of `start` on. */
function loopOverRows(start: Node, rows: Node): Node {
  const [count, size] = rows.type.shape as [number, number];
  const init = op.reshape(op.slice(start, [0, 0], [1, size]), [size]);
  return buildScan({ init: [init], xs: [rows], steps: count }, ([sum], [row]) => {
    const next = op.clamp(op.add(sum!, row!), -2, 2);
    return { next: [next], output: next };
  }).stacked;
}

/** A loop over slices of x that captures w; what its body does is drawn. */
function draw(x: Node, w: Node, choices: Choices): ReturnType<typeof buildScan> {
  const [steps, batch, size] = [choices.one(lengths), choices.one(sizes), choices.one(sizes)];
  const shape = [batch, size];
  const xs = fit(x, [steps, ...shape], choices);
  const weight = fit(w, [size, size], choices);
  const init = choices.flag() ? fit(w, shape, choices) : op.full(0, shape);
  const kind = choices.below(5);
  const tamed = choices.below(3);
  const loop = { init: [init, op.full(1, shape)], xs: [xs], steps, reverse: choices.flag() };
  return buildScan(loop, ([h, other], [slice]) => {
    const mixed = kind === 0
      ? op.add(h!, slice!)
      : kind === 1
      ? op.matmul(op.add(h!, slice!), weight)
      : kind === 2
      ? loopOverRows(h!, slice!)
      : kind === 3
      ? op.sub(slice!, op.broadcastBack(op.reduceMax(h!, [1]), [1], shape))
      : op.select(
        op.lessEqual(slice!, h!),
        other!,
        op.broadcastTo(op.slice(weight, [0, 0], [1, size]), shape),
      );
    const next = op.clamp(mixed, -tamed - 1, tamed + 2);
    return { next: [next, h!], output: op.mul(next, other!) };
  });
}

/** Loops over steps. */
export const scanRows: Rows = {
  scanStacked: {
    operands: ["f32", "f32"],
    weight: 2,
    make: ([x, w], choices) => tame(draw(x!, w!, choices).stacked, choices),
  },
  scanFinal: {
    operands: ["f32", "f32"],
    make: ([x, w], choices) => draw(x!, w!, choices).final(choices.below(2)),
  },
};
