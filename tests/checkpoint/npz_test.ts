import { assertEquals, assertLess, assertRejects } from "@std/assert";
import {
  decodeNpz,
  encodeNpy,
  encodeNpz,
  fromTyped,
  NpyError,
  type TensorData,
  toFloat32,
  toInt32,
} from "../../checkpoint/mod.ts";
import { encodeZip } from "../../checkpoint/zip.ts";
import { findPython, runPython } from "../support/python.ts";

const some: ReadonlyMap<string, TensorData> = new Map([
  ["0.weight", fromTyped(Float32Array.from({ length: 600 }, (_, i) => i % 7), [20, 30])],
  ["labels/π", fromTyped(Int32Array.of(3, 1, 2), [3])],
  ["step", fromTyped(BigInt64Array.of(-5n), [])],
  ["empty", fromTyped(new Float32Array(), [0, 4])],
]);

async function refused(bytes: Uint8Array, includes: string): Promise<void> {
  await assertRejects(() => decodeNpz(bytes), NpyError, includes);
}

Deno.test("arrays survive a round trip through npz, stored and deflated", async () => {
  const stored = await encodeNpz(some);
  const deflated = await encodeNpz(some, { compress: true });
  assertEquals(await decodeNpz(stored), new Map(some));
  assertEquals(await decodeNpz(deflated), new Map(some));
  assertLess(deflated.length, stored.length / 2);
  assertEquals(await encodeNpz(some), stored); // equal contents give equal bytes
});

Deno.test("the smallest archive has the bytes of the zip specification", async () => {
  const bytes = await encodeZip([["a", Uint8Array.of(0x31)]], { compress: false });
  const both = [20, 0, 0, 8, 0, 0, 0, 0, 0x21, 0, 0xb7, 0xef, 0xdc, 0x83, 1, 0, 0, 0, 1, 0, 0, 0];
  assertEquals([...bytes], [
    ...[0x50, 0x4b, 3, 4, ...both, 1, 0, 0, 0, 0x61, 0x31],
    ...[0x50, 0x4b, 1, 2, 20, 0, ...both, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    0x61,
    ...[0x50, 0x4b, 5, 6, 0, 0, 0, 0, 1, 0, 1, 0, 47, 0, 0, 0, 32, 0, 0, 0, 0, 0],
  ]);
});

Deno.test("a truncated or modified archive is rejected", async () => {
  for (const compress of [false, true]) {
    const bytes = await encodeNpz(new Map([["x", fromTyped(Float32Array.of(1, 2), [2])]]), {
      compress,
    });
    for (let length = 0; length < bytes.length; length++) {
      await assertRejects(() => decodeNpz(bytes.slice(0, length)), NpyError);
    }
    const changed = bytes.slice();
    changed[31 + 40]! ^= 1; // in the member's data
    await assertRejects(() => decodeNpz(changed), NpyError);
  }
});

/** Overwrites the 32-bit number at offset `at` of the directory entry. */
function patched(bytes: Uint8Array, at: number, value: number, size: 2 | 4): Uint8Array {
  const out = bytes.slice();
  const view = new DataView(out.buffer);
  const entry = view.getUint32(out.length - 6, true);
  if (size === 4) view.setUint32(entry + at, value, true);
  else view.setUint16(entry + at, value, true);
  return out;
}

Deno.test("sizes claimed by an archive are checked before memory is allocated", async () => {
  const zeros = encodeNpy(fromTyped(new Float32Array(250_000), [250_000]));
  const bomb = await encodeZip([["x.npy", zeros]], { compress: true });
  assertLess(bomb.length, 3000);
  assertEquals((await decodeNpz(bomb)).get("x")?.shape, [250_000]);
  await assertRejects(
    () => decodeNpz(bomb, { maxBytes: 1_000_000 }),
    NpyError,
    "at most 1000000 bytes in all: current claim is 1000128",
  );
  await refused(patched(bomb, 24, 0xfffffff0, 4), "bytes of data give at most");
  await refused(
    patched(bomb, 24, 1000, 4),
    "must give 1000 bytes: current data: there are more bytes",
  );
  await refused(patched(bomb, 24, 1_000_200, 4), "there are only 1000128 bytes");
  await refused(patched(bomb, 8, 1, 2), "must not be encrypted");
  await refused(patched(bomb, 10, 14, 2), "method of");
  await refused(patched(bomb, 42, 0xffff0000, 4), "must be before the directory");
  await refused(patched(bomb, 16, 0, 4), "checksum");
  const stored = await encodeZip([["x.npy", zeros]], { compress: false });
  await refused(patched(stored, 24, 10, 4), "give at most");
});

Deno.test("members that share bytes are rejected", async () => {
  // the first member's data contain an archive, and the second entry points into it
  const array = encodeNpy(fromTyped(Float32Array.of(1), [1]));
  const inner = await encodeZip([["y.npy", array]], { compress: false });
  const outer = await encodeZip([["x.npy", inner], ["y.npy", array]], { compress: false });
  const view = new DataView(outer.buffer);
  const second = view.getUint32(outer.length - 6, true) + 46 + 5;
  view.setUint32(second + 42, 30 + 5, true);
  await refused(outer, 'must not overlap: current member is "y.npy"');
  view.setUint32(second + 42, 0, true);
  await refused(outer, "header must match the directory");
  outer[second + 46] = "x".charCodeAt(0);
  await refused(outer, "names must differ");
});

Deno.test("names that could leave a folder and members that are not arrays are rejected", async () => {
  const array = encodeNpy(fromTyped(Float32Array.of(1), [1]));
  const names = [
    "../x.npy",
    "/x.npy",
    "a//x.npy",
    "C:x.npy",
    "a\\x.npy",
    "a\nb.npy",
    ".npy",
    "..npy",
  ];
  for (const name of names) {
    await refused(await encodeZip([[name, array]], { compress: false }), "a name is a relative");
  }
  await refused(await encodeZip([["x.txt", array]], { compress: false }), "names in .npy");
  await refused(
    await encodeZip([["x.npy", array.slice(0, 9)]], { compress: false }),
    '(array "x")',
  );
  await assertRejects(
    () => encodeNpz(new Map([["../x", some.get("step")!]])),
    NpyError,
    "a name is",
  );
});

const python = await findPython("numpy");

Deno.test({
  name: "NumPy reads our files bit for bit",
  ignore: python === undefined,
  async fn() {
    const path = await Deno.makeTempFile({ suffix: ".npz" });
    const program = `
import sys, json, numpy
data = numpy.load(sys.argv[1], allow_pickle=False)
print(json.dumps({name: [str(a.dtype), list(a.shape), a.astype("f8").ravel().tolist()]
                  for name, a in data.items()}))`;
    try {
      for (const compress of [false, true]) {
        await Deno.writeFile(path, await encodeNpz(some, { compress }));
        const found = JSON.parse(await runPython(python!, program, path));
        assertEquals(found, {
          "0.weight": ["float32", [20, 30], [...toFloat32(some.get("0.weight")!)]],
          "labels/π": ["int32", [3], [3, 1, 2]],
          step: ["int64", [], [-5]],
          empty: ["float32", [0, 4], []],
        });
      }
    } finally {
      await Deno.remove(path);
    }
  },
});

Deno.test({
  name: "files of NumPy are read: all types, byte orders, and memory orders",
  ignore: python === undefined,
  async fn() {
    const path = await Deno.makeTempFile({ suffix: ".npz" });
    const program = `
import sys, numpy
base = numpy.arange(24).reshape(2, 3, 4)
arrays = {d: base.astype(d) for d in "?bBhHiIqQefd"}
arrays["big"] = base.astype(">f4")
arrays["columns"] = numpy.asfortranarray(base.astype("<f8"))
arrays["both"] = numpy.asfortranarray(base.astype(">i2"))
arrays["transposed"] = base.astype("f4").T
arrays["scalar"] = numpy.float32(2.5)
numpy.savez(sys.argv[1], **arrays) if sys.argv[2] == "stored" else \\
  numpy.savez_compressed(sys.argv[1], **arrays)`;
    const base = Array.from({ length: 24 }, (_, i) => i);
    try {
      for (const kind of ["stored", "deflated"]) {
        await runPython(python!, program, path, kind);
        const arrays = await decodeNpz(await Deno.readFile(path));
        assertEquals(arrays.size, 17);
        for (const [name, tensor] of arrays) {
          if (["scalar", "transposed", "?"].includes(name)) continue;
          assertEquals([name, tensor.shape, [...toFloat32(tensor)]], [name, [2, 3, 4], base]);
        }
        assertEquals([...toInt32(arrays.get("?")!)], base.map((i) => i > 0 ? 1 : 0));
        assertEquals(arrays.get("transposed")?.shape, [4, 3, 2]);
        assertEquals([...toFloat32(arrays.get("transposed")!)].slice(0, 4), [0, 12, 4, 16]);
        assertEquals([...toFloat32(arrays.get("scalar")!)], [2.5]);
      }
    } finally {
      await Deno.remove(path);
    }
  },
});
