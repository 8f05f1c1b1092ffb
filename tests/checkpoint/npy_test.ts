import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  decodeNpy,
  encodeNpy,
  fromTyped,
  NpyError,
  type SafetensorsDType,
  type TensorData,
  toFloat32,
  toInt32,
} from "../../checkpoint/mod.ts";

const utf8 = new TextEncoder();

/** Builds a file. Default version: 1.0. */
function file(header: string, data: Uint8Array = new Uint8Array(), version = 1): Uint8Array {
  const text = utf8.encode(header);
  const length = version === 1
    ? [text.length & 255, text.length >> 8]
    : [text.length & 255, text.length >> 8, 0, 0];
  return Uint8Array.of(0x93, ...utf8.encode("NUMPY"), version, 0, ...length, ...text, ...data);
}

function header(descr: string, shape: string, fortran = "False"): string {
  return `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }`;
}

const floats = (...values: readonly number[]) => new Uint8Array(Float32Array.from(values).buffer);

function refused(bytes: Uint8Array, includes: string): void {
  assertThrows(() => decodeNpy(bytes), NpyError, includes);
}

Deno.test("an npy file has the bytes of the format's specification", () => {
  const bytes = encodeNpy(fromTyped(Float32Array.of(1, -2.5), [1, 2]));
  const text = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }";
  assertEquals(bytes.length, 128 + 8);
  assertEquals([...bytes.subarray(0, 10)], [0x93, 78, 85, 77, 80, 89, 1, 0, 118, 0]);
  assertEquals(new TextDecoder().decode(bytes.subarray(10, 128)), `${text.padEnd(117)}\n`);
  assertEquals([...bytes.subarray(128)], [0, 0, 0x80, 0x3f, 0, 0, 0x20, 0xc0]);
});

Deno.test("shapes of scalars, vectors, and empty arrays are written like Python tuples", () => {
  const shapes: readonly [number[], string][] = [[[], "()"], [[3], "(3,)"], [[0, 2], "(0, 2)"]];
  for (const [shape, tuple] of shapes) {
    const count = shape.reduce((product, size) => product * size, 1);
    const tensor = fromTyped(new Int32Array(count), shape);
    const bytes = encodeNpy(tensor);
    assert(new TextDecoder("latin1").decode(bytes).includes(`'shape': ${tuple}, }`));
    assertEquals(decodeNpy(bytes), tensor);
  }
});

Deno.test("every dtype that NumPy supports survives a round trip", () => {
  const dtypes: readonly [SafetensorsDType, number][] = [
    ["BOOL", 1],
    ["U8", 1],
    ["I8", 1],
    ["I16", 2],
    ["U16", 2],
    ["F16", 2],
    ["I32", 4],
    ["U32", 4],
    ["F32", 4],
    ["F64", 8],
    ["I64", 8],
    ["U64", 8],
  ];
  for (const [dtype, size] of dtypes) {
    const bytes = Uint8Array.from({ length: 6 * size }, (_, i) => (7 * i) & 1);
    const tensor: TensorData = { dtype, shape: [2, 3], bytes };
    assertEquals(decodeNpy(encodeNpy(tensor)), tensor);
  }
  const bfloat: TensorData = { dtype: "BF16", shape: [1], bytes: new Uint8Array(2) };
  assertThrows(() => encodeNpy(bfloat), NpyError, "NumPy has no type BF16: convert it to F32");
});

Deno.test("column-major and big-endian files are read as row-major and little-endian", () => {
  // [[1, 2, 3], [4, 5, 6]] column by column
  const columns = file(header("<f4", "(2, 3)", "True"), floats(1, 4, 2, 5, 3, 6));
  assertEquals([...toFloat32(decodeNpy(columns))], [1, 2, 3, 4, 5, 6]);
  // [2, 2, 2]: element (i, j, k) is at i + 2j + 4k
  const cube = file(header("<f4", "(2, 2, 2)", "True"), floats(0, 4, 2, 6, 1, 5, 3, 7));
  assertEquals([...toFloat32(decodeNpy(cube))], [0, 1, 2, 3, 4, 5, 6, 7]);
  const big = file(header(">i4", "(2,)"), Uint8Array.of(0, 0, 1, 2, 255, 255, 255, 255));
  assertEquals([...toInt32(decodeNpy(big))], [258, -1]);
});

Deno.test("headers of other writers are read: long ones, reordered ones, and those of Python 2", () => {
  const reordered = `{"shape":(2L,),"fortran_order":False,"descr":"<f4"}   \n`;
  for (const version of [1, 2, 3]) {
    assertEquals([...toFloat32(decodeNpy(file(reordered, floats(1, 2), version)))], [1, 2]);
  }
  const axes = Array.from({ length: 40_000 }, () => 1);
  const long = encodeNpy(fromTyped(Float32Array.of(7), axes));
  assertEquals(long[6], 2);
  assertEquals(decodeNpy(long).shape.length, 40_000);
});

Deno.test("an invalid npy file is rejected, and the error says why", () => {
  const good = file(header("<f4", "(2,)"), floats(1, 2));
  for (let length = 0; length < good.length; length++) {
    assertThrows(() => decodeNpy(good.subarray(0, length)), NpyError);
  }
  refused(Uint8Array.of(...good, 0), "F32[2] takes 8 bytes after the header: current count is 9");
  refused(file(header("<f4", "(9007199254740993,)")), "sizes from 0 to 2^53 - 1");
  refused(file(header("<f4", "(4294967296, 4294967296)")), "takes Infinity bytes");
  refused(file(header("<f4", "(-1,)")), "sizes from 0 to 2^53 - 1");
  refused(file(header("<f4", "(2, 'x')")), "sizes from 0 to 2^53 - 1");
  refused(file(header("|O", "(1,)"), new Uint8Array(8)), "descr is");
  refused(file(header("<U5", "(1,)"), new Uint8Array(20)), "descr is");
  refused(file(header("<c8", "(1,)"), new Uint8Array(8)), "descr is");
  refused(file(header("<b1", "(1,)"), new Uint8Array(1)), "descr is");
  refused(file("{'descr': [('a', '<f4')], 'shape': ()}"), "structured types are not supported");
  refused(file("{'descr': '<f4', 'descr': '<f4'}"), 'each once: current "descr"');
  refused(file("{'shape': (1,)}"), "are required: current keys: shape");
  refused(file("__import__('os').system('true')"), 'expected "{" at character 0');
  refused(file(header("<f4", "()") + "x", floats(1)), "expected the end");
  refused(Uint8Array.of(...good.subarray(0, 6), 9, 0, ...good.subarray(8)), "version is 9.0");
});
