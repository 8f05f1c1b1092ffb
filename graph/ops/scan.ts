import { DTypeError, ShapeError } from "../errors.ts";
import {
  type Builder,
  defineBuilder,
  makeNode,
  type Node,
  type Op,
  type ScanPart,
} from "../node.ts";
import { scanLowering } from "../scan/lower.ts";
import { scanSources } from "../scan/sources.ts";
import type { ScanAttrs, ScanInputs, ScanPartAttrs } from "../scan/body.ts";
import { batchScan, batchStacked } from "../scan/batch.ts";
import { scanVjp } from "../scan/differentiate.ts";
import { LABEL, nameOf } from "../tags.ts";
import { formatType, sameType, type TensorType } from "../types.ts";

/** The type that each input of a scan must have. */
function inputTypes({ body, steps }: ScanAttrs): TensorType[] {
  const types = (nodes: readonly Node[]) => nodes.map(({ type }) => type);
  const stacked = types(body.slices).map((type) => stackedType(type, steps));
  return [...types(body.carries), ...stacked, ...types(body.captures)];
}

function stackedType({ dtype, shape }: TensorType, steps: number): TensorType {
  return { dtype, shape: [steps, ...shape] };
}

const scanOp: Op<ScanAttrs> = {
  name: "scan",
  lowering: {
    kind: "scan",
    final: (scan, carry) => scanFinal(scan, carry),
    sources: (scan) => {
      const { init, xs, captured } = scanSources(scan);
      return [...init, ...xs, ...captured];
    },
    loop: scanLowering,
  },
  infer: (inputs, attrs) => {
    const expected = [
      ...inputTypes(attrs).map((type, i) => [type, inputs[i]!] as const),
      ...attrs.body.carries.map(({ type }, i) => [type, attrs.body.next[i]!.type] as const),
    ];
    for (const [type, found] of expected) {
      if (type.dtype === "u8") {
        throw new DTypeError(
          "Cannot scan over u8: it is for constant data: cast it to f32 or i32 first",
        );
      }
      if (!sameType(type, found)) {
        throw new ShapeError(
          `Cannot scan: a value must have the type that the body expects, ${formatType(type)}: ` +
            `current type is ${formatType(found)}`,
        );
      }
    }
    return { dtype: "bool", shape: [0] }; // its values are those of its parts
  },
  vjpOfParts: (parts, context) => scanVjp(parts, context, { scan, scanFinal, scanStacked }),
  vmap: (context) => batchScan(context, scan),
};

/**
 * A loop as one node: `steps` times, it computes the values of `body` from the carried state, a
 * slice of each stacked input, and what is the same in each step; then it replaces the state. The
 * node itself has no elements: see `scanStacked` and `scanFinal`.
 *
 * A value of the body becomes a result of the scan only if something uses it as one. The gradient
 * of a scan is a scan in the other direction, which uses values of this one.
 */
export const scan:
  & ((inputs: ScanInputs, attrs: ScanAttrs) => Node)
  & Builder<ScanAttrs> = defineBuilder(
    scanOp,
    ({ init, xs, captured }: ScanInputs, attrs: ScanAttrs) =>
      makeNode(scanOp, [...init, ...xs, ...captured], attrs),
  );

function partOp(
  name: string,
  part: ScanPart,
  vmap: Op<ScanPartAttrs>["vmap"],
): Op<ScanPartAttrs> {
  return { name, lowering: { kind: "scanPart", part }, infer: (_inputs, { type }) => type, vmap };
}

const stackedOp = partOp(
  "scanStacked",
  "stacked",
  (context) => batchStacked(context, scanStacked),
);
const finalOp = partOp(
  "scanFinal",
  "final",
  ({ inputs: [scan], attrs: { index } }) => scanFinal(scan!, index),
);

function attrsOfScan({ op, attrs }: Node): ScanAttrs {
  if (op !== scanOp as Op) throw new Error(`Internal: "${op.name}" is not a scan`);
  return attrs as ScanAttrs;
}

/** A value of the body at all steps: [steps, …], in the order of the stacked inputs. */
export const scanStacked: ((scan: Node, value: Node) => Node) & Builder<ScanPartAttrs> =
  defineBuilder(stackedOp, (scan: Node, value: Node) => {
    const { body, steps } = attrsOfScan(scan);
    const index = body.values.indexOf(value);
    if (index < 0) throw new Error(`Internal: "${value.op.name}" is not computed by the body`);
    const part = makeNode(stackedOp, [scan], { index, type: stackedType(value.type, steps) });
    const name = nameOf(value);
    return name === undefined ? part : LABEL.set(part, name);
  });

/** The carried state after the last step. */
export const scanFinal: ((scan: Node, carry: number) => Node) & Builder<ScanPartAttrs> =
  defineBuilder(finalOp, (scan: Node, carry: number) => {
    const { body } = attrsOfScan(scan);
    return makeNode(finalOp, [scan], { index: carry, type: body.carries[carry]!.type });
  });
