// What every request carries, and the `define` helpers typed by it.

import { createDefine } from "fresh";
import type { Caller } from "./lib/accounts/caller.ts";
import type { Services } from "./lib/services.ts";

export interface State {
  /** Database, files, queue and settings of this server. */
  services: Services;
  /** Who is asking: by a session or an API key; null for a guest. */
  caller: Caller | null;
  /** What the log knows this request by; told to the client. */
  requestId: string;
  /** Set by handlers whose answer follows from the URL and the database alone: it is kept. */
  keep?: boolean;
  /** Title of the page, when a handler knows it better than the page. */
  title?: string;
}

export const define = createDefine<State>();
