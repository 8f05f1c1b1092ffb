import * as op from "../../../graph/mod.ts";
import type { Conv2dOptions, Node, WindowsAttrs } from "../../../graph/mod.ts";
import type { Choices } from "../choices.ts";
import { fit, tame } from "../fit.ts";
import type { Row, Rows } from "./row.ts";

const MOST_TERMS = 60_000;

interface Layout {
  readonly images: readonly [number, number, number, number];
  readonly weight: readonly [number, number, number, number];
  readonly options: Conv2dOptions & { readonly groups: number };
}

/** Strided, dilated, grouped, depthwise, padded: whatever fits. */
function layout(choices: Choices): Layout | undefined {
  const inGroup = choices.one([1, 2, 3, 4, 5, 8]);
  const groups = choices.one([1, 1, 1, 2, 3, 4, 8]);
  const outGroup = choices.one([1, 2, 3, 4, 5, 8, 9]);
  const kernel = [choices.one([1, 2, 3, 4, 5]), choices.one([1, 2, 3, 4, 5])] as const;
  const [h, w] = [choices.one([1, 2, 3, 5, 7, 8, 9]), choices.one([1, 2, 3, 5, 7, 8, 16, 17])];
  const n = choices.one([1, 2, 3]);
  const stride = choices.one([1, 1, 2, 3, [1, 2] as const]);
  const dilation = choices.one([1, 1, 2, [2, 1] as const]);
  const padding = choices.one([0, 1, 2, "same" as const, [0, 1] as const]);
  const images = [n, inGroup * groups, h, w] as const;
  const weight = [outGroup * groups, inGroup, ...kernel] as const;
  const options = { stride, dilation, padding, groups };
  try {
    const result = op.conv2dResult(op.conv2dAttrs(images, weight, options));
    const terms = op.elementCount(result) * op.elementCount(weight.slice(1));
    return terms > MOST_TERMS ? undefined : { images, weight, options };
  } catch (error) {
    if (error instanceof op.ShapeError) return undefined; // the window is too large
    throw error;
  }
}

function convolution(
  build: (x: Node, y: Node, choices: Choices, layout: Layout) => Node,
): Row {
  return {
    operands: ["f32", "f32"],
    weight: 2,
    make: ([x, y], choices) => {
      const chosen = layout(choices);
      return chosen && tame(build(x!, y!, choices, chosen), choices);
    },
  };
}

function imagesOf(x: Node, choices: Choices): Node {
  const { shape } = x.type;
  if (shape.length === 4 && !shape.includes(0)) return x;
  const sizes = [1, 2, 3, 5, 7, 8];
  return fit(
    x,
    [1 + choices.below(2), choices.one([1, 2, 3]), choices.one(sizes), choices.one(sizes)],
    choices,
  );
}

function pool(build: (x: Node, options: op.PoolOptions) => Node): Row {
  return {
    operands: ["f32"],
    make: ([x], choices) => {
      const images = imagesOf(x!, choices);
      const [h, w] = images.type.shape.slice(2) as [number, number];
      const size = [Math.min(h, 1 + choices.below(3)), Math.min(w, 1 + choices.below(3))] as const;
      const padding = size.map((amount) => choices.below(Math.floor(amount / 2) + 1));
      const stride = choices.one([1, 2, 3]);
      return tame(
        build(images, { size, stride, padding: padding as unknown as op.Pair }),
        choices,
      );
    },
  };
}

function windowsOf(image: op.Pair, choices: Choices): WindowsAttrs | undefined {
  const size = [choices.one([1, 2, 3]), choices.one([1, 2, 3, 4])] as const;
  const stride = [choices.one([1, 2]), choices.one([1, 2, 3])] as const;
  const padding = [choices.below(2), choices.below(3)] as const;
  const dilation = [choices.one([1, 2]), choices.one([1, 1, 2])] as const;
  const along = (axis: 0 | 1) =>
    op.windowCount(image[axis], {
      size: size[axis],
      stride: stride[axis],
      padding: padding[axis],
      dilation: dilation[axis],
    });
  const output = [along(0), along(1)] as const;
  if (Math.min(...output) < 1) return undefined;
  return { size, stride, padding, dilation, output, image, value: 0 };
}

function normalized(x: Node, choices: Choices): Node | undefined {
  const { shape } = x.type;
  if (shape.length < 2 || shape.includes(0)) return undefined;
  const others = shape.map((_, axis) => axis).filter((axis) => axis !== 1);
  const mean = op.mean(x, others);
  const variance = op.variance(x, others);
  const scale = op.div(
    op.fullLike(variance, 1),
    op.sqrt(op.add(variance, op.fullLike(variance, 0.25))),
  );
  return tame(op.normalize(x, mean, scale), choices);
}

/** Convolutions, windows and what batch normalization is made of. */
export const imageRows: Rows = {
  conv2d: convolution((x, y, choices, { images, weight, options }) =>
    op.conv2d(fit(x, images, choices), fit(y, weight, choices), options)
  ),
  conv2dInputGradient: convolution((x, y, choices, { images, weight, options }) => {
    const attrs = op.conv2dAttrs(images, weight, options);
    const g = fit(x, op.conv2dResult(attrs), choices);
    return op.conv2dInputGradient(g, fit(y, weight, choices), attrs);
  }),
  conv2dWeightGradient: convolution((x, y, choices, { images, weight, options }) => {
    const attrs = op.conv2dAttrs(images, weight, options);
    const g = fit(y, op.conv2dResult(attrs), choices);
    return op.conv2dWeightGradient(fit(x, images, choices), g, attrs);
  }),
  maxPool2d: pool(op.maxPool2d),
  avgPool2d: pool(op.avgPool2d),
  windows: {
    operands: ["movable"],
    make: ([x], choices) => {
      const [h, w] = x!.type.shape.slice(-2);
      const attrs = h && w ? windowsOf([h, w], choices) : undefined;
      return attrs && op.windows(x!, attrs);
    },
  },
  overlapAdd: {
    operands: ["f32"],
    make: ([x], choices) => {
      const image = [choices.one([1, 2, 3, 5, 8]), choices.one([1, 3, 4, 7])] as const;
      const attrs = windowsOf(image, choices);
      if (!attrs) return undefined;
      const lead = [1 + choices.below(3)];
      const shape = [...lead, ...attrs.output, ...attrs.size];
      return tame(op.overlapAdd(fit(x!, shape, choices), attrs), choices);
    },
  },
  normalize: {
    operands: ["f32", "f32", "f32"],
    make: ([x, mean, scale], choices) => {
      const channels = x!.type.shape[1];
      if (channels === undefined) return undefined;
      const [a, b] = [mean!, scale!].map((part) => fit(part, [channels], choices));
      return tame(op.normalize(x!, a!, b!), choices);
    },
  },
  batchNorm: { operands: ["f32"], make: ([x], choices) => normalized(x!, choices) },
};
