import {
  assert,
  assertEquals,
  assertGreater,
  assertInstanceOf,
  assertLess,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  decodeSafetensors,
  encodeSafetensors,
  fromTyped,
  type SafetensorsDType,
  SafetensorsError,
  type TensorData,
} from "../../checkpoint/mod.ts";
import { randomWords } from "./random_words.ts";

const utf8 = new TextEncoder();

/** Builds a file from its header text and buffer. */
function file(header: string | Uint8Array, buffer: Uint8Array = new Uint8Array()): Uint8Array {
  const text = typeof header === "string" ? utf8.encode(header) : header;
  const bytes = new Uint8Array(8 + text.length + buffer.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(buffer, 8 + text.length);
  return bytes;
}

function entry(shape: readonly number[], begin: number, end: number, dtype = "I32"): string {
  return `{"dtype":"${dtype}","shape":[${shape}],"data_offsets":[${begin},${end}]}`;
}

function refused(bytes: Uint8Array, includes: string): SafetensorsError {
  const error = assertThrows(() => decodeSafetensors(bytes), SafetensorsError, includes);
  assertInstanceOf(error, SafetensorsError);
  return error;
}

Deno.test("a file built byte by byte from the specification round-trips", () => {
  // Length 80 = 0x50; header padded with blanks; then F32 1.0, -2.5 and I16 258.
  const header = `{"w":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},` +
    `"n":{"dtype":"I16","shape":[],"data_offsets":[8,10]}}`;
  const padded = header.padEnd(Math.ceil(header.length / 8) * 8, " ");
  const bytes = Uint8Array.from([
    ...[padded.length, 0, 0, 0, 0, 0, 0, 0],
    ...[...padded].map((character) => character.charCodeAt(0)),
    ...[0x00, 0x00, 0x80, 0x3f, 0x00, 0x00, 0x20, 0xc0],
    ...[0x02, 0x01],
  ]);
  const { tensors, metadata } = decodeSafetensors(bytes);
  assertEquals([...tensors.keys()], ["w", "n"]);
  assertEquals(tensors.get("w")?.shape, [1, 2]);
  assertEquals(tensors.get("n")?.shape, []);
  assertEquals([...metadata], []);
  assertEquals(encodeSafetensors(tensors), bytes);
  assertEquals(
    encodeSafetensors(
      new Map([
        ["n", fromTyped(new Int16Array([258]), [])],
        ["w", fromTyped(new Float32Array([1, -2.5]), [1, 2])],
      ]),
    ),
    bytes,
  );
});

Deno.test("an empty file is the blank-padded empty object", () => {
  const bytes = encodeSafetensors(new Map());
  assertEquals([...bytes], [8, 0, 0, 0, 0, 0, 0, 0, 123, 125, 32, 32, 32, 32, 32, 32]);
  assertEquals(decodeSafetensors(bytes).tensors.size, 0);
});

Deno.test("every dtype, empty tensors, scalars, unusual names, and metadata survive a round trip", () => {
  const sizes: readonly [SafetensorsDType, number][] = [
    ["F64", 8],
    ["F32", 4],
    ["F16", 2],
    ["BF16", 2],
    ["I64", 8],
    ["I32", 4],
    ["I16", 2],
    ["I8", 1],
    ["U64", 8],
    ["U32", 4],
    ["U16", 2],
    ["U8", 1],
    ["BOOL", 1],
  ];
  const tensors = new Map<string, TensorData>();
  for (const [dtype, size] of sizes) {
    const bytes = new Uint8Array(6 * size).map((_, index) => (index * 37) & 1);
    tensors.set(`${dtype}/matrix`, { dtype, shape: [2, 3], bytes });
    tensors.set(`${dtype}/scalar`, { dtype, shape: [], bytes: bytes.slice(0, size) });
    tensors.set(`${dtype}/empty`, { dtype, shape: [3, 0, 2], bytes: new Uint8Array() });
  }
  for (const name of ["", "__proto__", "constructor", "toString", 'a"\\\n\u0000é😀\u2028', "0"]) {
    tensors.set(name, { dtype: "U8", shape: [1], bytes: Uint8Array.of(tensors.size) });
  }
  const metadata = new Map([["__proto__", "x"], ["step", "12"], ["", ""], ["π", '"\\']]);
  const file = encodeSafetensors(tensors, metadata);
  const read = decodeSafetensors(file);
  assertEquals(read.tensors.size, tensors.size);
  for (const [name, tensor] of tensors) assertEquals(read.tensors.get(name), tensor, name);
  assertEquals(new Map(read.metadata), metadata);
  assertEquals(encodeSafetensors(read.tensors, read.metadata), file);
});

Deno.test("tensors are sorted by dtype, widest first, and then by the code points of their names", () => {
  const one = (dtype: SafetensorsDType, size: number): TensorData => ({
    dtype,
    shape: [],
    bytes: new Uint8Array(size),
  });
  // U+FF5E is before U+1F600 by code point, and after it by UTF-16 unit.
  const tensors = new Map([
    ["\u{1f600}", one("F32", 4)],
    ["\uff5e", one("F32", 4)],
    ["b", one("F32", 4)],
    ["a", one("BOOL", 1)],
    ["ab", one("F32", 4)],
    ["z", one("I64", 8)],
    ["y", one("BF16", 2)],
    ["x", one("F16", 2)],
    ["w", one("F64", 8)],
  ]);
  const expected = ["z", "w", "ab", "b", "\uff5e", "\u{1f600}", "y", "x", "a"];
  const bytes = encodeSafetensors(tensors, { b: "2", a: "1" });
  assertEquals([...decodeSafetensors(bytes).tensors.keys()], expected);
  const reversed = new Map([...tensors].reverse());
  assertEquals(encodeSafetensors(reversed, { a: "1", b: "2" }), bytes);
  assertEquals(bytes[8], "{".charCodeAt(0));
  assertEquals(new DataView(bytes.buffer).getUint32(0, true) % 8, 0);
});

Deno.test("files that the reference implementation rejects are rejected", () => {
  refused(new Uint8Array(0), "8 bytes of header length");
  refused(new Uint8Array(7), "the file has 7 bytes"); // HeaderTooSmall
  refused(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1), "at most 100000000"); // HeaderTooLarge
  refused(Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 255), "18446744073709551615");
  const tooLarge = new Uint8Array(16);
  new DataView(tooLarge.buffer).setBigUint64(0, 100_000_001n, true);
  refused(tooLarge, "stated length is 100000001");
  refused(Uint8Array.of(60, 0, 0, 0, 0, 0, 0, 0, 123), "inside the file"); // InvalidHeaderLength
  refused(file(Uint8Array.of(0x7b, 0xff, 0xfe)), "UTF-8"); // InvalidHeader
  refused(file("{"), "must be a string"); // InvalidHeaderDeserialization
  refused(file("[]"), 'begin with "{"');
  refused(file(""), "the header is empty");
  refused(file(" {}"), 'begin with "{"');
  refused(file("\ufeff{}"), 'begin with "{"');
  refused(
    file(`{"t":${entry([2, 2], 0, 16)}}`, new Uint8Array(20)),
    "must fill it to its end", // MetadataIncompleteBuffer: surplus bytes (polyglot)
  );
  refused(file(`{"t":${entry([2, 2], 0, 16)}}`, new Uint8Array(15)), "inside the file");
  refused(file(`{"t":${entry([2, 3], 0, 16)}}`, new Uint8Array(16)), "takes 24 bytes");
  refused(file(`{"t":${entry([2, 2], 16, 0)}}`, new Uint8Array(16)), "must not decrease");
  // Two overflow cases: in the product of the sizes, and in the product with the element size.
  const huge = 4503599627370496;
  refused(file(`{"t":${entry([2, huge, huge], 0, 16)}}`, new Uint8Array(16)), "overflows");
  refused(file(`{"t":${entry([huge], 0, 16)}}`, new Uint8Array(16)), "overflows");
  refused(file(`{"t":${entry([huge, huge, 0], 0, 0)}}`), "overflows");
});

Deno.test("tensors that share a range of bytes are rejected", () => {
  const entries = Array.from({ length: 10 }, (_, i) => `"t${i}":${entry([2, 2], 0, 16)}`);
  const error = refused(file(`{${entries}}`, new Uint8Array(16)), "must not overlap");
  assertEquals(error.tensor, "t1");
});

Deno.test("gaps and overlaps are rejected, and the error names the tensor", () => {
  const hole = `{"a":${entry([1], 0, 4)},"b":${entry([1], 8, 12)}}`;
  assertEquals(refused(file(hole, new Uint8Array(12)), "must not leave gaps").tensor, "b");
  const late = `{"a":${entry([1], 4, 8)}}`;
  assertEquals(refused(file(late, new Uint8Array(8)), "must not leave gaps").tensor, "a");
  const overlap = `{"a":${entry([2], 0, 8)},"b":${entry([2], 4, 12)}}`;
  const error = refused(file(overlap, new Uint8Array(12)), "must not overlap");
  assertEquals(error.tensor, "b");
  assertEquals(error.byteOffset, 8 + overlap.length + 4);
});

Deno.test("duplicate keys are rejected at every level, even if escaped differently", () => {
  const t = entry([], 0, 4);
  const four = new Uint8Array(4);
  refused(file(`{"t":${t},"t":${t}}`, four), "occurs twice");
  refused(file(`{"t":${t},"\\u0074":${t}}`, four), "occurs twice");
  refused(file(`{"__metadata__":{},"__metadata__":{}}`), "occurs twice");
  refused(file(`{"__metadata__":{"a":"1","a":"2"}}`), "occurs twice");
  const inside = `{"t":{"dtype":"I32","dtype":"I32","shape":[],"data_offsets":[0,4]}}`;
  refused(file(inside, four), "occurs twice");
});

Deno.test("numbers with a sign, fraction, exponent, leading 0, or rounding are rejected", () => {
  const withShape = (size: string) =>
    file(`{"t":{"dtype":"U8","shape":[${size}],"data_offsets":[0,1]}}`, new Uint8Array(1));
  assertEquals(decodeSafetensors(withShape("1")).tensors.get("t")?.shape, [1]);
  for (const size of ["-1", "1.0", "1e0", "+1", '"1"', "null", "[1]", "", "1,", "NaN", "0x1"]) {
    if (size !== "") refused(withShape(size), "byte");
  }
  refused(withShape("01"), "must not begin with 0");
  refused(withShape("9007199254740993"), "at most 2^53 - 1");
  refused(withShape("18446744073709551617"), "at most 2^53 - 1"); // 2^64 + 1, 1 if it wrapped
  refused(withShape("1".repeat(5000)), "at most 2^53 - 1");
});

Deno.test("entries must have exactly dtype, shape, and two offsets", () => {
  refused(file(`{"t":{}}`), "missing dtype,shape,data_offsets");
  refused(file(`{"t":{"dtype":"I32","shape":[]}}`), "missing data_offsets");
  refused(file(`{"t":{"dtype":"I32","shape":[],"data_offsets":[0]}}`), "must be two numbers");
  refused(file(`{"t":{"dtype":"I32","shape":[],"data_offsets":[0,4,4]}}`), "must be two numbers");
  refused(file(`{"t":{"dtype":"I32","shape":[],"data_offsets":[0,4],"x":1}}`), 'key is "x"');
  refused(file(`{"t":{"dtype":"I32","shape":[],"data_offsets":[0,4],"__proto__":1}}`), "__proto__");
  refused(file(`{"t":[]}`), 'expected "{"');
  refused(file(`{"t":${entry([1], 0, 1, "F8_E4M3")}}`, new Uint8Array(1)), "dtype must be one of");
  refused(file(`{"t":${entry([1], 0, 1, "toString")}}`, new Uint8Array(1)), "dtype must be one of");
  refused(file(`{"__metadata__":{"a":1}}`), "must be a string");
  refused(file(`{"__metadata__":null}`), 'expected "{"');
});

Deno.test("invalid JSON is rejected with the byte offset of the error", () => {
  const cases: readonly [string, string][] = [
    [`{}x`, "only blanks may follow"],
    [`{}{}`, "only blanks may follow"],
    [`{}\u0000`, "only blanks may follow"],
    [`{"a`, "has no end"],
    [`{"a\\`, "has no end"],
    [`{"a\nb":1}`, "raw control characters"],
    [`{"\\x":1}`, "invalid escape"],
    [`{"\\ud800":1}`, "surrogate"],
    [`{'a':1}`, "must be a string"],
    [`{"a":${entry([], 0, 0)},}`, "must be a string"],
    [`{/**/}`, "must be a string"],
  ];
  for (const [header, includes] of cases) refused(file(header), includes);
  const error = refused(file(`{"é":{"dtype":7}}`), "dtype must be a string");
  assertEquals(error.byteOffset, 8 + utf8.encode(`{"é":{"dtype":`).length);
  assertEquals(error.tensor, "é");
});

Deno.test("deeply nested JSON fails at the first bracket, without recursion", () => {
  const depth = 1_000_000;
  for (const start of [`{"a":{"b":`, `{"a":{"shape":[`]) {
    const bracket = start.endsWith("[") ? "[" : `{"b":`;
    const error = refused(file(start + bracket.repeat(depth)), "byte");
    assertLess(error.byteOffset!, 8 + start.length + 1);
  }
});

Deno.test("names of prototype properties are ordinary names", () => {
  const header = `{"__proto__":${entry([1], 0, 4)},"__metadata__":{"__proto__":"polluted"}}`;
  const { tensors, metadata } = decodeSafetensors(file(header, new Uint8Array(4)));
  assertEquals([...tensors.keys()], ["__proto__"]);
  assertEquals(metadata.get("__proto__"), "polluted");
  assertEquals("polluted" in {}, false);
});

Deno.test("names from a file are escaped and shortened in messages", () => {
  const name = "\\u001b[31m\\n\\u202e" + "x".repeat(100_000);
  const error = refused(file(`{"${name}":{"dtype":"Q"}}`), "missing");
  assertLess(error.message.length, 400);
  // deno-lint-ignore no-control-regex
  assert(!/[\u0000-\u001f\u202e]/.test(error.message));
});

Deno.test("decoded tensors are views of the file", () => {
  const bytes = encodeSafetensors(new Map([["t", fromTyped(new Float32Array(1000), [1000])]]));
  const t = decodeSafetensors(bytes).tensors.get("t");
  assert(t !== undefined && t.bytes.buffer === bytes.buffer);
});

Deno.test("a file inside a larger buffer is read from its own start", () => {
  const bytes = encodeSafetensors(new Map([["t", fromTyped(new Int8Array([1, 2, 3]), [3])]]));
  const larger = new Uint8Array(bytes.length + 20);
  larger.set(bytes, 13);
  const { tensors } = decodeSafetensors(larger.subarray(13, 13 + bytes.length));
  assertEquals([...tensors.get("t")?.bytes ?? []], [1, 2, 3]);
});

Deno.test("the encoder rejects what the decoder would reject", () => {
  const bytes = new Uint8Array(4);
  const write = (name: string, tensor: TensorData) => () =>
    encodeSafetensors(new Map([[name, tensor]]));
  const cases: readonly [() => unknown, string][] = [
    [write("__metadata__", { dtype: "F32", shape: [], bytes }), "reserved"],
    [write("\ud800", { dtype: "F32", shape: [], bytes }), "surrogate"],
    [write("t", { dtype: "F32", shape: [2], bytes }), "takes 8 bytes"],
    [write("t", { dtype: "F32", shape: [0.5], bytes }), "whole numbers"],
    [write("t", { dtype: "F32", shape: [-1], bytes }), "whole numbers"],
    [() => encodeSafetensors(new Map(), { a: "\udfff" }), "well-formed"],
  ];
  for (const [run, includes] of cases) assertThrows(run, SafetensorsError, includes);
});

Deno.test("200,000 mutated files give either a valid result or a SafetensorsError", () => {
  const seedFile = encodeSafetensors(
    new Map([
      ["0.weight", fromTyped(new Float32Array(6), [2, 3])],
      ["0.bias", fromTyped(new Float32Array(2), [2])],
      ["step", fromTyped(new BigInt64Array(1), [])],
    ]),
    { epoch: "3", note: 'a"b' },
  );
  const headerLength = new DataView(seedFile.buffer).getUint32(0, true);
  const tokens = ['"', "{", "}", "[", "]", ",", ":", "\\", "9", "-", "\u0000", "é", "e", ".", " "]
    .map((token) => utf8.encode(token));
  const next = randomWords(20260611);
  let refusals = 0;
  let accepted = 0;
  const messages = new Set<string>();
  for (let run = 0; run < 200_000; run++) {
    const bytes = mutate(seedFile, headerLength, tokens, next);
    try {
      const { tensors } = decodeSafetensors(bytes);
      let total = 0;
      for (const { bytes } of tensors.values()) total += bytes.length;
      assert(total <= bytes.length);
      accepted++;
    } catch (error) {
      if (!(error instanceof SafetensorsError)) throw error;
      refusals++;
      messages.add(error.message.replaceAll(/\d+|".*"/g, "").slice(0, 70));
    }
  }
  assertGreater(refusals, 100_000);
  assertGreater(accepted, 1000); // or the mutations are too coarse to reach the later checks
  assertGreater(messages.size, 25);
});

function mutate(
  original: Uint8Array,
  headerLength: number,
  tokens: readonly Uint8Array[],
  next: () => number,
): Uint8Array {
  let bytes = original.slice();
  const edits = 1 + next() % 3;
  for (let edit = 0; edit < edits; edit++) {
    const at = next() % (8 + headerLength);
    const kind = next() % 8;
    if (kind === 0) bytes[at] = next() & 0xff;
    else if (kind === 1) bytes[at] = (bytes[at] ?? 0) ^ (1 << (next() % 8));
    else if (kind <= 3) bytes.set(tokens[next() % tokens.length] ?? [], at);
    else if (kind === 4) bytes[at] = 0x30 + next() % 10;
    else if (kind === 5) bytes = bytes.slice(0, next() % (bytes.length + 1));
    else if (kind === 6) bytes.copyWithin(8 + at % headerLength, 8 + next() % headerLength);
    else bytes[8 + at % headerLength] = 0x20;
    if (bytes.length < 8 + headerLength + 4) break;
  }
  return bytes;
}

Deno.test("an error message says what is wrong, where, and the current value", () => {
  const error = refused(file(`{"fc1.weight":${entry([2, 3], 0, 16)}}`, new Uint8Array(16)), "");
  assertStringIncludes(
    error.message,
    'Cannot read tensor "fc1.weight": I32[2, 3] takes 24 bytes: data_offsets span 16',
  );
});
