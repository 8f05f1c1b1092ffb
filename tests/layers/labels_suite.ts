import { assertEquals } from "@std/assert";
import { evaluate, gradientsOf, tensor } from "../../autograd/mod.ts";
import type { Backend } from "../../graph/mod.ts";
import { crossEntropy, crossEntropyPerSample } from "../../layers/mod.ts";
import { assertAllClose } from "../support/close.ts";

const classes = 3;
/** Two labels that are classes, the ignored one, and five that are mistakes. */
const labels = [0, 2, -1, 3, 4, -2, 2 ** 31 - 1, -(2 ** 31)];
const logits = labels.flatMap((_, i) => [i / 4, 1 - i / 2, (i * 7) % 3]);
const tolerance = { relative: 1e-5, absolute: 1e-6 };

/** −Σ t · log softmax and its gradient softmax · Σ t − t, one row at a time. */
function expected(label: number, row: readonly number[], smoothing: number) {
  const isIgnored = label === -1;
  const isKnown = label >= 0 && label < classes;
  const t = row.map((_, j) =>
    isIgnored ? 0 : isKnown ? (1 - smoothing) * Number(j === label) + smoothing / classes : NaN
  );
  const total = row.reduce((sum, x) => sum + Math.exp(x), 0);
  const weight = t.reduce((sum, x) => sum + x, 0);
  return {
    loss: t.reduce((sum, x, j) => sum + (x === 0 ? 0 : -x * (row[j]! - Math.log(total))), 0),
    gradient: row.map((x, j) => weight * Math.exp(x) / total - t[j]!),
  };
}

/** What labels mean to `crossEntropy`, on any backend. */
export function labelsOnBackend(
  test: (name: string, run: (backend: Backend) => Promise<void>) => void,
): void {
  for (const labelSmoothing of [0, 0.1]) {
    for (const batch of [[8], [2, 4]]) {
      const what = `smoothing ${labelSmoothing}, labels [${batch}]`;
      test(`a label that is no class makes loss and gradient NaN, and −1 adds 0: ${what}`, async (backend) => {
        const x = tensor(Float32Array.from(logits), [...batch, classes]);
        const y = tensor(Int32Array.from(labels), batch);
        const loss = crossEntropyPerSample(x, y, { labelSmoothing });
        const [gradient] = gradientsOf(loss.sum(), [x]);
        const mean = crossEntropy(x, y, { labelSmoothing });
        const [losses, slopes, average] = await evaluate([loss, gradient!, mean], { backend });
        const rows = labels.map((label, i) =>
          expected(label, logits.slice(i * classes, (i + 1) * classes), labelSmoothing)
        );
        assertAllClose(losses!, rows.map((row) => row.loss), tolerance, "loss");
        assertAllClose(slopes!, rows.flatMap((row) => row.gradient), tolerance, "gradient");
        assertEquals(average![0], NaN);
      });
    }
  }
}
