// A job program that tries whatever a job must not do, and says what came of each attempt. It keeps
// the protocol of job processes; what it is to do stands where a model's bytes would be.

// deno-lint-ignore-file no-explicit-any -- it reaches for what no type allows
import { runJobProcess } from "../../workers/job_frame.ts";
import { type JobContext, MODEL_FILE, type ProcessResult } from "../../workers/job_protocol.ts";

/** Where the test has laid what nobody may touch. */
interface Plan {
  does: string;
  secretFile: string;
  /** Beside the job's folder. */
  outside: string;
  port: number;
  socket: string;
  parent: number;
  library: string;
}

type Attempts = Record<string, (plan: Plan) => unknown>;

/** Compiled here, so that the resolver of Deno sees no specifier. */
const dynamicImport = new Function("at", "options", "return import(at, options)");

const READING: Attempts = {
  "read a file": ({ secretFile }) => Deno.readTextFile(secretFile),
  "read a file at once": ({ secretFile }) => Deno.readTextFileSync(secretFile),
  "read through node": async ({ secretFile }) => (await import("node:fs")).readFileSync(secretFile),
  "read by a way around": ({ secretFile }) => Deno.readTextFile(`lib/../../../../${secretFile}`),
  "read through a link": async ({ secretFile }) => {
    await Deno.symlink(secretFile, "link");
    return await Deno.readTextFile("link");
  },
  "read through a hard link": async ({ secretFile }) => {
    await Deno.link(secretFile, "hard");
    return await Deno.readTextFile("hard");
  },
  "read its own environment": () => Deno.readTextFile("/proc/self/environ"),
  "read through its own root": ({ secretFile }) =>
    Deno.readTextFile(`/proc/self/root${secretFile}`),
  "read an open file's name": () => Deno.readLink("/proc/self/exe"),
  "list a folder": ({ outside }) => [...Deno.readDirSync(outside)],
  "look at a file": ({ secretFile }) => Deno.statSync(secretFile),
  "fetch a file": async ({ secretFile }) => await (await fetch(`file://${secretFile}`)).text(),
  "import a file": ({ outside }) => dynamicImport(`file://${outside}/module.ts`),
  "import a file as JSON": ({ outside }) =>
    dynamicImport(`file://${outside}/secret.json`, { with: { type: "json" } }),
  "require a file": async ({ outside }) =>
    (await import("node:module")).createRequire(`${outside}/x.js`)("./secret.json"),
  "watch a folder": async ({ outside }) => {
    for await (const event of Deno.watchFs(outside)) return event;
  },
};

const WRITING: Attempts = {
  "write a file": ({ outside }) => Deno.writeTextFile(`${outside}/written`, "x"),
  "write over a file": ({ secretFile }) => Deno.writeTextFile(secretFile, "x"),
  "write through node": async ({ outside }) =>
    (await import("node:fs")).writeFileSync(`${outside}/written`, "x"),
  "write our source": () =>
    Deno.writeTextFile(new URL("../../workers/planted.ts", import.meta.url), "x"),
  "make a folder": ({ outside }) => Deno.mkdir(`${outside}/made`),
  "remove a file": ({ secretFile }) => Deno.remove(secretFile),
  "move a file out": async ({ outside }) => {
    await Deno.writeTextFile("mine", "x");
    await Deno.rename("mine", `${outside}/moved`);
  },
  "copy a file out": ({ outside }) => Deno.copyFile("job.json", `${outside}/copied`),
  "make a temporary file": () => Deno.makeTempFile({ dir: "/tmp" }),
  "change rights": ({ secretFile }) => Deno.chmod(secretFile, 0o777),
};

const NETWORK: Attempts = {
  "fetch an address": ({ port }) => fetch(`http://127.0.0.1:${port}/`),
  "connect": ({ port }) => Deno.connect({ hostname: "127.0.0.1", port }),
  "connect to a socket": ({ socket }) => Deno.connect({ transport: "unix", path: socket }),
  "listen": () => Deno.listen({ hostname: "127.0.0.1", port: 0 }),
  "open a web socket": ({ port }) => {
    const { promise, resolve, reject } = Promise.withResolvers();
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
    socket.onopen = resolve;
    socket.onerror = (event) => reject((event as any).error ?? event);
    return promise;
  },
  "connect through node": async ({ port }) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const { connect } = await import("node:net");
    connect(port, "127.0.0.1", resolve).on("error", reject);
    return promise;
  },
  "ask for a name": () => Deno.resolveDns("localhost", "A"),
  "import from the network": ({ port }) => dynamicImport(`http://127.0.0.1:${port}/module.ts`),
};

const MACHINE: Attempts = {
  "read a variable": () => Deno.env.get("HOSTILE_SECRET"),
  "read all variables": () => Deno.env.toObject(),
  "set a variable": () => Deno.env.set("PATH", "/tmp"),
  "read a variable through node": async () => {
    const { env } = (await import("node:process")).default;
    return env.HOSTILE_SECRET ?? Object.keys(env);
  },
  "run a program": () => new Deno.Command("/bin/true").output(),
  "run a program at once": () => new Deno.Command("/bin/true").outputSync(),
  "run itself": () => new Deno.Command(Deno.execPath(), { args: ["eval", "0"] }).output(),
  "run through node": async () => (await import("node:child_process")).execSync("/bin/true"),
  "end its parent": ({ parent }) => Deno.kill(parent, "SIGTERM"),
  "end its parent through node": async ({ parent }) =>
    (await import("node:process")).default.kill(parent, "SIGTERM"),
  "load a library": ({ library }) => Deno.dlopen(library, {}),
  "load a library through node": async ({ library }) =>
    ((await import("node:process")).default as any).dlopen({ exports: {} }, library),
  "make a pointer": () => Deno.UnsafePointer.create(1n),
  "read the machine's name": () => Deno.hostname(),
  "read the machine's memory": () => Deno.systemMemoryInfo(),
  "read who it is": () => Deno.uid(),
};

type Act = (context: JobContext, plan: Plan) => Promise<void>;

const ACTS: Record<string, Act> = {
  async escape(context, plan) {
    const attempts = { ...READING, ...WRITING, ...NETWORK, ...MACHINE };
    for (const [name, attempt] of Object.entries(attempts)) {
      const came = await Promise.resolve().then(() => attempt(plan)).then(
        (value) => `DONE ${Deno.inspect(value).slice(0, 100)}`,
        (error) => `refused ${error?.name} ${error?.code ?? ""} ${error?.message ?? error}`,
      );
      context.log(`${name}: ${came.replaceAll("\n", " ").slice(0, 300)}`);
    }
    for (const name of ["net", "read", "write", "env", "run", "ffi", "sys"] as const) {
      const { state } = await Deno.permissions.request({ name });
      context.log(`ask for ${name}: ${state === "granted" ? "DONE" : `refused ${state}`}`);
    }
  },
  async work(context) {
    await Deno.writeTextFile("own", "x");
    context.log(await Deno.readTextFile("own"));
    const source = new URL("../../workers/job_process.ts", import.meta.url);
    context.log(String((await Deno.readTextFile(source)).length > 0));
  },
  /** Deno ends the whole process for the wish alone. */
  async thread(context) {
    const thread = new URL("../../workers/compute_thread.ts", import.meta.url);
    const permissions = { read: true };
    new Worker(thread, { type: "module", deno: { permissions } } as WorkerOptions);
    await new Promise((resolve) => setTimeout(resolve, 5000));
    context.log("DONE");
  },
  /** What is refused here is thrown where nobody can catch it. */
  async datagram(context, { port }) {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const { createSocket } = await import("node:dgram");
    createSocket("udp4").on("error", resolve).send("x", port, "127.0.0.1", resolve);
    context.log(await promise === null ? "DONE" : "refused");
  },
  buffers() {
    const held: Uint8Array[] = [];
    for (;;) held.push(new Uint8Array(1 << 24).fill(1));
  },
  objects() {
    const held: unknown[] = [];
    for (;;) held.push({ at: held.length, text: `${held.length}`.repeat(10) });
  },
  spin() {
    for (;;);
  },
  flood() {
    for (;;) console.log("x".repeat(1000));
  },
  floodErrors() {
    for (;;) console.error("x".repeat(1000));
  },
  endlessLine() {
    const bytes = new Uint8Array(1 << 16).fill(120);
    for (;;) Deno.stdout.writeSync(bytes);
  },
};

await runJobProcess(Deno.args[0], async (context): Promise<ProcessResult> => {
  const plan: Plan = JSON.parse(await Deno.readTextFile(`${context.folder}/${MODEL_FILE}`));
  await (ACTS[plan.does] ?? (() => Promise.reject(new Error(`No act ${plan.does}`))))(
    context,
    plan,
  );
  return { kind: "self-test", engineDigest: "survived", selfTestDigest: "survived" };
});
