import { changeableFlags } from "./changeable.ts";
import { flagOf, type Setting, settingGroups } from "./settings.ts";

/** What `train --help` prints. */
export function helpText(columns = 100): string {
  return `${intro}
${
    settingGroups.map(({ title, settings }) => section(title, settings.map(flagRow), columns)).join(
      "\n",
    )
  }
${section("Other", others, columns)}
${outro}`;
}

const intro = `Trains neural networks with SGD, momentum, Adam, Path-SGD and G-SGD, side by side.

  deno task train [flags]      train and leave the results in a folder
  deno task explain [flags]    show the model and what G-SGD and Path-SGD would do with each weight
  deno task live [folders]     show the curves of runs in a browser, also of those still training
  deno task export [flags]     a trained model as ONNX, or its weights for NumPy
  deno task report [folders]   show all results so far as a site of pages

This is the help of train; the others have their own: deno task explain --help, and so on.

With no flags: the network 49-32-32-10 of the G-SGD paper on Fashion-MNIST pooled to 7×7,
trained by SGD, by SGD from G-SGD's first weights, and by G-SGD, from one seed and with the
same batches. Convolutional networks are trained on CIFAR-10 if nothing else is told, in batches
of 128, with a rate of 0.1 and with images moved and mirrored at random.
`;

const outro =
  `Settings may also stand in a JSON file (--config), in camelCase: {"lr": 0.05, "dropLast": true};
flags go before the file. Default values are in [brackets]. Switches can be turned off: --no-bias.

The folder then holds config.json, run.json, metrics.jsonl, report.html, curves.svg, and for each
optimizer model.safetensors, checkpoints/, with --validation best.safetensors, confusion.json (which
classes are taken for which on the test split) and what became of each weight: for gsgd in gsgd.json
and gsgd.txt, for path-sgd in path-sgd.json and path-sgd.txt.

Examples
  deno task train --epochs 30 --lr 0.03
  deno task train --optimizer gsgd,adam --model mlp:49-64-64-10
  deno task train --optimizer sgd,path-sgd,gsgd --lr 0.1 --init he --rescale 10
  deno task train --optimizer gsgd --inner momentum --ratio-clamp 0.5,2
  deno task train --model resnet-20 --dataset cifar10 --optimizer momentum,gsgd --epochs 20
  deno task train --model plainnet-8:4-8-16 --dataset fashion-mnist --data-dir my/data
  deno task train --dataset data.safetensors --weights init.safetensors --no-shuffle \\
    --optimizer gsgd --skeleton-init keep --steps 100 --out result
  deno task train --resume runs/2026-01-31T12-00-00-mlp-49-32-32-10 --epochs 20

Exit codes: 0 done, 1 failed, 2 wrong flags or settings, 3 done, but results could not be printed
(see results.txt), 130 stopped by Ctrl-C (results saved), 143 by SIGTERM, 129 by a closed terminal.
`;

/** A flag with its value, and what it does. */
export type Row = readonly [flag: string, help: string];

const others: readonly Row[] = [
  ["--config FILE", "settings from a JSON file"],
  [
    "--resume FOLDER",
    `continue the run in this folder, exactly as if it had not stopped; only ${changeableFlags} may change`,
  ],
  [
    "--from STEP",
    "with --resume: continue from the checkpoint after so many steps instead of the newest; what the run did after it is dropped and done again",
  ],
  ["--debug", "show where an error came from"],
  ["-h, --help", "show this"],
];

/** A setting as a flag. */
export function flagRow({ name, value, help }: Setting): Row {
  return [`--${flagOf(name)}${value === undefined ? "" : ` ${value}`}`, help];
}

const LEFT = 28;

/** A heading, and flags with their texts beside them. */
export function section(title: string, rows: readonly Row[], columns: number): string {
  const lines = rows.flatMap(([flag, help]) => {
    const [first = "", ...rest] = wrap(help, columns - LEFT - 2);
    const start = flag.length < LEFT - 1
      ? [`  ${flag.padEnd(LEFT)}${first}`]
      : [`  ${flag}`, `  ${" ".repeat(LEFT)}${first}`];
    return [...start, ...rest.map((line) => `  ${" ".repeat(LEFT)}${line}`)];
  });
  return [title, ...lines, ""].join("\n");
}

function wrap(text: string, width: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1)!;
    const longer = line === "" ? word : `${line} ${word}`;
    if (longer.length <= width || line === "") lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
