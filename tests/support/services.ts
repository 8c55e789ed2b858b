// Services over a test database, and waiting for an entry without sleeping.

import type { AppConfig } from "../../lib/config.ts";
import {
  configFromEnv,
  createServices,
  type ServiceOptions,
  type Services,
} from "../../lib/services.ts";
import type { TestDatabase } from "./databases.ts";

export function testServices(
  storage: TestDatabase,
  options: Partial<AppConfig> = {},
  queue: ServiceOptions["queue"] = {},
  jobs: ServiceOptions["jobs"] = {},
): Promise<Services> {
  // Mismatches of made-up jobs are nothing for a browser to confirm.
  const config: AppConfig = {
    ...configFromEnv({}),
    ...{ dataDir: storage.dataDir, port: 0, secondEngine: "off" },
    ...options,
  };
  return createServices(config, { storage, queue: { retryDelaySeconds: 0, ...queue }, jobs });
}

/** Longer than any job of a test takes; only a test that fails waits for it. */
const PATIENCE_MS = 30_000;

/** The first value of `read` that is not null, read again whenever the entry changes. */
export async function whenEntry<T>(
  { events }: Pick<Services, "events">,
  entryId: string,
  read: () => Promise<T | null>,
): Promise<T> {
  let changed = Promise.withResolvers<void>();
  const giveUp = setTimeout(() => {
    changed.reject(new Error(`What was waited for of ${entryId} did not happen`));
  }, PATIENCE_MS);
  const unsubscribe = events.subscribe(entryId, () => changed.resolve());
  try {
    for (;;) {
      changed = Promise.withResolvers<void>();
      const value = await read();
      if (value !== null) return value;
      await changed.promise;
    }
  } finally {
    clearTimeout(giveUp);
    unsubscribe();
  }
}
