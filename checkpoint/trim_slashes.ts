/** A path without slashes at its end. */
export function trimSlashes(path: string): string {
  return path.replace(/(.)[\\/]+$/, "$1");
}
