import { type Backend, type DeviceBuffer, GraphError, labelOf, type Node } from "../graph/mod.ts";

/** Who owns the device memory behind a variable's node. */
export interface BufferHolder {
  /** The buffer on this backend, made and filled when it is first asked for. */
  bufferOn(backend: Backend): DeviceBuffer;
}

const holders = new WeakMap<Node, BufferHolder>();

/** Notes who owns the memory behind a variable's node. */
export function setHolder(node: Node, holder: BufferHolder): void {
  holders.set(node, holder);
}

/** Who owns the memory behind this node. */
export function holderOf(node: Node): BufferHolder {
  const holder = holders.get(node);
  if (!holder) {
    throw new GraphError(
      `Cannot bind "${labelOf(node)}": only variables made with Variable have memory`,
    );
  }
  return holder;
}
