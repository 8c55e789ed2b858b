// Heartbeats of one job: tells the server how far it is, and hears whether to go on.

import { utf8 } from "../lib/bytes.ts";
import {
  type Heartbeat,
  type Lease,
  type LeaseState,
  MESSAGE_LOG_LIMIT,
  MESSAGE_TEXTS,
} from "../lib/jobs/protocol.ts";
import type { Effects } from "./effects.ts";
import type { JobMessage } from "./job_protocol.ts";
import type { ServerApi } from "./server_api.ts";

export interface PulseOptions {
  api: Pick<ServerApi, "heartbeat">;
  effects: Effects;
  lease: Lease;
  heartbeatMs: number;
}

type News = Omit<Heartbeat, keyof Lease | "texts">;
type Text = NonNullable<Heartbeat["texts"]>[number];

/** Of the completions in one message, as JSON: half of what the server reads. */
const MOST_TEXT_BYTES = 128 * 1024;

export class Pulse {
  readonly #options: PulseOptions;
  readonly #gone = new AbortController();
  readonly #stopped = new AbortController();
  readonly #beating: Promise<void>;
  #news: News = {};
  /** Completions that the server has not heard of. */
  #texts: Text[] = [];
  #stage = "starting";
  #lease: LeaseState = "held";

  constructor(options: PulseOptions) {
    this.#options = options;
    this.#beating = this.#beat();
  }

  /** Aborts as soon as the job is no longer ours: `lease` says why. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  get lease(): LeaseState {
    return this.#lease;
  }

  /** The stage last reported. */
  get stage(): string {
    return this.#stage;
  }

  onMessage(message: JobMessage): void {
    if (message.type === "log") {
      // Cut as the server cuts it: between two beats a process may say more than memory holds.
      const log = `${this.#news.log ?? ""}${message.line}\n`.slice(-MESSAGE_LOG_LIMIT);
      this.#news = { ...this.#news, log };
      return;
    }
    if (message.type === "text") {
      this.#texts.push(message.text);
      return;
    }
    const { stage, fraction: progress, etaMs = null } = message;
    this.#stage = stage;
    this.#news = { ...this.#news, stage, progress, etaMs };
  }

  /** Says what is left to say, as long as the server takes it. */
  async flush(): Promise<void> {
    let left: number;
    do {
      left = this.#texts.length;
      if (left > 0 || Object.keys(this.#news).length > 0) await this.#send();
    } while (this.#texts.length > 0 && this.#texts.length < left && this.#lease === "held");
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#beating;
  }

  async #beat(): Promise<void> {
    const { effects, heartbeatMs } = this.#options;
    const over = AbortSignal.any([this.#stopped.signal, this.#gone.signal]);
    while (true) {
      await effects.sleep(heartbeatMs, over);
      if (over.aborted) return;
      await this.#send();
    }
  }

  async #send(): Promise<void> {
    const { api, lease } = this.#options;
    const [news, texts] = [this.#news, firstOf(this.#texts)];
    this.#news = {};
    try {
      const said = { ...lease, ...news, ...texts.length > 0 && { texts } };
      this.#lease = await api.heartbeat(said, this.#stopped.signal);
      this.#texts.splice(0, texts.length);
    } catch {
      // A server that is away, or refuses for once, is no proof of a lost lease: the next beat tells.
      // What this one had to say goes with it.
      this.#news = merged(news, this.#news);
    }
    if (this.#lease !== "held") this.#gone.abort();
  }
}

/** As many as one message holds; one at least. */
function firstOf(texts: readonly Text[]): Text[] {
  let [count, bytes] = [0, 0];
  for (const text of texts.slice(0, MESSAGE_TEXTS)) {
    bytes += utf8(JSON.stringify(text)).length;
    if (count > 0 && bytes > MOST_TEXT_BYTES) break;
    count++;
  }
  return texts.slice(0, count);
}

function merged(earlier: News, later: News): News {
  const log = `${earlier.log ?? ""}${later.log ?? ""}`.slice(-MESSAGE_LOG_LIMIT);
  return { ...earlier, ...later, ...(log === "" ? {} : { log }) };
}
