/**
 * The public datasets, which are downloaded on first use or read from your own folder.
 * @module
 */
import type { CanonicalSet } from "./canonical.ts";
import { cifar100Set, cifar10Set } from "./cifar.ts";
import { fashionMnistSet, mnistSet } from "./mnist.ts";

/** All public datasets, by name. */
export const canonicalSets: ReadonlyMap<string, CanonicalSet> = new Map(
  [mnistSet, fashionMnistSet, cifar10Set, cifar100Set].map((set) => [set.name, set]),
);

/**
 * The only hosts from which each dataset is downloaded, for `--allow-net`. Redirects are followed
 * only between these hosts, over HTTPS.
 */
export const datasetHosts: ReadonlyMap<string, readonly string[]> = new Map(
  [...canonicalSets].map(([name, set]) => [name, hostsOf(set)]),
);

/** The hosts of a dataset's addresses, each once. */
export function hostsOf({ downloads }: Pick<CanonicalSet, "downloads">): readonly string[] {
  return [...new Set(downloads.flatMap(({ urls }) => urls.map((url) => new URL(url).host)))];
}
