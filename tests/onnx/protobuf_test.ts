import { assertEquals, assertThrows } from "@std/assert";
import { encodeOnnxModel, OnnxError } from "../../onnx/mod.ts";
import { Message } from "../../onnx/file/protobuf.ts";

Deno.test("messages are the bytes of the wire format's own examples", () => {
  // the examples of the encoding's documentation: 150 in field 1, "testing" in field 2, …
  assertEquals([...new Message().int(1, 150).finish()], [0x08, 0x96, 0x01]);
  assertEquals(
    [...new Message().text(2, "testing").finish()],
    [0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67],
  );
  const inner = new Message().int(1, 150);
  assertEquals([...new Message().message(3, inner).finish()], [0x1a, 0x03, 0x08, 0x96, 0x01]);
});

Deno.test("negative integers take ten bytes, and floats four", () => {
  assertEquals(
    [...new Message().int(1, -2).finish()],
    [0x08, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  );
  assertEquals([...new Message().float(2, 1).finish()], [0x15, 0, 0, 0x80, 0x3f]);
});

Deno.test("a file that would be larger than the format allows is refused before it is put together", () => {
  // the same half a gibibyte, five times
  const bytes = new Uint8Array(2 ** 29);
  const initializers = Array.from({ length: 5 }, (_, i) => ({
    name: `w${i}`,
    dtype: "u8",
    shape: [bytes.length],
    bytes,
  } as const));
  const nothing = {
    name: "large",
    nodes: [],
    inputs: [],
    outputs: [],
    metadata: new Map(),
    opset: 17,
  };
  assertThrows(
    () => encodeOnnxModel({ ...nothing, initializers }),
    OnnxError,
    "smaller than 2 GiB",
  );
});
