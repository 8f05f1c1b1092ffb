/** Lets the event loop turn: messages from workers arrive, and a page can paint. */
export function macrotask(): Promise<void> {
  return new Promise((resolve) => {
    // A timer would wait for 4 ms on a page.
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });
}
