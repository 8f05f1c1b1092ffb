import { compile, type Compiled, f32 } from "../../autograd/mod.ts";
import { FileError, readFileChecked } from "../../checkpoint/mod.ts";
import { trimSlashes } from "../../checkpoint/trim_slashes.ts";
import { channelsFirst } from "../../datasets/image_layout.ts";
import { listFiles } from "../../datasets/list_files.ts";
import { openBackend } from "../../device/mod.ts";
import {
  decodeImage,
  ImageError,
  type PixelImage,
  resizeImage,
  withChannels,
} from "../../formats/mod.ts";
import type { Backend } from "../../graph/mod.ts";
import { normalize } from "../../train/normalize.ts";
import { CommandError, UsageError } from "../errors.ts";
import { findRun, type LoadedModel, loadModel } from "../export/source.ts";
import { percent } from "../format.ts";
import { print, warn } from "../output.ts";
import { parsePredictFlags, type PredictRequest } from "./flags.ts";

/** An image, and the classes that a model sees in it, the most probable first. */
interface Prediction {
  readonly path: string;
  /** Size of the file's image if it was resized. */
  readonly resizedFrom?: string;
  readonly classes: readonly { readonly name: string; readonly probability: number }[];
}

/** Runs `predict` with these arguments. */
export async function predict(args: readonly string[]): Promise<void> {
  const request = parsePredictFlags(args);
  const { run } = request;
  const source = await findRun(run, "predict with", request);
  const loaded = await loadModel(source, { sample: null });
  const sampleShape = loaded.samples.sampleShape;
  const [channels] = sampleShape;
  if (sampleShape.length !== 3 || (channels !== 1 && channels !== 3)) {
    throw new UsageError(
      `Cannot predict with ${run}: its samples must be images of 1 or 3 channels: current shape is ` +
        `[${sampleShape.join(", ")}]`,
    );
  }
  const files = (await Promise.all(request.paths.map(filesOf))).flat();
  using backend = await openBackend("cpu");
  using step = await compileStep(loaded, backend);
  const predictions: Prediction[] = [];
  const failures: CommandError[] = [];
  for (const path of files) {
    const prediction = await predictOne(path, loaded, step, request).catch((error: unknown) => {
      if (!(error instanceof CommandError)) throw error;
      failures.push(error);
    });
    if (!prediction) continue;
    predictions.push(prediction);
    if (!request.json) print(lineOf(prediction));
  }
  if (request.json) print(JSON.stringify(predictions, null, 2));
  checkAllRead(failures, files.length);
}

/** Computes the probabilities of one image. */
type Step = Compiled<"image", "probabilities">;

/** Compiles the model once for all images, whose pixels it takes as they are in files. */
async function compileStep(
  { model, shape, normalization }: LoadedModel,
  backend: Backend,
): Promise<Step> {
  const inputs = { image: f32([1, ...shape]) };
  return await compile(inputs, ({ image }) => {
    const features = normalization ? normalize(image, shape, normalization) : image;
    return { outputs: { probabilities: model.forward(features).softmax() } };
  }, { backend });
}

/** Fails after all other images have been predicted, so that a bad file does not cost the rest. */
function checkAllRead(failures: readonly CommandError[], total: number): void {
  if (failures.length <= 1) {
    for (const failure of failures) throw failure;
    return;
  }
  for (const { message } of failures) warn(message);
  throw new CommandError(`Cannot read ${failures.length} of ${total} images: see above`);
}

/** A file, or all files of a folder and its subfolders. */
async function filesOf(path: string): Promise<readonly string[]> {
  const info = await Deno.stat(path).catch(() => undefined);
  if (!info?.isDirectory) return [path];
  const { paths } = await listFiles(path);
  return paths.map((each) => `${trimSlashes(path)}/${each}`);
}

async function predictOne(
  path: string,
  { samples, classNames }: LoadedModel,
  step: Step,
  { top }: PredictRequest,
): Promise<Prediction> {
  const [channels = 1, height = 1, width = 1] = samples.sampleShape;
  const image = await readImage(path);
  const fitted = withChannels(resizeImage(image, { width, height }), channels === 1 ? 1 : 3);
  const planes = channelsFirst(fitted.data, [height, width, channels]);
  step.run({ image: Float32Array.from(planes) });
  const { probabilities } = await step.read();
  const classes = Array.from(probabilities, (probability, i) => ({
    name: classNames[i] ?? String(i),
    probability,
  })).sort((a, b) => b.probability - a.probability).slice(0, top);
  const isResized = image.width !== width || image.height !== height;
  return { path, ...(isResized && { resizedFrom: `${image.width}×${image.height}` }), classes };
}

async function readImage(path: string): Promise<PixelImage> {
  try {
    return await decodeImage(await readFileChecked(path));
  } catch (cause) {
    if (!(cause instanceof ImageError || cause instanceof FileError)) throw cause;
    const reason = cause.message.replace(/^Cannot [^:]*: /, "");
    throw new CommandError(`Cannot read ${path}: ${reason}`, { cause });
  }
}

function lineOf({ path, resizedFrom, classes }: Prediction): string {
  const shown = classes.map(({ name, probability }) => `${name} ${percent(probability)}`).join(
    ", ",
  );
  return `${path}: ${shown}${resizedFrom === undefined ? "" : ` (resized from ${resizedFrom})`}`;
}
