// Settings, services, supervisor, application: what a server is made of.

import { openClaim } from "./lib/accounts/admin_claim.ts";
import { RANKED_BENCHMARKS } from "./lib/benchmarks/registry.ts";
import { nightlyDump } from "./lib/dump/nightly.ts";
import { createApp } from "./lib/http/app.ts";
import type { Listener } from "./lib/http/listener.ts";
import { loadPublishedStudy } from "./lib/lab/import_study.ts";
import { readRanks } from "./lib/leaderboard/rank_store.ts";
import { log } from "./lib/operating/log.ts";
import { shutDown } from "./lib/operating/shutdown.ts";
import { configFromEnv, createServices } from "./lib/services.ts";
import { loadGallery } from "./lib/submissions/gallery.ts";
import { topUpScores } from "./lib/submissions/top_up.ts";
import { keepEngine } from "./lib/verification/engine_store.ts";
import { startSupervisor } from "./workers/supervisor.ts";

const config = configFromEnv(Deno.env.toObject());
const services = await createServices(config);
await keepEngine(services, await Deno.readFile(services.jobs.enginePath));
if (config.gallery) {
  const added = await loadGallery(services, new URL("./data/gallery/", import.meta.url));
  if (added > 0) log.info("Gallery: {added} models submitted for scoring", { added });
  const folder = new URL("./data/lab/tinyscalelab/", import.meta.url);
  if (await loadPublishedStudy(services, folder)) log.info("Lab: TinyScaleLab's study imported");
}
const toppedUp = await topUpScores(services);
if (toppedUp > 0) {
  log.info("Benchmarks: {toppedUp} models lack a score and wait for it", { toppedUp });
}
const supervisor = startSupervisor(services);
// Seconds for a large board, which its first visitor would have to wait.
const ranksRead = readRanks(services.db, RANKED_BENCHMARKS, services.lifecycle.signal)
  .catch((error) => log.error("The boards could not be read ahead", { error }));

/** Of the link to the first admin; null when there is one. */
export const claimToken = await openClaim(services.db, services.now());

export const app = createApp(services);
const nightly = nightlyDump(config, () => app.handler());

/** Answers what is open, gives running jobs back to the queue and closes the database. */
export async function stop(listener: Pick<Listener, "shutdown">): Promise<void> {
  const { lifecycle, streams } = services;
  const close = async () => {
    await nightly?.stop();
    await ranksRead;
    await services.close();
  };
  await shutDown({ lifecycle, streams, supervisor, listener, close }, {
    drainMs: 1000 * config.drainSeconds,
    requestsMs: 1000 * config.shutdownSeconds,
  });
}
