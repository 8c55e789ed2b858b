// A board with rows for a server to show, written before the server opens it.

import { BENCHMARKS } from "../../lib/benchmarks/registry.ts";
import { configFromEnv, createServices } from "../../lib/services.ts";
import { addEntry, addScore } from "../../tests/support/entries.ts";

/** Scored entries with files, each with a score of every benchmark, so that no job waits. */
export async function fillBoard(env: Record<string, string>, entries: number): Promise<void> {
  const services = await createServices(configFromEnv(env));
  try {
    for (let i = 0; i < entries; i++) {
      const { digest } = await services.blobs.putBytes(new TextEncoder().encode(`file ${i}`));
      const entry = await addEntry(services.db, {
        id: `bench-${i}`,
        name: `Model ${i}`,
        author: `Author ${i % 7}`,
        parameters: 4000 + 137 * i,
        provenance: "exact",
        exact_count: 1,
        file_digest: digest,
      });
      for (const { id, version, lowerIsBetter } of BENCHMARKS) {
        const score = lowerIsBetter ? 2 + i / 50 : 100 - i / 2;
        await addScore(services.db, entry, id, score, { version });
      }
    }
  } finally {
    await services.close();
  }
}
