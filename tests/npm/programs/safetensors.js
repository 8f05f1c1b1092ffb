import { decodeSafetensors } from "@gspace/gspace";

console.log(decodeSafetensors(new Uint8Array()));
