import { assertEquals, assertRejects } from "@std/assert";
import { CsvError, readCsv } from "../../formats/mod.ts";

const encode = (text: string) => new TextEncoder().encode(text);

async function rowsOf(text: string): Promise<string[][]> {
  const rows: string[][] = [];
  await readCsv(encode(text), (fields) => rows.push([...fields]));
  return rows;
}

Deno.test("readCsv() reads quotes, separators, and line ends of all systems", async () => {
  const expected = [["a", "b"], ["1", "2"], ["3", "4"]];
  for (const separator of [",", ";", "\t"]) {
    for (const end of ["\n", "\r\n", "\r"]) {
      const text = expected.map((row) => row.join(separator)).join(end);
      assertEquals(await rowsOf(text), expected);
      assertEquals(await rowsOf(`${text}${end}`), expected);
    }
  }
  assertEquals(await rowsOf('\ufeffa,b\n"x,\n""y""",2\n\n5,6\n'), [["a", "b"], ['x,\n"y"', "2"], [
    "5",
    "6",
  ]]);
  assertEquals(await rowsOf("one\ntwo\n"), [["one"], ["two"]]);
  assertEquals(await rowsOf(""), []);
});

Deno.test("readCsv() refuses rows of another length, open quotes, and other encodings", async () => {
  const cases: readonly [Uint8Array, string][] = [
    [
      encode("a,b\n1,2\n3\n"),
      "row 3 of a CSV file: it must have 2 fields like the first: current 1",
    ],
    [
      encode("a,b\n1,2,3\n"),
      "row 2 of a CSV file: it must have 2 fields like the first: current 3",
    ],
    [encode('a,b\n"1,2\n'), "row 2 of a CSV file: its quotes must be closed"],
    [Uint8Array.of(0xff, 0xfe, 0x61, 0), "it must be UTF-8"],
  ];
  for (const [file, message] of cases) {
    await assertRejects(() => readCsv(file, () => {}), CsvError, message);
  }
});
