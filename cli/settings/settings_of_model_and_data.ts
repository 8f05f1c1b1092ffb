import { datasetNames } from "../../datasets/mod.ts";
import { modelForms } from "./model.ts";
import type { SettingGroup } from "./settings.ts";

/** What is trained. */
export const model: SettingGroup = {
  title: "Model and first values",
  settings: [
    {
      name: "model",
      kind: "text",
      value: "NAME",
      rule: `a model such as ${modelForms}`,
      help:
        "mlp:A-B-…-C, a ReLU network with these layer sizes; plainnet-N or resnet-N, N = 18, 34 or 6n + 2, with :WIDTHS of the stages if others are wanted; vgg:64-M-128-M, 3×3 convolutions and max pooling [mlp:INPUTS-32-32-CLASSES]",
    },
    {
      name: "bias",
      kind: "switch",
      rule: "true or false",
      help: "give the layers of an mlp biases (the paper's networks have none) [no]",
    },
    {
      name: "init",
      kind: "text",
      value: "default|he",
      rule: "default or he",
      help: "first weights: PyTorch's default U(±1/√fan_in), or He's normal [default]",
    },
    {
      name: "shortcut",
      kind: "text",
      value: "A|B",
      rule: "A or B",
      help:
        "where the shape changes in a resnet, its shortcuts are A: every second pixel and zeros, or B: 1×1 convolutions [A; B for depths 18 and 34]",
    },
    {
      name: "weights",
      kind: "text",
      value: "FILE",
      rule: "the path of a .safetensors or .npz file",
      help:
        "first weights from a .safetensors or .npz file, by PyTorch's names: 0.weight, …, or conv1.weight, bn1.running_mean, layer1.0.conv1.weight, …",
    },
    {
      name: "weightsPartial",
      kind: "switch",
      rule: "true or false",
      help:
        "load what fits of --weights, by name and shape, and say what was left out and what keeps its first values [no]",
    },
    {
      name: "weightsPrefix",
      kind: "text",
      value: "TEXT",
      rule: "what the names of the tensors begin with",
      help: "taken off the names of --weights, such as module. of PyTorch's DataParallel [none]",
    },
    {
      name: "rescale",
      kind: "number",
      value: "R",
      rule: "a number above 1 and up to 2^20, or a power of two written as in 2^6",
      help:
        "begin unbalanced: rescale each hidden unit by a random factor between 1/R and R, the function unchanged; 2^6 takes powers of two only, so that nothing is rounded [off]",
    },
  ],
};

/** What it is trained on. */
export const data: SettingGroup = {
  title: "Data",
  settings: [
    {
      name: "dataset",
      kind: "text",
      value: "NAME|FILE",
      rule: "a dataset's name or the path of a safetensors file",
      help: `${
        datasetNames.join(", ")
      }, or a .safetensors file with samples x [n, …], floating point or bytes, and labels y [n], integers [fashion-mnist-7x7; cifar10 for convolutional networks]`,
    },
    {
      name: "testDataset",
      kind: "text",
      value: "FILE",
      rule: "the path of a safetensors file",
      help: "test split for a .safetensors dataset (else x_test and y_test of the same file)",
    },
    {
      name: "layout",
      kind: "text",
      value: "nchw|nhwc",
      rule: "nchw or nhwc",
      help:
        "axes of the images of a .safetensors dataset: channels before or after height and width [whichever fits their shape]",
    },
    {
      name: "dataDir",
      kind: "text",
      value: "FOLDER",
      rule: "the path of a folder",
      help:
        "where the files of mnist, fashion-mnist, cifar10 or cifar100 lie, as published [they are downloaded]",
    },
    {
      name: "cacheDir",
      kind: "text",
      value: "FOLDER",
      rule: "the path of a folder",
      help:
        "where downloads are kept [the system's cache folder, such as ~/.cache/gspace/datasets]",
    },
    {
      name: "allowUnverified",
      kind: "switch",
      rule: "true or false",
      help: "take files of --data-dir whose checksum is not the published one [no]",
    },
    {
      name: "labels",
      kind: "text",
      value: "fine|coarse",
      rule: "fine or coarse",
      help: "the 100 classes of cifar100, or its 20 superclasses [fine]",
    },
    {
      name: "augment",
      kind: "switch",
      rule: "true or false",
      help:
        "move training images by up to 4 pixels and mirror half of them [yes for convolutional networks on cifar10 and cifar100, else no]",
    },
    {
      name: "normalize",
      kind: "text",
      value: "standard|unit",
      rule: "standard or unit",
      help:
        "how values become features: standard has mean 0 and standard deviation 1 over the training data, for each channel of images and each feature of rows; unit has bytes from 0 to 1, and other values of a .safetensors dataset as they are [standard]",
    },
    {
      name: "mixup",
      kind: "number",
      value: "ALPHA",
      rule: "a positive number",
      help:
        "train on mixtures of two samples of the batch and of their labels, with a share from Beta(ALPHA, ALPHA) for each step; accuracy while training counts the label with the larger share [off]",
    },
    {
      name: "classes",
      kind: "number",
      value: "N",
      rule: "a positive whole number below 2^31",
      help: "number of classes of a .safetensors dataset [largest label + 1]",
    },
    {
      name: "limit",
      kind: "number",
      value: "N",
      rule: "a positive whole number below 2^31",
      help: "use only the first N training samples [all]",
    },
    {
      name: "testLimit",
      kind: "number",
      value: "N",
      rule: "a positive whole number below 2^31",
      help: "use only the first N test samples [all]",
    },
    {
      name: "validation",
      kind: "number",
      value: "SHARE|N",
      rule: "a share below 1 of the training samples, or a whole number of them",
      help:
        "hold out so many training samples, chosen by --seed: they are not trained on, and best.safetensors keeps the weights with the lowest error on them; without it no weights are called best, as choosing by test error would flatter that error [off]",
    },
    {
      name: "batch",
      kind: "number",
      value: "N",
      rule: "a positive whole number below 2^31",
      help: "samples in a batch [64; 128 for convolutional networks]",
    },
    {
      name: "dropLast",
      kind: "switch",
      rule: "true or false",
      help: "leave out the last batch of an epoch if it is not full [it is kept]",
    },
    {
      name: "shuffle",
      kind: "switch",
      rule: "true or false",
      help: "new order in each epoch; --no-shuffle takes the order of the file [yes]",
    },
    {
      name: "seed",
      kind: "number",
      value: "N",
      rule: "a whole number from 0 to 2^32 − 1",
      help: "decides first weights, batch order, augmentation and what is held out [1]",
    },
  ],
};
