// Settings, services, application: what a server is started from.

import type { App } from "fresh";
import type { State } from "./app_state.ts";
import { createApp } from "./lib/http/app.ts";
import { configFromEnv, createServices } from "./lib/services.ts";

const services = await createServices(configFromEnv(Deno.env.toObject()));

export const app: App<State> = createApp(services);
