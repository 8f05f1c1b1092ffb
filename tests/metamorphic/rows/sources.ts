import * as op from "../../../graph/mod.ts";
import type { DType, HostArray, Node, TensorType } from "../../../graph/mod.ts";
import { hostArray } from "../../../graph/host_array.ts";
import { generator } from "../../support/random.ts";
import type { Choices } from "../choices.ts";
import type { Row, Rows } from "./row.ts";

const dtypes: readonly DType[] = ["f32", "i32", "bool", "u32", "u8"];

/** The first numbers of a source's instruction; its data is chosen by those that follow. */
export function sourceNumbers({ dtype, shape }: TensorType): number[] {
  return [dtypes.indexOf(dtype), shape.length, ...shape];
}

function chosenType(choices: Choices): TensorType {
  const dtype = dtypes[choices.below(dtypes.length)]!;
  const rank = choices.below(7);
  return { dtype, shape: Array.from({ length: rank }, () => choices.below(2 ** 20)) };
}

type Draw = (random: () => number) => number;

/** Small whole numbers keep results exact; the others are what programs compute with. */
const floats: readonly Draw[] = [
  (random) => Math.floor(random() * 7) - 3,
  (random) => (Math.floor(random() * 17) - 8) / 4,
  (random) => 4 * random() - 2,
];

const others: Readonly<Record<Exclude<DType, "f32">, Draw>> = {
  i32: (random) => Math.floor(random() * 16) - 5,
  u32: (random) => Math.floor(random() * 16),
  bool: (random) => Math.floor(random() * 2),
  u8: (random) => Math.floor(random() * 256),
};

/** The elements of a variable or an input, or `undefined` for other nodes. */
export function sourceData(node: Node, choices: Choices): HostArray | undefined {
  const isSource = op.is(node, op.variable) || op.is(node, op.input);
  return isSource ? drawData(node.type, choices) : undefined;
}

function drawData(type: TensorType, choices: Choices): HostArray {
  const draw = type.dtype === "f32" ? choices.one(floats) : others[type.dtype];
  const random = generator(choices.below(2 ** 16) + 1);
  const data = hostArray(type);
  for (let i = 0; i < data.length; i++) data[i] = draw(random);
  return data;
}

function source(make: (type: TensorType, choices: Choices, name: string) => Node): Row {
  return {
    operands: [],
    weight: 0, // every program begins with some of them
    make: (_, choices, name) => make(chosenType(choices), choices, name),
  };
}

/** Values without operands. The data of variables and inputs comes from `sourceData`. */
export const sourceRows: Rows = {
  variable: source((type, _, name) => op.variable(name, type)),
  input: source((type, _, name) => op.input(name, type)),
  constant: source((type, choices) => op.constant(drawData(type, choices), type.shape, type.dtype)),
  full: source(({ shape, dtype }, choices) => {
    const value = dtype === "bool" ? choices.below(2) : choices.below(4);
    return op.full(value, shape, dtype === "u8" ? "i32" : dtype);
  }),
  iota: source(({ shape }, choices) =>
    shape.length === 0 ? op.full(1, [], "i32") : op.iota(shape, choices.below(shape.length))
  ),
  fixedCounter: { operands: [], make: (_, choices) => op.fixedCounter(choices.below(100)) },
  fullLike: { operands: ["number"], make: ([x], choices) => op.fullLike(x!, choices.below(3)) },
};
