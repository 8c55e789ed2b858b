// Starts compute threads in Deno. The process must be allowed to read workers/ and lib/.

/** For `instantiateEngine`. */
export function spawnComputeThread(): Worker {
  return new Worker(new URL("./compute_thread.ts", import.meta.url), { type: "module" });
}
