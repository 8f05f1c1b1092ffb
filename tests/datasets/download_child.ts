/** A process that downloads one file and can be killed: its job comes as JSON in the argument. */
import type { DownloadFile } from "../../datasets/canonical.ts";
import { download } from "../../datasets/download.ts";

interface ChildJob {
  readonly file: DownloadFile;
  readonly folder: string;
}

const { file, folder }: ChildJob = JSON.parse(Deno.args[0] ?? "");
await download({ dataset: "child", file, folder, hosts: [] }, {
  rounds: 1,
  onProgress: ({ receivedBytes }) => console.log(receivedBytes),
});
