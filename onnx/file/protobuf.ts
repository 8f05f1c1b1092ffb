/**
 * Writer for the Protocol Buffers wire format, limited to what ONNX and TensorBoard files need.
 * @module
 */

const VARINT = 0;
const FIXED_64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

const utf8 = new TextEncoder();

/** A message under construction. Bytes are referenced until `finish`, not copied. */
export class Message {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  /** Length in bytes. */
  get length(): number {
    return this.#length;
  }

  /** Adds an integer. Negative ones take ten bytes, as 64-bit two's complement. */
  int(field: number, value: number): this {
    return this.#push(tag(field, VARINT)).#push(varint(value));
  }

  /** Adds a 32-bit floating-point number. */
  float(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.#push(tag(field, FIXED_32)).#push(bytes);
  }

  /** Adds a 64-bit floating-point number. */
  double(field: number, value: number): this {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setFloat64(0, value, true);
    return this.#push(tag(field, FIXED_64)).#push(bytes);
  }

  /** Adds a string. */
  text(field: number, value: string): this {
    return this.bytes(field, utf8.encode(value));
  }

  /** Adds bytes. */
  bytes(field: number, value: Uint8Array): this {
    return this.#push(tag(field, LENGTH_DELIMITED)).#push(varint(value.length)).#push(value);
  }

  /** Adds an embedded message. */
  message(field: number, value: Message): this {
    this.#push(tag(field, LENGTH_DELIMITED)).#push(varint(value.#length));
    for (const part of value.#parts) this.#push(part);
    return this;
  }

  /** Returns the encoded message. */
  finish(): Uint8Array<ArrayBuffer> {
    const out = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  }

  #push(part: Uint8Array): this {
    this.#parts.push(part);
    this.#length += part.length;
    return this;
  }
}

function tag(field: number, wireType: number): Uint8Array {
  return varint(field * 8 + wireType);
}

/** Encodes an integer, seven bits per byte, lowest first; the top bit is set if more follow. */
function varint(value: number): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest === 0n ? low : low | 0x80);
  } while (rest !== 0n);
  return Uint8Array.from(bytes);
}
