/**
 * Reads TensorBoard's event files, from the description of the format and not from the code
 * that writes them: records of a u64 length, its masked CRC-32C, data and their masked CRC-32C;
 * the data are protocol buffers.
 */
import { assertEquals } from "@std/assert";

/** A decoded `Event`, with a number for each tag of its summary. */
export interface ReadEvent {
  readonly wallTime: number;
  readonly step: number;
  readonly version?: string;
  /** `SessionLog.status`; 1 is START. */
  readonly session?: number;
  readonly scalars: Readonly<Record<string, number>>;
}

/** CRC-32C bit by bit, rotated right by 15 bits and moved by a constant. */
function maskedCrc(bytes: Uint8Array): number {
  let crc = 0xffffffffn;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let i = 0; i < 8; i++) crc = (crc & 1n) === 1n ? (crc >> 1n) ^ 0x82f63b78n : crc >> 1n;
  }
  crc ^= 0xffffffffn;
  const rotated = ((crc >> 15n) | (crc << 17n)) & 0xffffffffn;
  return Number((rotated + 0xa282ead8n) & 0xffffffffn);
}

/** All events of a file. Throws if a byte is not part of a valid record. */
export function readEvents(file: Uint8Array): ReadEvent[] {
  const events: ReadEvent[] = [];
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (let at = 0; at < file.length;) {
    const length = Number(view.getBigUint64(at, true));
    assertEquals(view.getUint32(at + 8, true), maskedCrc(file.subarray(at, at + 8)));
    const data = file.subarray(at + 12, at + 12 + length);
    assertEquals(view.getUint32(at + 12 + length, true), maskedCrc(data));
    events.push(eventOf(data));
    at += length + 16;
  }
  return events;
}

type Value = number | Uint8Array;

/** The fields of a message: whole numbers, doubles and floats as numbers, the rest as bytes. */
function fieldsOf(data: Uint8Array): [number: number, value: Value][] {
  const fields: [number, Value][] = [];
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let at = 0;
  const varint = () => {
    let [value, scale] = [0, 1];
    for (;; scale *= 128) {
      const byte = data[at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < data.length) {
    const key = varint();
    const [number, type] = [key >> 3, key & 7];
    if (type === 0) fields.push([number, varint()]);
    else if (type === 1) fields.push([number, view.getFloat64((at += 8) - 8, true)]);
    else if (type === 5) fields.push([number, view.getFloat32((at += 4) - 4, true)]);
    else if (type === 2) {
      const length = varint();
      fields.push([number, data.subarray(at, at += length)]);
    } else throw new Error(`wire type ${type}`);
  }
  assertEquals(at, data.length);
  return fields;
}

function bytesOf(value: Value | undefined): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new Error(`${value} should be bytes`);
  return value;
}

function textOf(value: Value | undefined): string {
  return new TextDecoder().decode(bytesOf(value));
}

function eventOf(data: Uint8Array): ReadEvent {
  const fields = new Map(fieldsOf(data));
  const summary = fields.has(5) ? fieldsOf(bytesOf(fields.get(5))) : [];
  const scalars = summary.map(([number, bytes]) => {
    assertEquals(number, 1);
    const value = new Map(fieldsOf(bytesOf(bytes)));
    return [textOf(value.get(1)), Number(value.get(2))] as const;
  });
  const session = fields.has(7) ? new Map(fieldsOf(bytesOf(fields.get(7)))).get(1) : undefined;
  return {
    wallTime: Number(fields.get(1)),
    step: Number(fields.get(2) ?? 0),
    ...(fields.has(3) && { version: textOf(fields.get(3)) }),
    ...(session !== undefined && { session: Number(session) }),
    scalars: Object.fromEntries(scalars),
  };
}
