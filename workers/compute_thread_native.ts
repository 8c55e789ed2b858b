// A compute thread with native kernels, in Deno. Its name says which: instruction set and library.

import { serveThread } from "../lib/engine/serve_thread.ts";
import { openNative } from "./native_kernels.ts";

const [set, ...library] = (globalThis as { name?: string }).name!.split(" ");
serveThread(globalThis, openNative(library.join(" "), set).accelerate);
