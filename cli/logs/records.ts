/**
 * The record format of TensorBoard's event files (TFRecord):
 *
 *     u64 length, u32 masked CRC-32C of the length, data, u32 masked CRC-32C of the data
 *
 * all little-endian.
 * @module
 */
import { viewOf } from "../../checkpoint/bytes.ts";
import { crc32c } from "../../checkpoint/crc.ts";

const HEADER = 12;
const FOOTER = 4;

/** TFRecord masks a CRC, because a CRC of data that contains CRCs is weak. */
function maskedCrc(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** Encodes data as a record. */
export function encodeRecord(data: Uint8Array): Uint8Array<ArrayBuffer> {
  const record = new Uint8Array(HEADER + data.length + FOOTER);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc(record.subarray(0, 8)), true);
  record.set(data, HEADER);
  view.setUint32(HEADER + data.length, maskedCrc(data), true);
  return record;
}

/** The end offset of each record of a file, up to the first torn or damaged one. */
export function* recordEnds(file: Uint8Array): Generator<number> {
  const view = viewOf(file);
  let at = 0;
  while (at + HEADER + FOOTER <= file.length) {
    if (view.getUint32(at + 8, true) !== maskedCrc(file.subarray(at, at + 8))) return;
    const end = at + HEADER + Number(view.getBigUint64(at, true));
    if (end + FOOTER > file.length) return;
    if (view.getUint32(end, true) !== maskedCrc(file.subarray(at + HEADER, end))) return;
    at = end + FOOTER;
    yield at;
  }
}
