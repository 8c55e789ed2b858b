// The data directory of a board with the rows of `seed`, made once and copied: making it takes more
// than a second of processor time.

import { pgliteBackend } from "../support/databases.ts";
import { madeOnce, sourcesName } from "../support/made_once.ts";
import { testServices } from "../support/services.ts";
import { seed } from "./seed.ts";

const SOURCES = ["tests/routes", "tests/support", "lib", "migrations", "deno.lock"];

/** Not to be written to. Its rows are an hour old at most: the board tells how old they are. */
export async function seededDirectory(): Promise<string> {
  const hour = new Date().toISOString().slice(0, 13);
  return await madeOnce("seeded", `${hour}-${await sourcesName(SOURCES)}`, async () => {
    const opened = await pgliteBackend().open();
    const services = await testServices(opened);
    await seed(services, new Date());
    await services.close();
    await opened.close({ keepFiles: true });
    return opened.dataDir;
  });
}
