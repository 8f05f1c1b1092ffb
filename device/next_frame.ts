/** Milliseconds after which a loop continues without a frame: hidden pages have none. */
const HIDDEN_MS = 250;

/**
 * Waits for the next frame of a page, so that the page can paint and react during a long loop.
 * Elsewhere, it lets the event loop turn once.
 *
 * @example A training loop that keeps the page responsive
 * ```ts
 * import { nextFrame } from "./mod.ts";
 *
 * for (let i = 0; i < 3; i++) {
 *   // step.run(); draw(await step.read());
 *   await nextFrame();
 * }
 * ```
 */
export function nextFrame(): Promise<void> {
  const page: object = globalThis;
  const frame = "requestAnimationFrame" in page ? page.requestAnimationFrame : undefined;
  return new Promise((resolve) => {
    const isPage = typeof frame === "function";
    setTimeout(resolve, isPage ? HIDDEN_MS : 0);
    if (isPage) frame.call(page, () => resolve());
  });
}
