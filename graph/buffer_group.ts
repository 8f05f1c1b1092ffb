import type { Backend, BufferGroup } from "./plan.ts";
import { elementCount, type TensorType } from "./types.ts";

/** Elements between the starts of values in a group are a multiple of this: 64 bytes. */
const ALIGNMENT = 16;

/** Where the values of a group are, the same on every backend. */
export interface GroupLayout {
  /** For each value, the number of its first element. */
  readonly offsets: readonly number[];
  /** Number of elements of the group, with the gaps between values. */
  readonly length: number;
}

/** Places f32 values one after the other. */
export function groupLayout(types: readonly TensorType[]): GroupLayout {
  const offsets: number[] = [];
  let length = 0;
  for (const { shape } of types) {
    offsets.push(length);
    length += Math.ceil(elementCount(shape) / ALIGNMENT) * ALIGNMENT;
  }
  return { offsets, length };
}

/** A group on a backend whose memory the host cannot access in place: it copies there and back. */
export function copiedGroup(
  backend: Pick<Backend, "allocate" | "read">,
  types: readonly TensorType[],
  label: string,
): BufferGroup {
  const { offsets, length } = groupLayout(types);
  const buffers = types.map((type, i) => backend.allocate(type, `${label} ${i}`));
  const elements = new Float32Array(length);
  return {
    buffers,
    async exchange(change) {
      const values = await backend.read(buffers);
      values.forEach((value, i) => elements.set(value, offsets[i]!));
      await change(elements);
      buffers.forEach((buffer, i) =>
        buffer.write(elements.subarray(offsets[i]!, offsets[i]! + values[i]!.length))
      );
    },
    [Symbol.dispose]: () => buffers.forEach((buffer) => buffer[Symbol.dispose]()),
  };
}
