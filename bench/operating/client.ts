// Asks for many addresses, each from an address of its own: one alone may not ask as often.

import { Connection } from "../load.ts";

export interface Load {
  url: string;
  /** The next address to ask for. */
  path: (count: number) => string;
  connections: number;
  /** Stops after so many requests, or after so long. */
  requests: number;
  durationMs: number;
}

export interface LoadResult {
  latenciesMs: number[];
  wallMs: number;
}

/** @throws when an answer is not 200. */
export async function load(
  { url, path, connections, requests, durationMs }: Load,
): Promise<LoadResult> {
  const latenciesMs: number[] = [];
  let count = 0;
  const startMs = performance.now();
  async function work(): Promise<void> {
    const connection = await Connection.open(url);
    while (count < requests && performance.now() - startMs < durationMs) {
      const nth = count++;
      const sentMs = performance.now();
      const address = path(nth);
      const headers = { "x-forwarded-for": `bench-${nth % 5000}` };
      const { status } = await connection.get(address, headers);
      latenciesMs.push(performance.now() - sentMs);
      if (status !== 200) throw new Error(`${address} answered ${status}`);
    }
    connection.close();
  }
  await Promise.all(Array.from({ length: connections }, work));
  return { latenciesMs, wallMs: performance.now() - startMs };
}
