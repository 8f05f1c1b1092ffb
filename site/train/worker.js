/** The worker of the training page: it runs one request. */
import { run } from "./run.ts";

addEventListener("message", ({ data }) => void run(data, (message) => postMessage(message)));
