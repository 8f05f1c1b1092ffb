/** The row of Pad. */
import type { Tensor } from "../../../autograd/mod.ts";
import type { Operands } from "../operands.ts";
import { type Row, row } from "../row.ts";
import { integers } from "../values.ts";

const modes = ["constant", "reflect", "edge"] as const;

/** Amounts along each axis. */
interface Amounts {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** Removes elements where an amount is negative. */
function cropped(x: Tensor, { before, after }: Amounts): Tensor {
  const starts = before.map((amount) => Math.max(0, -amount));
  const sizes = x.shape.map((size, axis) => size - starts[axis]! - Math.max(0, -after[axis]!));
  return sizes.every((size, axis) => size === x.shape[axis]) ? x : x.slice(starts, sizes);
}

/** The position of the element that stands at `at`, which may lie outside. */
function sourceOf(at: number, size: number, mode: "reflect" | "edge"): number {
  if (mode === "edge" || size === 1) return Math.min(Math.max(at, 0), size - 1);
  const period = 2 * (size - 1);
  const inside = ((at % period) + period) % period;
  return Math.min(inside, period - inside);
}

/** Pads with elements of x, one axis after the other. */
function repeated(
  x: Tensor,
  { before, after }: Amounts,
  { mode, operands }: { readonly mode: "reflect" | "edge"; readonly operands: Operands },
): Tensor {
  return before.reduce((value, start, axis) => {
    const size = value.shape[axis]!;
    const count = start + size + after[axis]!;
    if (count === size) return value;
    operands.mustBeFew(count);
    const sources = Array.from({ length: count }, (_, i) => sourceOf(i - start, size, mode));
    return value.gather(integers(sources), axis);
  }, x);
}

/** Row of Pad. Until opset 10 the amounts are attributes; then they are inputs. */
export const padRow: Row = row((operator) => {
  const mode = operator.choice("mode", modes, "constant");
  const isInput = operator.opset >= 11;
  const amounts = isInput ? undefined : operator.ints("pads") ?? [];
  const filling = isInput ? 0 : operator.float("value", 0);
  return (operands: Operands) => {
    const x = operands.at(0);
    const list = amounts ?? operands.known(1);
    if (list.length !== 2 * x.rank) {
      throw operands.refuse(`there must be two pads per axis: current are ${list.join(", ")}`);
    }
    const inside = cropped(x, { before: list.slice(0, x.rank), after: list.slice(x.rank) });
    const outward = list.map((amount) => Math.max(0, amount));
    const [before, after] = [outward.slice(0, x.rank), outward.slice(x.rank)];
    if (mode !== "constant") return repeated(inside, { before, after }, { mode, operands });
    const value = (isInput ? operands.maybeNumber(2) : undefined) ?? filling;
    return inside.pad(before, after, { value });
  };
}, { known: [1, 2] });
