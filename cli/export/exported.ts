/** An exported file, and lines that describe it. */
export interface Exported {
  readonly bytes: Uint8Array;
  readonly summary: readonly string[];
}
