import * as op from "../../../graph/mod.ts";
import type { Node, RandomAttrs } from "../../../graph/mod.ts";
import { fit } from "../fit.ts";
import type { Row, Rows } from "./row.ts";

const sizes = [1, 2, 3, 5, 8, 17, 33];

function draw(build: (counter: Node, attrs: RandomAttrs) => Node): Row {
  return {
    operands: ["i32"],
    make: ([counter], choices) => {
      const shape = choices.one([[], [choices.one(sizes)], [3, choices.one(sizes)]]);
      const attrs = { shape, seed: choices.below(100), stream: choices.below(5) };
      return build(fit(counter!, [], choices), attrs);
    },
  };
}

/** Random numbers, of a counter that may itself be a result. */
export const randomRows: Rows = {
  randomBits: draw(op.randomBits),
  randomUniform: draw(op.randomUniform),
  randomNormal: draw(op.randomNormal),
};
