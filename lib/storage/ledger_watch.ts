// What is known of the ledger's chain: new lines are hashed when somebody asks, all of them now and
// then, so that what was changed behind our back is found. Knows no page.

import { log } from "../operating/log.ts";
import type { Kysely } from "kysely";
import { type ChainEnd, checkChain, type LedgerCheck, START } from "./ledger.ts";
import type { Database } from "./schema.ts";

export interface WatchedLedger extends LedgerCheck {
  /** When the chain was last hashed from its first line on. */
  wholeAt: Date;
}

const WHOLE_EVERY_MS = 10 * 60_000;

export class LedgerWatch {
  readonly #db: Kysely<Database>;
  readonly #now: () => Date;
  readonly #wholeEveryMs: number;
  #known: WatchedLedger | null = null;
  #end: ChainEnd = START;
  #whole: Promise<void> | null = null;
  #newLines: Promise<void> | null = null;

  constructor(db: Kysely<Database>, now: () => Date, wholeEveryMs = WHOLE_EVERY_MS) {
    this.#db = db;
    this.#now = now;
    this.#wholeEveryMs = wholeEveryMs;
  }

  /** Waits for what has never been hashed; a chain that was is hashed again beside the answer. */
  async check(): Promise<WatchedLedger> {
    if (this.#known === null) await this.#checkWhole();
    else if (this.#now().getTime() - this.#known.wholeAt.getTime() >= this.#wholeEveryMs) {
      this.#checkWhole().catch((error) => log.error("The ledger could not be checked", { error }));
    }
    if (this.#known!.ok) await this.#checkNew();
    return this.#known!;
  }

  /** Resolves when no check is under way. */
  async idle(): Promise<void> {
    await Promise.allSettled([this.#whole, this.#newLines]);
  }

  #checkWhole(): Promise<void> {
    return this.#whole ??= (async () => {
      const wholeAt = this.#now();
      const { check, end } = await checkChain(this.#db, START);
      this.#known = { ...check, wholeAt };
      this.#end = end;
    })().finally(() => this.#whole = null);
  }

  #checkNew(): Promise<void> {
    return this.#newLines ??= (async () => {
      const { wholeAt } = this.#known!;
      const { check, end } = await checkChain(this.#db, this.#end);
      // A whole check that ended meanwhile knows more.
      if (this.#known!.wholeAt !== wholeAt) return;
      this.#known = { ...check, wholeAt };
      this.#end = end;
    })().finally(() => this.#newLines = null);
  }
}
