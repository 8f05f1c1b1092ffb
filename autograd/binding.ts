import { type Backend, type DeviceBuffer, GraphError, labelOf, type Node } from "../graph/mod.ts";

/** The owner of the device memory of a variable. */
export interface BufferHolder {
  /** Returns the buffer on this backend; the first call allocates and fills it. */
  bufferOn(backend: Backend): DeviceBuffer;
}

const holders = new WeakMap<Node, BufferHolder>();

/** Sets the owner of the memory of a variable's node. */
export function setHolder(node: Node, holder: BufferHolder): void {
  holders.set(node, holder);
}

/**
 * Returns the owner of the memory of a variable's node.
 * @throws {GraphError} if the node was not made by `Variable`
 */
export function holderOf(node: Node): BufferHolder {
  const holder = holders.get(node);
  if (!holder) {
    throw new GraphError(
      `Cannot bind "${labelOf(node)}": only nodes made by Variable have memory`,
    );
  }
  return holder;
}
