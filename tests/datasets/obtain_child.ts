/** A process with few permissions that loads a dataset: name and options come as arguments. */
import { DatasetError, loadDataset } from "../../datasets/mod.ts";
import { obtainFiles, type ObtainOptions } from "../../datasets/obtain.ts";
import { tinySet } from "./tiny_set.ts";

const [name = "", json = "{}"] = Deno.args;
const options: ObtainOptions = JSON.parse(json);
try {
  if (name === "tiny") {
    const set = await tinySet({ urls: ["http://127.0.0.1:1/tiny.tar.gz"] });
    console.log([...(await obtainFiles(set, options)).keys()].join());
  } else {
    console.log((await loadDataset(name, options)).train.count);
  }
} catch (error) {
  if (!(error instanceof DatasetError)) throw error;
  console.log(`${error.reason}\n${error.message}`);
}
