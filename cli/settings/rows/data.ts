import { z } from "zod";
import { datasetNames } from "../../../datasets/mod.ts";
import {
  essential,
  incidental,
  operational,
  optional,
  setting,
  toggle,
} from "../../flags/setting.ts";
import { count, folder, MAX_COUNT, text } from "../../flags/values.ts";

const held = z.number().positive().max(MAX_COUNT).refine((x) => x < 1 || Number.isInteger(x)).meta({
  placeholder: "FRACTION|N",
  rule: "a fraction of the training samples below 1, or a number of samples",
});

const size = z.string().regex(/^[1-9]\d{0,4}(?:x[1-9]\d{0,4})?$/).meta({
  placeholder: "N|WxH",
  rule: "a width and height in pixels, such as 32 or 48x32",
});

const known = datasetNames.join(", ");

/** What the network is trained on. */
export const data = {
  dataset: essential(
    optional(text("NAME|PATH", "a dataset's name or the path of your own data"))`${known}, or your
      own data: a folder of PNG and JPEG images by class, or a .csv, .npz, or .safetensors file
      [fashion-mnist-7x7; cifar10 for convolutional networks]`,
    "a dataset's name, or your own folder or file",
  ),
  testDataset: optional(text("PATH", "the path of a file or folder like that of --dataset"))`test
    split of your own data [test/ of the folder, or x_test and y_test of the file]`,
  testSplit: optional(held)`number or fraction of samples of your own data to hold out as the test
    split, the same fraction of each class, chosen by --seed [off]`,
  size: optional(size)`resize images of a folder: the largest centered part of this shape, reduced
    or enlarged [none: all must have the same size]`,
  channels: optional(z.enum(["gray", "color"]))`convert images of a folder [gray if all are gray,
    else color]`,
  skipBadFiles: toggle`leave out files of a folder that are not valid images, with a warning,
    instead of refusing`,
  labelColumn: optional(text("NAME|N", "the name or number of a column"))`column of the labels of a
    .csv dataset [the one named label, class, target, or y]`,
  layout: optional(z.enum(["nchw", "nhwc"]))`axis order of the images of a .npz or .safetensors
    dataset: channels before or after height and width [whichever fits their shape]`,
  dataDir: operational(optional(folder)`folder with the files of mnist, fashion-mnist, cifar10, or
    cifar100, as published [they are downloaded]`),
  cacheDir: operational(optional(folder)`where to keep downloads [the system's cache folder, such as
    ~/.cache/gspace/datasets]`),
  allowUnverified: incidental(
    toggle`accept files in --data-dir whose checksums are not the published ones`,
  ),
  labels: optional(z.enum(["fine", "coarse"]))`the 100 classes of cifar100, or its 20 superclasses
    [fine]`,
  augment: optional(z.boolean())`random crop (padding 4) and horizontal flip [yes for convolutional
    networks on cifar10 and cifar100, else no]`,
  normalize: setting(z.enum(["standard", "unit"]).default("standard"))`standard: mean 0 and standard
    deviation 1 over the training data, for each channel of images and each feature of rows; unit:
    bytes scaled to 0…1, other values of your own data unchanged`,
  mixup: optional(z.number().positive().meta({ placeholder: "ALPHA" }))`train on mixtures of two
    samples of the batch and of their labels, with a weight drawn from Beta(ALPHA, ALPHA) in each
    step; training accuracy counts the label with the larger weight [off]`,
  classes: optional(count)`number of classes of a .npz or .safetensors dataset [largest label + 1]`,
  limit: optional(count)`use only the first N training samples [all]`,
  testLimit: optional(count)`use only the first N test samples [all]`,
  validation: essential(
    optional(held)`number or fraction of training samples to hold out for validation, chosen by
      --seed (of your own data, the same fraction of each class); best.safetensors keeps the weights
      with the lowest validation error. Without it there are no best weights, because choosing them
      by test error would bias that error [off]`,
    "training samples to hold out for validation",
  ),
  batch: essential(optional(count)`batch size [64; 128 for convolutional networks]`),
  accumulate: optional(count)`compute the gradients of a batch in N parts, one after the other, to
    save memory; batch normalization sees each part by itself [1]`,
  dropLast: toggle`drop the last batch of an epoch if it is not full`,
  shuffle: setting(z.boolean().default(true))`shuffle the samples in each epoch; --no-shuffle keeps
    the order of the file`,
  seed: essential(
    setting(z.int().nonnegative().max(2 ** 32 - 1).default(1))`seed of the initial weights, batch
      order, augmentation, and validation split`,
    "random seed",
  ),
};
