// The application with accounts and their keys, one for each right that matters to workers.

import { Builder } from "fresh/dev";
import { createApp } from "../../lib/http/app.ts";
import type { Services } from "../../lib/services.ts";
import { addAccount, bearer } from "./accounts.ts";
import { bundledIslands } from "./bundled_islands.ts";

export type Handler = (request: Request) => Promise<Response>;

export type KeyName = "worker" | "other" | "author" | "submit" | "admin";
/** Headers that show the key of that name. */
export type Keys = Record<KeyName, { authorization: string }>;

/** Keys of accounts of their own. The author's was made when it was an admin. */
export async function workerKeys(services: Services): Promise<Keys> {
  const admin = () => addAccount(services, { role: "admin" });
  const former = await admin();
  const keys = {
    worker: await bearer(services, await admin(), ["worker"]),
    other: await bearer(services, await admin(), ["worker"]),
    author: await bearer(services, former, ["submit", "worker"]),
    submit: await bearer(services, await admin(), ["submit"]),
    admin: await bearer(services, await admin(), ["admin"]),
  };
  await services.db.updateTable("auth_user").set({ role: "author" })
    .where("id", "=", former.id).execute();
  return keys;
}

export async function appHandler(services: Services): Promise<Handler> {
  const app = createApp(services);
  const root = new URL("../..", import.meta.url).pathname;
  const builder = new Builder({ root, outDir: await bundledIslands("development") });
  const apply = await builder.build({ mode: "development", snapshot: "memory" });
  apply(app);
  const handler = app.handler();
  return (request) =>
    handler(request, {
      remoteAddr: { transport: "tcp", hostname: "127.0.0.1", port: 1 },
      completed: Promise.resolve(),
    });
}
