// Starts compute threads in Deno. The process must be allowed to read workers/ and lib/.

/** For `instantiateEngine`. */
export function spawnComputeThread(): Worker {
  return new Worker(new URL("./compute_thread.ts", import.meta.url), { type: "module" });
}

/** The same with native kernels: the process must be allowed to load `library`. */
export function spawnNativeThread(library: string, set: string): Worker {
  const program = new URL("./compute_thread_native.ts", import.meta.url);
  return new Worker(program, { type: "module", name: `${set} ${library}` });
}
