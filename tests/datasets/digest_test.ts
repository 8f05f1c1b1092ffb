import { assertEquals } from "@std/assert";
import { hasDigest, md5 } from "../../datasets/digest.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("md5() matches the test vectors of RFC 1321", async () => {
  const digits = "1234567890".repeat(8);
  const upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  const answers: readonly [string, string][] = [
    ["", "d41d8cd98f00b204e9800998ecf8427e"],
    ["a", "0cc175b9c0f1b6a831c399e269772661"],
    ["abc", "900150983cd24fb0d6963f7d28e17f72"],
    ["message digest", "f96b697d7cb7938d525a2f31aaf161d0"],
    [upper.toLowerCase(), "c3fcd3d76192e4007dfb496cca67e13b"],
    [`${upper}${upper.toLowerCase()}0123456789`, "d174ab98d277d9f5a5611c2c9f419d9f"],
    [digits, "57edf4a22be3c955ac49da2e2107b67a"],
  ];
  for (const [text, answer] of answers) assertEquals(await md5(bytes(text)), answer);
  assertEquals(await md5(bytes(`..${digits}`).subarray(2)), "57edf4a22be3c955ac49da2e2107b67a");
});

Deno.test("hasDigest() uses the given algorithm", async () => {
  const abc = bytes("abc");
  const hex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  assertEquals(await hasDigest(abc, { algorithm: "SHA-256", hex }), true);
  assertEquals(await hasDigest(abc, { algorithm: "MD5", hex: await md5(abc) }), true);
  assertEquals(await hasDigest(abc, { algorithm: "MD5", hex }), false);
});
