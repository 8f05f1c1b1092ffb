import { bytesOf } from "../graph/bytes_of.ts";
import { checkHostArray } from "../graph/host_array.ts";
import { elementCount, type HostArray, type TensorType } from "../graph/types.ts";

/**
 * Converts host elements to the bytes of a buffer: `bool` is widened to words, `u8` padded to whole
 * words.
 */
export function toDevice(
  type: TensorType,
  data: HostArray,
  label: string,
): Uint8Array<ArrayBuffer> {
  checkHostArray(label, type, data);
  if (type.dtype === "bool") return bytesOf(Uint32Array.from(data, (value) => value ? 1 : 0));
  const view = bytesOf(data);
  const { buffer } = view;
  // The queue accepts neither shared buffers nor partial words.
  if (buffer instanceof ArrayBuffer && view.length % 4 === 0) {
    return new Uint8Array(buffer, view.byteOffset, view.byteLength);
  }
  const padded = new Uint8Array(Math.ceil(view.length / 4) * 4);
  padded.set(view);
  return padded;
}

/** Converts the bytes of a buffer to host elements. Takes ownership of `bytes`. */
export function toHost({ dtype, shape }: TensorType, bytes: ArrayBuffer): HostArray {
  const count = elementCount(shape);
  switch (dtype) {
    case "f32":
      return new Float32Array(bytes, 0, count);
    case "i32":
      return new Int32Array(bytes, 0, count);
    case "u32":
      return new Uint32Array(bytes, 0, count);
    case "bool":
      return Uint8Array.from(new Uint32Array(bytes, 0, count));
    case "u8":
      return new Uint8Array(bytes, 0, count);
  }
}
