/** Functions that are compiled here, and ahead of time. */
import { bitXor, constant, type HostArray, hostArrays, type TensorType } from "../../graph/mod.ts";
import * as gs from "../../mod.ts";
import { generator } from "../support/random.ts";

type Tensors = Readonly<Record<string, gs.Tensor>>;

/** A function, the types of its inputs, and what owns its variables. */
export interface ProgramCase {
  readonly inputs: Readonly<Record<string, TensorType>>;
  readonly fn: (inputs: Tensors) => gs.Traced<string>;
  /** Default: none. */
  readonly owned?: readonly Disposable[];
}

/** Values of this type for an input. Integers are small. */
export function valuesFor({ dtype, shape }: TensorType, seed: number): HostArray {
  const random = generator(seed);
  const data = new hostArrays[dtype](shape.reduce((a, b) => a * b, 1));
  const most = dtype === "bool" ? 2 : 7;
  for (let i = 0; i < data.length; i++) {
    data[i] = dtype === "f32" ? 2 * random() - 1 : Math.floor(most * random());
  }
  return data;
}

function inference(model: gs.Module, shape: readonly number[]): ProgramCase {
  gs.initialize(model, { seed: 1 });
  return {
    inputs: { x: gs.f32(shape) },
    fn: ({ x }) => ({ outputs: { y: model.forward(x!) } }),
    owned: [model],
  };
}

function perceptron(): ProgramCase {
  const layers = [new gs.Linear(5, 16), new gs.ReLU(), new gs.Linear(16, 3)];
  return inference(new gs.Sequential(layers), [7, 5]);
}

function convolutional(): ProgramCase {
  const model = new gs.Sequential([
    ...[new gs.Conv2d(3, 8, 3, { padding: 1 }), new gs.BatchNorm2d(8), new gs.ReLU()],
    ...[new gs.MaxPool2d(2), new gs.Flatten(), new gs.Linear(8 * 16, 5)],
  ]);
  return inference(model, [2, 3, 8, 8]);
}

function recurrent(): ProgramCase {
  const model = gs.initialize(new gs.LSTM(3, 8), { seed: 1 });
  return {
    inputs: { x: gs.f32([6, 2, 3]) },
    fn: ({ x }) => {
      const { output, state } = model.forward(x!);
      return { outputs: { output, c: state.c } };
    },
    owned: [model],
  };
}

/** A loop in a loop, whose windows are parts of windows. */
function nested({ x, u }: Tensors): gs.Traced<string> {
  const [last, states] = gs.scan(
    (h, rows: gs.Tensor) =>
      gs.scan(
        (s, row: gs.Tensor) => {
          const next = s.matmul(u!).add(row).tanh();
          return [next, next];
        },
        h.mul(0.5),
        rows,
      ),
    gs.ones([2, 3]),
    x!,
    { reverse: true },
  );
  return { outputs: { last, states } };
}

/** An update in place, and a state that is carried from run to run. */
function training(): ProgramCase {
  const model = gs.initialize(new gs.Sequential([new gs.Linear(4, 3)]), { seed: 1 });
  const optimizer = new gs.Optimizer(model.parameters(), gs.adam({ learningRate: 0.1 }));
  return {
    inputs: { x: gs.f32([5, 4]), label: gs.i32([5]) },
    fn: ({ x, label }) => {
      const loss = gs.crossEntropy(model.forward(x!), label!.mod(3));
      return { outputs: { loss }, updates: optimizer.minimize(loss) };
    },
    owned: [model, optimizer],
  };
}

const bytes: ProgramCase = {
  inputs: {
    pixels: { dtype: "u8", shape: [3, 5] },
    rows: gs.i32([4]),
    mask: { dtype: "bool", shape: [5] },
    unused: gs.f32([2]),
  },
  fn: ({ pixels, rows, mask }) => {
    const picked = pixels!.gather(rows!.mod(3), 0);
    return {
      outputs: {
        picked,
        counts: picked.cast("i32").sum([1]),
        bits: new gs.Tensor(
          bitXor(rows!.cast("u32").node, constant(Uint32Array.of(1, 2, 3, 2 ** 32 - 1), [4])),
        ),
        isDark: pixels!.cast("f32").less(3),
        hidden: gs.where(mask!, pixels!.cast("f32"), -0),
        copy: pixels!,
        fixed: new gs.Tensor(constant(Float32Array.of(-0, NaN, Infinity), [3])),
      },
    };
  },
};

/** Literals in code that JSON does not have. */
const literals: ProgramCase = {
  inputs: { x: gs.f32([4]) },
  fn: ({ x }) => ({
    outputs: {
      largest: gs.where(x!.less(0), -Infinity, x!).max(),
      nan: gs.where(x!.less(0), NaN, x!),
      zero: gs.where(x!.less(2), -0, x!),
      same: x!,
      again: x!,
    },
  }),
};

const empty: ProgramCase = {
  inputs: { x: gs.f32([0, 3]), y: gs.f32([2, 3]) },
  fn: ({ x, y }) => ({
    outputs: {
      none: x!.add(1),
      sum: x!.sum([0]),
      all: gs.concat([x!, y!], 0),
      zeros: x!.transpose().matmul(x!),
    },
  }),
};

/** By name; each call makes new variables. */
export const programCases: Readonly<Record<string, () => ProgramCase>> = {
  "a perceptron": perceptron,
  "a convolutional network with batch normalization": convolutional,
  "a residual network": () =>
    inference(new gs.ResNet(8, { widths: [4, 6, 8], classes: 3 }), [1, 3, 8, 8]),
  "an LSTM": recurrent,
  "nested loops": () => ({
    inputs: { x: gs.f32([3, 4, 2, 3]), u: gs.f32([3, 3]) },
    fn: nested,
  }),
  "a training step": training,
  "bytes, integers, and booleans": () => bytes,
  "literals, and outputs that are inputs": () => literals,
  "empty tensors": () => empty,
};
