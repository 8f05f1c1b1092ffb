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

/** Gives the tangents of values, given those of some values under them. */
type PushForward = (
  roots: readonly Node[],
  directions: ReadonlyMap<Node, Node>,
) => ReadonlyMap<Node, Node>;

/** The loop of the tangents of a scan. */
export interface TangentLoop {
  /** The scan, which is another one than that of the values. */
  readonly scan: Node;
  /** The tangent of a part; `undefined` if it is not f32. */
  tangentOf(part: Node): Node | undefined;
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
  const isFloat = ({ type }: Node) => type.dtype === "f32";
  const floats = carries.flatMap((carry, k) => isFloat(carry) ? [k] : []);
  const states = floats.map((k) => variable(`tangent of carry ${k}`, carries[k]!.type));
  const moving = (placeholders: readonly Node[], first: number) =>
    placeholders.flatMap((node, k) => {
      const given = tangents.get(inputs[first + k]!);
      return given ? [{ node, given, own: input("tangent", node.type) }] : [];
    });
  const xs = moving(slices, carries.length);
  const captured = moving(captures, carries.length + slices.length);
  const directions = new Map([
    ...floats.map((k, i) => [carries[k]!, states[i]!] as const),
    ...[...xs, ...captured].map(({ node, own }) => [node, own] as const),
  ]);
  const values = [...body.values].filter(isFloat);
  const nexts = floats.map((k) => body.next[k]!);
  const moved = push([...nexts, ...values], directions);
  const made = new ScanBody({
    carries: [...carries, ...states],
    slices: [...slices, ...xs.map(({ own }) => own)],
    captures: [...captures, ...captured.map(({ own }) => own)],
    next: [...body.next, ...nexts.map((node) => moved.get(node)!)],
    outputs: values.map((node) => moved.get(node)!),
  });
  const given = (part: readonly { readonly given: Node }[]) => part.map(({ given }) => given);
  const [init, stacked, constant] = [
    inputs.slice(0, carries.length),
    inputs.slice(carries.length, carries.length + slices.length),
    inputs.slice(carries.length + slices.length),
  ];
  const loop = scan({
    init: [...init, ...floats.map((k) => tangents.get(init[k]!) ?? full(0, init[k]!.type.shape))],
    xs: [...stacked, ...given(xs)],
    captured: [...constant, ...given(captured)],
  }, { ...others, body: made });
  return {
    scan: loop,
    tangentOf(part) {
      const { index } = part.attrs as { readonly index: number };
      if (part.type.dtype !== "f32") return undefined;
      return part.op === scanFinal.op
        ? scanFinal(loop, carries.length + floats.indexOf(index))
        : scanStacked(loop, moved.get(body.values[index]!)!);
    },
  };
}
