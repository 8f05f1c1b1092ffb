import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import {
  type CsvDatasetOptions,
  DatasetError,
  datasetFromCsv,
  features,
  loadCsvDataset,
} from "../../datasets/mod.ts";
import { CsvError } from "../../formats/mod.ts";
import { writeTree } from "./image_tree.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const read = (text: string, options: CsvDatasetOptions = {}) =>
  datasetFromCsv(encode(text), options);

Deno.test("a column of labels and columns of numbers become a dataset, in the order of the rows", async () => {
  const { train, classNames, sampleShape, normalization, test } = await read(
    'a, Label ,b\n1,"red, dark",-2.5\n3,blue,1e2\n5,blue,+.5\n',
  );
  assertEquals([classNames, sampleShape, test.count], [["blue", "red, dark"], [2], 0]);
  assertEquals([[...train.y], [...train.x]], [[1, 0, 0], [1, -2.5, 3, 100, 5, 0.5]]);
  const values = features({ sampleShape, normalization }, train);
  assertAlmostEquals(values[0]! + values[2]! + values[4]!, 0, 1e-6);
  assertAlmostEquals(values[0]! ** 2 + values[2]! ** 2 + values[4]! ** 2, 3, 1e-5);
});

Deno.test("labels that are numbers are classes in their order, with their names", async () => {
  const { train, classNames } = await read("x,y\n1,10\n2,9\n3,10\n");
  assertEquals([classNames, [...train.y]], [["9", "10"], [1, 0, 1]]);
});

Deno.test("the column of labels is chosen by name or number, and a header is recognized", async () => {
  for (const labelColumn of ["kind", "2"]) {
    assertEquals((await read("x,kind\n1,a\n2,b\n", { labelColumn })).classNames, ["a", "b"]);
  }
  const { train, classNames } = await read("5,0,255\n7,1,3\n", { labelColumn: "1" });
  assertEquals([classNames, [...train.x]], [["5", "7"], [0, 255, 1, 3]]);
});

Deno.test("the test file has the columns and classes of the training file", async () => {
  const text = "x,y\n1,a\n2,b\n";
  const { test } = await read(text, { test: encode("x,y\n7,b\n") });
  assertEquals([[...test.x], [...test.y]], [[7], [1]]);
  const cases = [
    ["x,y\n7,c\n", 'labels of the test file must be among those of the training file: current "c"'],
    ["z,y\n7,b\n", "the test file must have the columns x: current columns z"],
  ] as const;
  for (const [second, message] of cases) {
    await assertRejects(() => read(text, { test: encode(second) }), DatasetError, message);
  }
});

Deno.test("unclear labels and fields that are no numbers are refused with row and column", async () => {
  const cases: readonly [string, string, CsvDatasetOptions?][] = [
    ["a,b\n1,2\n", "one column must be named label, class, target, y"],
    [
      "label,class\n1,2\n",
      "or chosen by name or number (--label-column): current columns label, class",
    ],
    ["y,x,Y\n1,2,3\n", "one column must be named label, class, target, y"],
    ["1,2\n3,4\n", "current columns 1, 2"],
    ["x,label\n1,a\n", 'column "lable" must exist (did you mean label?)', { labelColumn: "lable" }],
    ["x,label\n1,a\n", 'column "3" must exist', { labelColumn: "3" }],
    ["x,label\n1,a\nNaN,b\n", 'finite numbers: current "NaN" in row 3, column x'],
    ["x,label\n,a\n", 'current "" in row 2, column x'],
    ["x,label\n1e39,a\n", 'current "1e39" in row 2'],
    ["x,label\n0x10,a\n", 'current "0x10" in row 2'],
    ["x,label\n1,\n", "every row must have a label: current row 2 has none"],
    ["x,label\n", "at least one row"],
    ["", "at least one row"],
    ["label\na\n", "a column of labels and others of numbers"],
  ];
  for (const [text, message, options] of cases) {
    await assertRejects(() => read(text, options), DatasetError, message);
  }
  await assertRejects(() => read("x,label\n1\n"), CsvError, 'dataset "csv": row 2');
});

Deno.test("loadCsvDataset() reads files", async () => {
  await using tree = await writeTree({
    "a.csv": encode("x,y\n1,a\n2,b\n"),
    "b.csv": encode("x,y\n3,b\n"),
  });
  const { name, test } = await loadCsvDataset(`${tree.path}/a.csv`, { test: `${tree.path}/b.csv` });
  assertEquals([name, [...test.y]], [`${tree.path}/a.csv`, [1]]);
});
