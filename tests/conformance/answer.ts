/** What pages post to the server of a test. */

/** The answer of a page, or why there is none. */
export type Answer<T> = T & { readonly error?: string };

function post(path: string, body: string): Promise<Response> {
  return fetch(path, { method: "POST", body });
}

/** Posts what the page is doing, for the error if the page stops. Does not wait. */
export function reportProgress(text: string): void {
  void post("/progress", text);
}

/** Posts the results of a page, or its error. */
export async function postAnswer(run: () => Promise<object>): Promise<void> {
  const answer = await run().catch(({ stack }: Error) => ({ error: stack }));
  await post("/answer", JSON.stringify(answer));
}
