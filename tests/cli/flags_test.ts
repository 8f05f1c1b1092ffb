import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { configSchema, defaults, settings } from "../../cli/settings/config.ts";
import { formatHelp } from "../../cli/flags/help.ts";
import { plain } from "../../cli/styled.ts";
import { trainHelp } from "../../cli/settings/help.ts";
import { call, temporaryFolder } from "./command.ts";

/** Wrong calls, and a part of the line that each must print. */
const wrong: readonly (readonly [args: string, says: string])[] = [
  [
    "trian",
    'Cannot run "trian": commands are train, explain, predict, live, export, help: did you mean train?',
  ],
  ["train --lerning-rate 0.1", "there is no such flag: did you mean --lr?"],
  ["train --epoch 3", "did you mean --epochs?"],
  ["train --batch-size 3", "did you mean --batch?"],
  ["train --zzzzzzzz 3", "there is no such flag: see --help"],
  ["train extra", 'Cannot use "extra": unexpected argument'],
  ["train -x", "Cannot use -x: there is no such flag"],
  ["train --lr abc", "Cannot use --lr abc: it must be a non-negative number"],
  ["train --lr -1", "Cannot use --lr -1: it must be a non-negative number"],
  ["train --lr Infinity", "Cannot use --lr Infinity: it must be a non-negative number"],
  ["train --lr", "Cannot use --lr: it must be a non-negative number: current value is empty"],
  ["train --lr=", "Cannot use --lr: it must be a non-negative number: current value is empty"],
  ["train --epochs 0", "Cannot use --epochs 0: it must be a positive whole number"],
  ["train --epochs 1.5", "Cannot use --epochs 1.5: it must be a positive whole number"],
  ["train --steps 3 --epochs 3", "Cannot use --steps with --epochs"],
  [
    "train --optimizer sgd,foo",
    "Cannot use --optimizer sgd,foo: it must be a list of different names out of",
  ],
  ["train --optimizer sgd,sgd", "it must be a list of different names out of"],
  ["train --ratio-clamp 2,1", "it must be two positive numbers, the lower first"],
  ["train --ratio-clamp 0.5", "it must be two positive numbers, the lower first"],
  ["train --schedule foo", "it must be constant, cosine, linear, step:EPOCHS"],
  ["train --label-smoothing 1", "it must be a number in [0, 1)"],
  ["train --mixup 0", "it must be a positive number"],
  ["train --schedule plateau:0", "or plateau:EPOCHS"],
  [
    "train --dataset synthetic --validation 9 --schedule plateau:2 --lr-factor 1",
    "Cannot use --lr-factor 1 with --schedule plateau:2: it must be below 1",
  ],
  ["train --dataset synthetic --clip-norm 1 --clip-value 1", "Cannot use --clip-value with"],
  ["train --momentum 1", "it must be a number in [0, 1)"],
  ["train --device tpu", "it must be auto, gpu, or cpu"],
  ["train --quiet=5", "--quiet is on or off"],
  ["train --no-lr", "there is no such flag"],
  ["train --skeleton-init two", "it must be one, keep, or gauge"],
  ["train --base-optimizer sgdd", "it must be sgd, momentum, nesterov, adam, adamw, or rmsprop"],
  ["train --skeleton-signs both", "it must be one or random"],
  ["train --skeleton-signs random --skeleton-init keep --dataset synthetic", "that are set to 1"],
  ["train --base-optimizer adam --optimizer sgd --dataset synthetic", "it acts on gsgd, path-sgd"],
  ["train --ratio-clamp 0.5,2 --optimizer sgd --dataset synthetic", "it acts on gsgd only"],
  ["train --skeleton-init gauge --optimizer adam --dataset synthetic", "it acts on sgd-skeleton"],
  [
    "train --skeleton-signs random --optimizer sgd --dataset synthetic",
    "it acts on sgd-skeleton, frozen",
  ],
  [
    "train --base-optimizer adam --optimizer path-sgd --dataset synthetic",
    "Cannot use --base-optimizer adam with path-sgd",
  ],
  ["train --basis-path-penalty -1", "it must be a non-negative number"],
  [
    "train --basis-path-penalty 0.1 --optimizer sgd --dataset synthetic",
    "it acts on gsgd only: current --optimizer is sgd",
  ],
  ["train --rescale 1", "it must be a number above 1"],
  ["train --rescale 2^21", "a power of two written as in 2^6: current value is 2^21"],
  ["train --rescale 3^2", "it must be a number above 1"],
  ["train --bias-decay -1", "it must be a non-negative number"],
  ["train --dataset fashion", "did you mean fashion-mnist"],
  ["train --dataset digits --test-dataset x", "with --dataset digits: it belongs to your own data"],
  ["train --dataset digits --test-split 0.1", "it belongs to your own data"],
  ["train --dataset digits --size 8", "it belongs to a folder of images"],
  ["train --dataset a.csv --size 8", "it belongs to a folder of images"],
  ["train --dataset a.npz --label-column 1", "it belongs to a .csv dataset"],
  ["train --dataset ./a --layout nhwc", "it belongs to a .npz dataset or a .safetensors dataset"],
  ["train --dataset ./a --size 0", "it must be a width and height in pixels, such as 32 or 48x32"],
  ["train --dataset ./a --channels rgba", "it must be gray or color"],
  ["train --dataset ./a --test-split 1.5", "a fraction of the training samples below 1"],
  ["train --dataset synthetic --model cnn", "it must be a model such as mlp:49-32-32-10"],
  ["train --model resnt-20", "did you mean resnet-20?"],
  ["train --model resnet20", "as in resnet-20 or plainnet-14:8-16-32: did you mean resnet-20?"],
  ["train --model ResNet_8:4-8-16", "did you mean resnet-8:4-8-16?"],
  ["train --model mlp-49-10", "as in mlp:49-32-32-10: did you mean mlp:49-10?"],
  ["train --model VGG-8-m-16", "did you mean vgg:8-M-16?"],
  ["train --model resnt", "did you mean resnet?"],
  ["train --optimizer path-sdg", "current value is path-sdg: did you mean path-sgd?"],
  ["train --optimizer sgd,gsdg", "current value is sgd,gsdg: did you mean gsgd?"],
  ["train --log csv,tensorbord", "current value is csv,tensorbord: did you mean tensorboard?"],
  ["train --schedule cosin", "current value is cosin: did you mean cosine?"],
  ["train --schedule multistp:1,2", "did you mean multistep:1,2?"],
  ["train --dataset cifar", "did you mean cifar10?"],
  ["train --base-optimizer nestrov", "did you mean nesterov?"],
  ["train --segmentation stage", "did you mean stages?"],
  ["predict a.png", "Cannot predict: --run FOLDER is required"],
  ["predict --run a", "Cannot predict: files or folders of images are required"],
  ["predict --run a --top 0 b", "it must be a positive whole number up to 1000"],
  ["export --format npz --layout nhwc", "Cannot use --layout with --format npz"],
  ["export --format onx", "current value is onx: did you mean onnx?"],
  ["train --model resnet", "it must have a depth"],
  ["train --model resnet-21", "depth must be 18, 34, or 6n + 2"],
  ["train --model plainnet-14:8-16", "it needs 3 widths, one per stage"],
  ["train --model plainnet-14:8-0-3", "it must have a depth, and may have a width"],
  ["train --model vgg:M-M", "it must be vgg: followed by numbers of channels"],
  ["train --model vgg:8-X", 'number of channels or M: current part is "X"'],
  ["train --dataset digits --model resnet-8 --bias", "Cannot use --bias with resnet-8"],
  ["train --dataset digits --model plainnet-8 --shortcut A", "it applies to resnet models"],
  ["train --dataset digits --model mlp:64-10 --augment", "Cannot use --augment with mlp:64-10"],
  ["train --labels medium", "it must be fine or coarse"],
  ["train --dataset synthetic --model mlp:15-10", "in a sample, 16: current size is 15"],
  ["train --dataset synthetic --model mlp:16-9", "classes, 10: current size is 9"],
  ["train --dataset synthetic --model mlp:16-8-12", "classes, 10: current size is 12"],
  ...["gsgd", "sgd-skeleton", "frozen-skeleton", "path-sgd-skeleton"].map((arm) =>
    [
      `train --dataset synthetic --model mlp:16-10 --optimizer ${arm}`,
      `Cannot use --optimizer ${arm} with mlp:16-10: it has no hidden unit that can be rescaled`,
    ] as const
  ),
  ["train --dataset synthetic --batch 9999 --drop-last", "must fill a batch"],
  ["train --accumulate 0", "Cannot use --accumulate 0"],
  ["train --accumulate 2 --mixup 1", "Cannot use --accumulate 2 with --mixup 1"],
  ["train --dataset synthetic --batch 4 --accumulate 5", "a batch of 4 samples has at most 4"],
  ["train --config a.json --resume b", "Cannot use --config with --resume"],
  ["explain --resume b", "Cannot use --resume with explain, which does not train: use --config"],
  ["explain --from 3", "Cannot use --from with explain"],
  ["live --prot 1", "Cannot use --prot: there is no such flag: did you mean --port?"],
  ["live --port x", "Cannot use --port x: it must be a whole number from 1 to 65535"],
  ["train --seed 4294967296", "it must be a non-negative whole number up to 2^32 − 1"],
  ["explain --model mlp:0-3", "it must be mlp: followed by layer sizes"],
];

Deno.test("wrong flags and values give one clear line and exit code 2", async (t) => {
  for (const [args, says] of wrong) {
    await t.step(args, async () => {
      const { code, stdout, stderr } = await call(...args.split(" "));
      assertStringIncludes(stderr, says);
      assertEquals(stderr.split("\n").length, 1);
      assertEquals([code, stdout], [2, ""]);
    });
  }
});

Deno.test("a config file holds settings by name, and flags take precedence", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/config.json`;
  const text = { dataset: "synthetic", model: "mlp:16-4-10", optimizer: "gsgd", bias: true };
  await Deno.writeTextFile(path, JSON.stringify(text));
  const fromFile = await call("explain", "--config", path);
  assertEquals(fromFile.code, 0, fromFile.stderr);
  assertStringIncludes(fromFile.stdout, "0.bias");
  const overridden = await call("explain", "--config", path, "--no-bias", "--model=mlp:16-5-10");
  assertStringIncludes(overridden.stdout, "mlp:16-5-10");
  assert(!overridden.stdout.includes("0.bias"));
});

Deno.test("an invalid config file is refused by name", async (t) => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/config.json`;
  const cases = [
    ["{", "it must be JSON"],
    ["[]", "it must be one JSON object"],
    ['{"learningRate": 1}', '"learningRate" of'],
    ['{"weight-decay": 1}', 'did you mean "weightDecay"?'],
    ['{"lr": "0.1"}', 'Cannot use "lr" of'],
    ['{"lr": {"sgdd": 1}}', 'current value is {"sgdd":1}'],
    ['{"optimizer": "gsgdd"}', "current value is gsgdd: did you mean gsgd?"],
    ['{"epochs": 1, "steps": 1}', 'Cannot use "steps" of'],
    ['{"epochs": -1}', "it must be a positive whole number up to 2^31 − 1: current value is -1"],
  ] as const;
  for (const [text, says] of cases) {
    await t.step(text, async () => {
      await Deno.writeTextFile(path, text);
      const { code, stderr } = await call("train", "--config", path);
      assertStringIncludes(stderr, says);
      assertStringIncludes(stderr, path);
      assertEquals(code, 2);
    });
  }
  const missing = await call("train", "--config", `${folder.path}/none.json`);
  assertStringIncludes(missing.stderr, "none.json");
  assertEquals(missing.code, 1);
});

Deno.test("every setting has a flag, a default, and a place in the help", () => {
  assertEquals(settings.map(({ name }) => name).toSorted(), Object.keys(defaults).toSorted());
  assert(configSchema.safeParse(defaults).success);
  const help = plain(formatHelp(trainHelp, "all"));
  for (const { flag } of settings) assertStringIncludes(help, `--${flag}`);
});

Deno.test("every command has its own help, whatever the other arguments are", async () => {
  for (const command of ["train", "explain", "live", "export", "predict"]) {
    const helps = {
      short: await call(command, "--help"),
      all: await call(command, "--help", "all"),
    };
    for (const { code, stdout, stderr } of Object.values(helps)) {
      assertEquals([code, stderr], [0, ""]);
      assertStringIncludes(stdout, `deno task ${command}`);
    }
    for (const args of [["-h"], ["--nonsense", "--help"], ["--help", "alls"]]) {
      assertEquals(await call(command, ...args), helps.short);
    }
    for (const args of [["--help=all"], ["-h", "all"], ["--nonsense", "-h", "all", "x"]]) {
      assertEquals(await call(command, ...args), helps.all);
    }
  }
  const live = await call("live", "--help");
  for (const part of ["FOLDER…", "--port PORT"]) assertStringIncludes(live.stdout, part);
  assertEquals(await call("help"), await call("train", "--help"));
  assertEquals(await call("help", "all"), await call("train", "--help", "all"));
});

Deno.test("live says what is wrong with a folder, and how to create one", async () => {
  for (
    const [path, reason] of [["none", "it does not exist"], ["deno.json", "it is not a folder"]]
  ) {
    const { code, stderr } = await call("live", path!);
    assertEquals([code, stderr.split("\n").length], [1, 1]);
    assertStringIncludes(stderr, reason!);
    assertStringIncludes(stderr, "create runs with deno task train");
  }
});

Deno.test("explain shows layers and weight classes without training", async () => {
  const { code, stdout } = await call("explain", "--model", "mlp:5-3-6-2-4-3", "--bias");
  assertEquals(code, 0);
  assertStringIncludes(stdout, "H = 15 scale nodes");
  assertStringIncludes(stdout, "15 free and 8 trained skeleton weights");
  const json = await call("explain", "--model", "mlp:49-8-8-10", "--json");
  const { report } = JSON.parse(json.stdout);
  assertEquals([report.edges, report.nodes, report.trained], [536, 16, 8]);
});
