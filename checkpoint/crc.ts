/**
 * Cyclic redundancy checks of 32 bits, whose polynomials are written with their bits reversed.
 * @module
 */

/** The CRC-32 of zip and gzip, as an unsigned number. */
export const crc32: (bytes: Uint8Array) => number = crcOf(0xedb88320);

/** The CRC-32C (Castagnoli; RFC 3720, appendix B.4) of TensorBoard's files. */
export const crc32c: (bytes: Uint8Array) => number = crcOf(0x82f63b78);

function crcOf(polynomial: number): (bytes: Uint8Array) => number {
  const table = Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1;
    return value;
  });
  return (bytes) => {
    let crc = 0xffffffff;
    for (let i = 0; i < bytes.length; i++) crc = table[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
    return ~crc >>> 0;
  };
}
