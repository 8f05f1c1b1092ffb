import { gpuTest } from "../../gpu/_adapter.ts";
import { gsgdOnBackend } from "./backend_suite.ts";
import { gsgdConvolutionsOnBackend } from "./convolution_backend_suite.ts";

gsgdOnBackend((name, test) => gpuTest(`gpu: ${name}`, test));
gsgdConvolutionsOnBackend((name, test) => gpuTest(`gpu: ${name}`, test));
