import {
  full,
  input,
  type Node,
  scan,
  type ScanAttrs,
  ScanBody,
  scanFinal,
  scanStacked,
  variable,
} from "../graph/mod.ts";

/** Returns the tangents of values, given those of some values under them. */
type PushForward = (
  roots: readonly Node[],
  directions: ReadonlyMap<Node, Node>,
) => ReadonlyMap<Node, Node>;

/** The loop of the tangents of a scan. */
export interface TangentLoop {
  /** The scan, separate from that of the values. */
  readonly scan: Node;
  /** The tangent of a part; `undefined` if it is not f32. */
  tangentOf(part: Node): Node | undefined;
}

/** A placeholder of the body with a tangent: the tangent outside, and its own placeholder. */
interface Moving {
  readonly node: Node;
  readonly given: Node;
  readonly own: Node;
}

/**
 * A loop that carries the state and its tangent. `tangents` are those of the scan's inputs, where
 * there are any.
 */
export function pushScan(
  { attrs, inputs }: Node,
  tangents: ReadonlyMap<Node, Node>,
  push: PushForward,
): TangentLoop {
  const { body, ...others } = attrs as ScanAttrs;
  const { carries, slices, captures } = body;
  const { init, xs, captured } = body.divide(inputs);
  const floats = carries.flatMap((carry, k) => isFloat(carry) ? [k] : []);
  const moving = (placeholders: readonly Node[], outside: readonly Node[]) =>
    placeholders.flatMap((node, k): Moving[] => {
      const given = tangents.get(outside[k]!);
      return given ? [{ node, given, own: input("tangent", node.type) }] : [];
    });
  const moved = { xs: moving(slices, xs), captured: moving(captures, captured) };
  const { made, tangentOf } = pushBody(body, { floats, ...moved }, push);
  const given = (part: readonly Moving[]) => part.map(({ given }) => given);
  const loop = scan({
    init: [...init, ...floats.map((k) => tangents.get(init[k]!) ?? full(0, init[k]!.type.shape))],
    xs: [...xs, ...given(moved.xs)],
    captured: [...captured, ...given(moved.captured)],
  }, { ...others, body: made });
  return {
    scan: loop,
    tangentOf(part) {
      const { index } = part.attrs as { readonly index: number };
      if (!isFloat(part)) return undefined;
      return part.op === scanFinal.op
        ? scanFinal(loop, carries.length + floats.indexOf(index))
        : scanStacked(loop, tangentOf(body.values[index]!));
    },
  };
}

/** A body that also carries the tangents of the carries in `floats` and returns those of all values. */
function pushBody(
  body: ScanBody,
  { floats, xs, captured }: {
    readonly floats: readonly number[];
    readonly xs: readonly Moving[];
    readonly captured: readonly Moving[];
  },
  push: PushForward,
): { readonly made: ScanBody; tangentOf(value: Node): Node } {
  const { carries, slices, captures, next } = body;
  const states = floats.map((k) => variable(`tangent of carry ${k}`, carries[k]!.type));
  const directions = new Map([
    ...floats.map((k, i) => [carries[k]!, states[i]!] as const),
    ...[...xs, ...captured].map(({ node, own }) => [node, own] as const),
  ]);
  const values = body.values.filter(isFloat);
  const nexts = floats.map((k) => next[k]!);
  const tangents = push([...nexts, ...values], directions);
  const tangentOf = (value: Node) => tangents.get(value)!;
  const made = new ScanBody({
    carries: [...carries, ...states],
    slices: [...slices, ...xs.map(({ own }) => own)],
    captures: [...captures, ...captured.map(({ own }) => own)],
    next: [...next, ...nexts.map(tangentOf)],
    outputs: values.map(tangentOf),
  });
  return { made, tangentOf };
}

function isFloat({ type }: Node): boolean {
  return type.dtype === "f32";
}
