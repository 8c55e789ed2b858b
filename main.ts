// Settings, services, supervisor, application: what a server is made of.

import { openClaim } from "./lib/accounts/admin_claim.ts";
import { nightlyDump } from "./lib/dump/nightly.ts";
import { createApp } from "./lib/http/app.ts";
import { configFromEnv, createServices } from "./lib/services.ts";
import { loadGallery } from "./lib/submissions/gallery.ts";
import { topUpScores } from "./lib/submissions/top_up.ts";
import { startSupervisor } from "./workers/supervisor.ts";

const config = configFromEnv(Deno.env.toObject());
const services = await createServices(config);
if (config.gallery) {
  const added = await loadGallery(services, new URL("./data/gallery/", import.meta.url));
  if (added > 0) console.log(`Gallery: ${added} models submitted for scoring`);
}
const toppedUp = await topUpScores(services);
if (toppedUp > 0) console.log(`Benchmarks: ${toppedUp} models lack a score and wait for it`);
const supervisor = startSupervisor(services);

/** Of the link to the first admin; null when there is one. */
export const claimToken = await openClaim(services.db, services.now());

export const app = createApp(services);
const nightly = nightlyDump(config, () => app.handler());

/** Gives running jobs back to the queue and closes the database. */
export async function close(): Promise<void> {
  await nightly?.stop();
  await supervisor.stop();
  await services.close();
}
