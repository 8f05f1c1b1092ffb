/**
 * Reads the machine code of NVIDIA's GPUs out of a cubin. NVIDIA does not document the encoding;
 * the numbers below were found by comparing code with its source. Others are listed as unknown.
 * @module
 */

/** An instruction has 16 bytes. The number of the operation is in the low 12 bits. */
const INSTRUCTION_BYTES = 16;

/** Arithmetic, whose operands can be registers, constants, or literals: the low 9 bits. */
const arithmetic: Readonly<Record<number, string>> = {
  0x02: "MOV",
  0x07: "SEL",
  0x08: "FSEL",
  0x09: "FMNMX",
  0x0b: "FSETP",
  0x0c: "ISETP",
  0x10: "IADD3",
  0x11: "LEA",
  0x12: "LOP3",
  0x16: "PRMT",
  0x17: "IMNMX",
  0x19: "SHF",
  0x1c: "PLOP3",
  0x20: "FMUL",
  0x21: "FADD",
  0x23: "FFMA",
  0x24: "IMAD",
  0x25: "IMAD.WIDE",
  0x27: "IMAD.HI",
};

/** Arithmetic that all lanes share. */
const uniform: Readonly<Record<number, string>> = {
  0x82: "UMOV",
  0x87: "USEL",
  0x8c: "UISETP",
  0x90: "UIADD3",
  0x91: "ULEA",
  0x92: "ULOP3",
  0x99: "USHF",
};

const others: Readonly<Record<number, string>> = {
  0x984: "LDS",
  0x388: "STS",
  0x981: "LDG",
  0x986: "STG",
  0x983: "LDL",
  0x387: "STL",
  0x805: "CS2R",
  0xb82: "LDC",
  0xab9: "ULDC",
  0xb1d: "BAR",
  0x91a: "DEPBAR",
  0x918: "NOP",
  0x947: "BRA",
  0x94d: "EXIT",
  0x944: "BMOV",
  0x945: "BSSY",
  0x941: "BSYNC",
  0x919: "S2R",
  0x9c3: "S2UR",
  0x308: "MUFU",
  0x305: "F2I",
  0x306: "I2F",
};

const BRANCH = 0x947;

/** The code of each kernel of a cubin, as lines of mnemonics and labels. */
export function readCubin(file: Uint8Array): ReadonlyMap<string, string> {
  const code = new Map<string, string>();
  for (const { name, data } of sectionsOf(file)) {
    if (name.startsWith(".text.")) code.set(name.slice(".text.".length), disassemble(data));
  }
  return code;
}

interface Section {
  readonly name: string;
  readonly data: DataView;
}

/** The sections of an ELF file of 64 bits. */
function sectionsOf(file: Uint8Array): Section[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const at64 = (offset: number) => Number(view.getBigUint64(offset, true));
  const [start, count, namesAt] = [
    at64(0x28),
    view.getUint16(0x3c, true),
    view.getUint16(0x3e, true),
  ];
  const headers = Array.from({ length: count }, (_, i) => start + 64 * i);
  const dataOf = (header: number) =>
    new DataView(file.buffer, file.byteOffset + at64(header + 24), at64(header + 32));
  const names = dataOf(headers[namesAt]!);
  return headers.filter((header) => view.getUint32(header + 4, true) === 1).map((header) => ({
    name: textAt(names, view.getUint32(header, true)),
    data: dataOf(header),
  }));
}

function textAt(view: DataView, offset: number): string {
  let text = "";
  for (let i = offset; view.getUint8(i) !== 0; i++) text += String.fromCharCode(view.getUint8(i));
  return text;
}

function disassemble(code: DataView): string {
  const offsets = Array.from(
    { length: code.byteLength / INSTRUCTION_BYTES },
    (_, i) => i * INSTRUCTION_BYTES,
  );
  const targets = new Set(offsets.map((offset) => targetOf(code, offset)));
  return offsets.flatMap((offset) => {
    const target = targetOf(code, offset);
    const operation = nameOf(code.getUint32(offset, true) & 0xfff);
    const line = target === undefined ? operation : `${operation} L${target}`;
    return targets.has(offset) ? [`L${offset}:`, line] : [line];
  }).join("\n");
}

function nameOf(operation: number): string {
  // the bits between say where the last operand is
  const kind = operation & 0xff;
  const known = others[operation] ?? ((operation & 0x100) === 0 ? arithmetic[kind] : undefined) ??
    uniform[kind];
  return known ?? `OP${operation.toString(16)}`;
}

/** Where a branch goes: relative to the next instruction, in bytes. */
function targetOf(code: DataView, offset: number): number | undefined {
  if ((code.getUint32(offset, true) & 0xfff) !== BRANCH) return undefined;
  return offset + INSTRUCTION_BYTES + code.getInt32(offset + 4, true);
}
