// Checks the ledger's chain of hashes from the newest event to the first, page by page as the API
// gives them. Written apart from what appends to it (lib/storage/ledger.ts): an auditor's second
// opinion, which runs on a downloaded file too.

import { toHex, utf8 } from "../bytes.ts";
import { sha256Now } from "../hash.ts";
import { canonicalJson } from "./canonical.ts";

/** As the API writes it. */
export interface ChainEvent {
  seq: number;
  at: string;
  kind: string;
  /** The very text that was hashed. */
  payload: string;
  prevHash: string;
  hash: string;
}

/** Before the first event. */
const GENESIS = "0".repeat(64);

export interface ChainVerdict {
  /** Every event follows from the one before, down to the first. */
  ok: boolean;
  /** Events that were looked at. */
  events: number;
  /** `seq` of the first event that does not follow from the one before, or null. */
  firstBad: number | null;
  /** Of the newest event: whoever wrote it down can tell later that nothing before was changed. */
  head: { seq: number; hash: string } | null;
}

/** Takes events in falling order of `seq`, in as many pieces as they come. */
export class ChainCheck {
  #events = 0;
  #firstBad: number | null = null;
  #head: ChainVerdict["head"] = null;
  /** The event taken last, whose predecessor is to come. */
  #later: ChainEvent | null = null;

  take(events: readonly ChainEvent[]): void {
    for (const event of events) {
      if (this.#later !== null && !follows(this.#later, event)) this.#firstBad = this.#later.seq;
      if (event.hash !== hashOf(event)) this.#firstBad = event.seq;
      this.#head ??= { seq: event.seq, hash: event.hash };
      this.#later = event;
      this.#events++;
    }
  }

  /** After the last piece: the chain has to begin where ledgers begin. */
  end(): ChainVerdict {
    const first = this.#later;
    if (first !== null && (first.seq !== 1 || first.prevHash !== GENESIS)) {
      this.#firstBad = first.seq;
    }
    const firstBad = this.#firstBad;
    return { ok: firstBad === null, events: this.#events, firstBad, head: this.#head };
  }
}

function follows(event: ChainEvent, before: ChainEvent): boolean {
  return event.seq === before.seq + 1 && event.prevHash === before.hash;
}

/** SHA-256 of "ledger/v1", the hash before in hexadecimal, and the canonical JSON of the event. */
function hashOf({ seq, at, kind, payload, prevHash }: ChainEvent): string {
  const text = canonicalJson({ seq, at, kind, payload });
  return toHex(sha256Now(utf8("ledger/v1"), utf8(prevHash), utf8(text)));
}
