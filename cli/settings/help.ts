import type { CommandHelp } from "../flags/help.ts";
import { settingGroups } from "./config.ts";
import { others } from "./train_flags.ts";

/** What `train --help` says. */
export const trainHelp: CommandHelp = {
  about: [
    "Trains networks with SGD, Adam, Path-SGD, and G-SGD, and compares them.",
    "Without flags, this trains the network 49-32-32-10 of the G-SGD paper on Fashion-MNIST pooled to " +
    "7×7 with SGD, SGD from G-SGD's initial weights, and G-SGD, with the same seed and batches. " +
    "Convolutional networks default to CIFAR-10 with a batch size of 128, a learning rate of 0.1, " +
    "random crops, and horizontal flips.",
  ],
  usage: ["deno task train [flags]"],
  groups: [...settingGroups, others],
  notes: [
    'You can also put settings in a JSON file (--config), in camelCase: {"lr": 0.05, "dropLast": true}. ' +
    "Flags take precedence over the file. Defaults are in [brackets]. To turn a switch off: --no-bias.",
    "The folder holds config.json, run.json, metrics.jsonl, report.html, curves.svg, samples.json " +
    "(images for the report and the live page, if the data are images), and for each optimizer " +
    "model.safetensors, checkpoints/, best.safetensors (with --validation), confusion.json (the " +
    "confusion matrix on the test split), and how each weight is trained: in gsgd.json, gsgd.txt, " +
    "and skeleton.json for gsgd, in path-sgd.json and path-sgd.txt for path-sgd.",
  ],
  related: [
    ["deno task explain", "show the model and what G-SGD and Path-SGD would do with each weight"],
    ["deno task live", "show curves of runs in a browser, including those still training"],
    ["deno task export", "export a trained model as ONNX, or its weights for NumPy"],
    ["deno task predict", "print the classes of your own images"],
    ["deno task report", "show all results so far as a web site"],
  ],
  examples: [
    "deno task train --epochs 30 --lr 0.03",
    "deno task train --optimizer gsgd,adam --model mlp:49-64-64-10",
    "deno task train --optimizer sgd,path-sgd,gsgd --lr 0.1 --init he --rescale 10",
    "deno task train --optimizer gsgd --base-optimizer momentum --ratio-clamp 0.5,2",
    "deno task train --model resnet-20 --optimizer momentum,gsgd --epochs 20",
    "deno task train --model plainnet-8:4-8-16 --dataset mnist --data-dir my/data",
    "deno task train --dataset data.safetensors --weights init.safetensors \\",
    "  --no-shuffle --optimizer gsgd --skeleton-init keep --steps 100 --out result",
    "deno task train --resume runs/first --epochs 20",
  ],
  exitCodes: "0 done, 1 failed, 2 invalid flags or settings, 3 done, but results could not be " +
    "printed (see results.txt), 130 stopped by Ctrl-C (results saved), 143 by SIGTERM, 129 by a " +
    "closed terminal.",
};
