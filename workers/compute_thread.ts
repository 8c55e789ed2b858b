// A compute thread, in Deno and in browsers alike.

import { serveThread } from "../lib/engine/serve_thread.ts";

serveThread(globalThis);
