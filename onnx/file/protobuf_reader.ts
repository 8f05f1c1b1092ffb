/**
 * Reader for the Protocol Buffers wire format, limited to what ONNX files need. Every length is
 * checked against its message, so a broken file cannot make it read or allocate more than it holds.
 * @module
 */
import { viewOf } from "../../checkpoint/bytes.ts";
import { OnnxError } from "../errors.ts";

const VARINT = 0;
const FIXED_64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** A field of a message. Which method can read it depends on how it was written. */
export class Field {
  /** Number of the field in its message's schema. */
  readonly number: number;
  readonly #wireType: number;
  /** The bytes of the value, without its length. */
  readonly #bytes: Uint8Array<ArrayBuffer>;

  /** `bytes`: the value without its tag and length. */
  constructor(number: number, wireType: number, bytes: Uint8Array<ArrayBuffer>) {
    this.number = number;
    this.#wireType = wireType;
    this.#bytes = bytes;
  }

  /** The value as bytes: an embedded message, a string, or packed numbers. */
  bytes(): Uint8Array<ArrayBuffer> {
    this.#must(LENGTH_DELIMITED);
    return this.#bytes;
  }

  /** The value as text. */
  text(): string {
    try {
      return utf8.decode(this.bytes());
    } catch (error) {
      if (error instanceof OnnxError) throw error;
      throw broken(`text must be UTF-8: current field is ${this.number}`);
    }
  }

  /** The value as a signed 64-bit integer. */
  bigint(): bigint {
    this.#must(VARINT);
    return new Varints(this.#bytes).next();
  }

  /**
   * The value as an integer that a number can hold.
   * @throws {OnnxError} if it is larger
   */
  int(): number {
    return safe(this.bigint());
  }

  /** The value as a 32-bit floating-point number. */
  float(): number {
    this.#must(FIXED_32);
    return viewOf(this.#bytes).getFloat32(0, true);
  }

  /** The values of a repeated integer, of which this field holds one, or all if they are packed. */
  bigints(): bigint[] {
    if (this.#wireType !== LENGTH_DELIMITED) return [this.bigint()];
    const reader = new Varints(this.#bytes);
    const values: bigint[] = [];
    while (!reader.isAtEnd) values.push(reader.next());
    return values;
  }

  /** The little-endian bytes of a repeated number of fixed size: one, or all if they are packed. */
  fixed(size: 4 | 8): Uint8Array<ArrayBuffer> {
    if (this.#wireType !== LENGTH_DELIMITED) this.#must(size === 4 ? FIXED_32 : FIXED_64);
    if (this.#bytes.length % size === 0) return this.#bytes;
    throw broken(
      `packed numbers must be complete: current field ${this.number} has ${this.#bytes.length} bytes`,
    );
  }

  #must(wireType: number): void {
    if (this.#wireType === wireType) return;
    throw broken(
      `field ${this.number} must have wire type ${wireType}: current is ${this.#wireType}`,
    );
  }
}

/**
 * The fields of a message, in the order of the file.
 * @throws {OnnxError} if the message is broken
 */
export function* fieldsOf(message: Uint8Array<ArrayBuffer>): Generator<Field> {
  const reader = new Varints(message);
  while (!reader.isAtEnd) {
    const tag = safe(reader.next());
    const [number, wireType] = [Math.floor(tag / 8), tag % 8];
    if (number < 1) throw broken(`field numbers must be positive: current tag is ${tag}`);
    yield new Field(number, wireType, reader.value(wireType));
  }
}

/** The value of an integer as a number. */
export function safe(value: bigint): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw broken(`integers must be below 2^53: current is ${value}`);
}

/** Returns the error for a file that is not a valid message. */
export function broken(rule: string): OnnxError {
  return new OnnxError(`Cannot read an ONNX file: ${rule}`);
}

/** Reads a run of bytes from the start. */
class Varints {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  #at = 0;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** The next integer: at most ten bytes of seven bits, lowest first; the top bit continues. */
  next(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#take(1)[0]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, value);
    }
    throw broken("integers must have at most ten bytes");
  }

  /** The bytes of a value of this wire type. */
  value(wireType: number): Uint8Array<ArrayBuffer> {
    const start = this.#at;
    switch (wireType) {
      case VARINT:
        this.next();
        return this.#bytes.subarray(start, this.#at);
      case FIXED_64:
        return this.#take(8);
      case FIXED_32:
        return this.#take(4);
      case LENGTH_DELIMITED:
        return this.#take(safe(this.next()));
      default:
        throw broken(`the wire type must be 0, 1, 2, or 5: current is ${wireType}`);
    }
  }

  #take(count: number): Uint8Array<ArrayBuffer> {
    const rest = this.#bytes.length - this.#at;
    if (count < 0 || count > rest) {
      throw broken(
        `a value must end within its message: current value takes ${count} bytes, but ${rest} are left`,
      );
    }
    return this.#bytes.subarray(this.#at, this.#at += count);
  }
}
