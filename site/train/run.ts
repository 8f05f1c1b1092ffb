import { type Backend, openBackend } from "../../mod.ts";
import { fashionMnist7x7File, parseFashionMnist7x7 } from "../../datasets/fashion_mnist_7x7.ts";
import { gunzip } from "../../datasets/gzip.ts";
import type { Dataset } from "../../datasets/mod.ts";
import { Arm } from "./arm.ts";
import type { Message, Request } from "./messages.ts";
import { Samples } from "./samples.ts";
import { POINTS_PER_EPOCH } from "./settings.ts";

/** Trains all arms a part of an epoch at a time, and says how they do. Errors become messages. */
export async function run(request: Request, say: (message: Message) => void): Promise<void> {
  try {
    const dataset = await datasetOf(request.data);
    const backend = await openBackend(request.device);
    try {
      await trainAll(request, dataset, backend, say);
    } finally {
      backend[Symbol.dispose]();
    }
  } catch (error) {
    say({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
  }
}

/** The samples in a data file in base64. */
async function datasetOf(data: string): Promise<Dataset> {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const { dataset, byteLength } = fashionMnist7x7File;
  return parseFashionMnist7x7(await gunzip(dataset, bytes, byteLength));
}

async function trainAll(
  { arms: names, epochs }: Request,
  dataset: Dataset,
  backend: Backend,
  say: (message: Message) => void,
): Promise<void> {
  const samples = new Samples(dataset, backend);
  const perEpoch = samples.stepsPerEpoch;
  const arms: Arm[] = [];
  for (const name of names) arms.push(await Arm.create(name, samples, backend));
  say({ kind: "started", backend: backend.description, steps: epochs * perEpoch });
  const start = performance.now();
  const report = async (arm: Arm) => say({ kind: "point", point: await arm.measure() });
  for (const arm of arms) await report(arm);
  for (let point = 1; point <= epochs * POINTS_PER_EPOCH; point++) {
    const stepAt = (i: number) => Math.round(i * perEpoch / POINTS_PER_EPOCH);
    for (const arm of arms) {
      arm.train(stepAt(point) - stepAt(point - 1));
      await report(arm);
    }
  }
  say({ kind: "done", seconds: (performance.now() - start) / 1000 });
  for (const owner of [...arms, samples]) owner[Symbol.dispose]();
}
