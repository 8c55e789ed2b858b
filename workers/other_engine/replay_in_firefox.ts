// A replay in Firefox: serves it the job's folder on this machine alone, keeps its checkpoints there,
// and waits for its result.

import { type ChildOptions, type ChildOutcome } from "../job_child.ts";
import { jobMessageSchema, processResultSchema } from "../job_protocol.ts";
import { CHECKPOINT_FILE } from "../jobs/checkpoints.ts";
import { bundled } from "./bundled.ts";
import { openInFirefox } from "./firefox.ts";

const PAGE = `<!doctype html><title>replay</title>
<script type="module">new Worker("worker.js", { type: "module" });</script>`;

/** Without these a page has no shared memory. */
const ISOLATED = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cache-control": "no-store",
};

/** Names below a folder, and nothing else. */
const FILE = /^files\/([\w-][\w.-]*(?:\/[\w-][\w.-]*)*)$/;
/** Characters of an error. */
const MOST_WORDS = 2000;

/** As runChild. Others on this machine do not know the address. */
export async function replayInFirefox(
  path: string,
  options: ChildOptions,
): Promise<ChildOutcome> {
  const { signal, timeoutMs } = options;
  const { promise, resolve } = Promise.withResolvers<ChildOutcome>();
  const secret = crypto.randomUUID();
  const scripts: Record<string, string> = {
    "worker.js": await bundled(new URL("browser_worker.ts", import.meta.url), "browser"),
    "thread.js": await bundled(new URL("../compute_thread_browser.ts", import.meta.url), "browser"),
  };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const name = nameIn(request, secret);
    if (name === null) return gone();
    return request.method === "POST"
      ? take(request, name, { ...options, resolve })
      : give(name, scripts, options.folder);
  });
  const aborted = () => resolve({ ended: "aborted" });
  const timer = setTimeout(() => resolve({ ended: "timeout" }), timeoutMs);
  signal.addEventListener("abort", aborted);
  if (signal.aborted) aborted();
  try {
    await using firefox = await openInFirefox(
      path,
      `http://127.0.0.1:${server.addr.port}/${secret}/`,
    );
    firefox.ended.then(({ code }) =>
      resolve({ ended: "killed", reason: `Firefox ended with code ${code}` })
    );
    return await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", aborted);
    await server.shutdown();
  }
}

function nameIn({ url }: Request, secret: string): string | null {
  const path = new URL(url).pathname;
  return path.startsWith(`/${secret}/`) ? path.slice(secret.length + 2) : null;
}

function gone(): Response {
  return new Response("not here", { status: 404, headers: ISOLATED });
}

async function give(
  name: string,
  scripts: Record<string, string>,
  folder: string,
): Promise<Response> {
  const of = (type: string) => ({ ...ISOLATED, "content-type": type });
  if (name === "") return new Response(PAGE, { headers: of("text/html") });
  if (name in scripts) return new Response(scripts[name], { headers: of("text/javascript") });
  const path = FILE.exec(name)?.[1];
  const file = path === undefined ? null : await Deno.open(`${folder}/${path}`).catch(() => null);
  if (file === null) return gone();
  return new Response(file.readable, { headers: of("application/octet-stream") });
}

async function take(
  request: Request,
  name: string,
  { folder, memoryBytes, onMessage, resolve }: ChildOptions & {
    resolve: (outcome: ChildOutcome) => void;
  },
): Promise<Response> {
  if (name === "checkpoint") return await keep(request, folder, memoryBytes);
  const value = await request.json();
  if (name === "message") {
    const message = jobMessageSchema.safeParse(value);
    if (message.success) onMessage(message.data);
  } else if (name === "result") {
    const result = processResultSchema.safeParse(value);
    resolve(
      result.success
        ? { ended: "result", result: result.data }
        : { ended: "killed", reason: `The result is malformed: ${result.error.message}` },
    );
  } else {
    resolve({ ended: "killed", reason: String(value).slice(0, MOST_WORDS) });
  }
  return new Response(null, { status: 204, headers: ISOLATED });
}

/** A checkpoint is below the memory of its replay. */
async function keep(request: Request, folder: string, mostBytes: number): Promise<Response> {
  const bytes = new Uint8Array(await request.arrayBuffer());
  if (bytes.length > mostBytes) return new Response(null, { status: 413, headers: ISOLATED });
  const path = `${folder}/${CHECKPOINT_FILE}`;
  await Deno.writeFile(`${path}.partial`, bytes);
  await Deno.rename(`${path}.partial`, path);
  return new Response(null, { status: 204, headers: ISOLATED });
}
