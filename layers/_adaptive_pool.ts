import { type Tensor, tensor } from "../autograd/mod.ts";
import { formatType, ShapeError } from "../graph/mod.ts";

/** [windows, size]: row i averages the positions ⌊i·size/windows⌋ … ⌈(i+1)·size/windows⌉ − 1. */
function averages(size: number, windows: number): Tensor {
  const matrix = new Float32Array(windows * size);
  for (let i = 0; i < windows; i++) {
    const first = Math.floor(i * size / windows);
    const end = Math.ceil((i + 1) * size / windows);
    matrix.fill(1 / (end - first), i * size + first, i * size + end);
  }
  return tensor(matrix, [windows, size]);
}

/** Averages over evenly laid windows: rows and columns are each a product with a matrix. */
export function adaptiveAvgPool2d(x: Tensor, output: readonly [number, number]): Tensor {
  if (x.rank !== 4) {
    throw new ShapeError(`Cannot pool ${formatType(x.node.type)}: it must be f32[n, c, h, w]`);
  }
  const [h, w] = x.shape.slice(-2) as [number, number];
  if (output[0] === 1 && output[1] === 1) return x.mean([2, 3], true);
  const columns = x.matmul(averages(w, output[1]).transpose());
  return averages(h, output[0]).matmul(columns);
}
