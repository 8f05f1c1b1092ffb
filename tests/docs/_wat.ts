/**
 * A small disassembler: the functions of a generated module in WebAssembly's text format, a
 * statement a line.
 */
import { MEMORY_LANE_OPCODES, MEMORY_OPCODES } from "../../cpu/wasm/memory_opcodes.ts";
import { LANE_OPCODES, PLAIN_OPCODES } from "../../cpu/wasm/opcodes.ts";
import { VALUE_TYPE_CODES } from "../../cpu/wasm/types.ts";

const plain: ReadonlyMap<number, string> = new Map(
  Object.entries(PLAIN_OPCODES).map(([name, code]) => [code, name]),
);
const lanes = new Map<number, string>(
  Object.entries(LANE_OPCODES).map(([name, code]) => [code, name]),
);
const accesses = new Map<number, string>(
  Object.entries({ ...MEMORY_OPCODES, ...MEMORY_LANE_OPCODES }).map(([name, [code]]) => [
    code,
    name,
  ]),
);
const indexed = new Map([
  [0x0c, "br"],
  [0x0d, "br_if"],
  [0x10, "call"],
  [0x20, "local.get"],
  [0x21, "local.set"],
  [0x22, "local.tee"],
  [0x23, "global.get"],
  [0x24, "global.set"],
]);
const blocks = new Map([[0x02, "block"], [0x03, "loop"], [0x04, "if"]]);
const valueTypes = new Map(Object.entries(VALUE_TYPE_CODES).map(([name, code]) => [code, name]));

/** Instructions that leave nothing on the stack, mostly: one such ends a line. */
const ENDS_LINE = /^(local\.set|br|br_if|block|loop|if|else|end|.*\.store\w*)\b/;

/** Reads a module from its bytes. */
class Reader {
  readonly #view: DataView;
  position = 0;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get atEnd(): boolean {
    return this.position >= this.#view.byteLength;
  }

  byte(): number {
    return this.#view.getUint8(this.position++);
  }

  unsigned(): number {
    const byte = this.byte();
    return byte < 0x80 ? byte : byte - 0x80 + 0x80 * this.unsigned();
  }

  signed(): number {
    let [value, shift, byte] = [0, 0, 0];
    do {
      byte = this.byte();
      value |= (byte & 0x7f) << shift;
      shift += 7;
    } while (byte >= 0x80);
    return shift < 32 && (byte & 0x40) !== 0 ? value | (-1 << shift) : value;
  }

  float(): number {
    this.position += 4;
    return Number(this.#view.getFloat32(this.position - 4, true).toPrecision(8));
  }

  take(count: number): Uint8Array {
    const { buffer, byteOffset } = this.#view;
    this.position += count;
    return new Uint8Array(buffer, byteOffset + this.position - count, count);
  }
}

/** The instructions of the module's function number `index`. */
export function disassemble(module: Uint8Array, index: number): string {
  const reader = new Reader(module);
  reader.take(8); // magic number and version
  while (!reader.atEnd) {
    const [id, size] = [reader.byte(), reader.unsigned()];
    if (id !== 10) reader.take(size);
    else {
      const bodies = Array.from(
        { length: reader.unsigned() },
        () => reader.take(reader.unsigned()),
      );
      return body(new Reader(bodies[index]!));
    }
  }
  throw new Error("the module has no code");
}

function body(reader: Reader): string {
  const locals = Array.from({ length: reader.unsigned() }, () => {
    const count = reader.unsigned();
    return `(local ${Array(count).fill(valueTypes.get(reader.byte())).join(" ")})`;
  });
  const lines = [`  ${locals.join(" ")}`];
  let line: string[] = [];
  for (let depth = 1; depth > 0;) {
    const { text, change } = instruction(reader);
    if (change < 0) depth--;
    line.push(text);
    if (depth > 0 && ENDS_LINE.test(text)) {
      lines.push("  ".repeat(text === "else" ? depth - 1 : depth) + line.join(" "));
      line = [];
    }
    if (change > 0) depth++;
  }
  return lines.join("\n") + "\n";
}

/** One instruction, and by how much it changes the depth of blocks. */
function instruction(reader: Reader): { readonly text: string; readonly change: number } {
  const first = reader.byte();
  const block = blocks.get(first);
  if (block !== undefined) {
    const result = valueTypes.get(reader.byte());
    return { text: result === undefined ? block : `${block} (result ${result})`, change: 1 };
  }
  if (first === 0x0b) return { text: "end", change: -1 };
  if (first === 0x05) return { text: "else", change: 0 };
  return { text: simple(first, reader), change: 0 };
}

function simple(first: number, reader: Reader): string {
  if (first === 0x41) return `i32.const ${reader.signed()}`;
  if (first === 0x43) return `f32.const ${reader.float()}`;
  const index = indexed.get(first);
  if (index !== undefined) return `${index} ${reader.unsigned()}`;
  const isPrefix = first === 0xfd || first === 0xfe;
  const code = isPrefix ? (first << 16) + reader.unsigned() : first;
  if (code === 0xfd000c) {
    return `v128.const f32x4 ${[1, 2, 3, 4].map(() => reader.float()).join(" ")}`;
  }
  if (code === 0xfd000d) return `i8x16.shuffle ${reader.take(16).join(" ")}`;
  const access = accesses.get(code);
  if (access !== undefined) {
    reader.unsigned(); // alignment
    const offset = reader.unsigned();
    const lane = access.endsWith("_lane") ? ` ${reader.byte()}` : "";
    return `${access}${offset === 0 ? "" : ` offset=${offset}`}${lane}`;
  }
  const lane = lanes.get(code);
  if (lane !== undefined) return `${lane} ${reader.byte()}`;
  return plain.get(code) ?? `unknown 0x${code.toString(16)}`;
}
