// ledger: checks the hash chain of a ledger, on a server, in a downloaded file or in the database.

import { z } from "zod";
import { configFromEnv } from "../lib/config.ts";
import { IntegrityError, NotFoundError, ValidationError } from "../lib/errors.ts";
import { fromUtf8 } from "../lib/bytes.ts";
import { openDatabase } from "../lib/storage/database.ts";
import { listEvents } from "../lib/storage/ledger.ts";
import {
  ChainCheck,
  type ChainEvent,
  type ChainVerdict,
} from "../lib/verification/ledger_chain.ts";
import { ticketSeed } from "../lib/verification/ticket.ts";
import { type Arguments, type Command, JSON_OPTION, usageError } from "./command.ts";
import { readBytes } from "./host.ts";
import { printJson } from "./output.ts";
import { callServer, SERVER_OPTION } from "./server.ts";

export const LEDGER: Command = {
  name: "ledger",
  summary:
    "Checks that every event of a ledger follows from the one before, and computes the seed\n" +
    "of every ticket again. FILE is what /api/v1/ledger answered, all pages of it in one list; with\n" +
    "--server they are asked for one by one; with neither it is the database of TINYPROOF_DATA or\n" +
    "DATABASE_URL.",
  operands: ["verify", "[FILE]"],
  options: { server: SERVER_OPTION, json: JSON_OPTION },
  example: "ledger verify --server https://board.example",
  run: ledger,
};

const eventsSchema = z.array(z.object({
  seq: z.int().min(1),
  at: z.string(),
  kind: z.string(),
  payload: z.string(),
  prevHash: z.string(),
  hash: z.string(),
}));
const answerSchema = z.union([eventsSchema, z.object({ events: eventsSchema })]);

async function ledger(args: Arguments): Promise<void> {
  const [action, file] = args.positionals;
  if (action !== "verify") throw usageError(LEDGER, { expected: "verify", got: action });
  const server = args.text("server") !== undefined;
  if (server && file) throw usageError(LEDGER, { expected: "FILE or --server", got: "both" });
  const pages = server ? serverPages(args) : file ? filePages(file) : databasePages();
  const check = new ChainCheck();
  let fault: IntegrityError | null = null;
  for await (const page of pages) {
    check.take(page);
    fault = await ticketFault(page) ?? fault;
  }
  const verdict = check.end();
  if (verdict.ok && fault !== null) throw fault;
  report(verdict, args.flag("json"));
}

/** @throws {IntegrityError} naming the first event that is wrong. */
function report(verdict: ChainVerdict, asJson: boolean): void {
  const { ok, events, firstBad, head } = verdict;
  if (asJson) printJson(verdict);
  if (ok && asJson) return;
  if (ok) {
    const count = `${events} ${events === 1 ? "event" : "events"}`;
    return console.log(`The chain holds: ${count}${head ? `, head ${head.hash}` : ""}`);
  }
  throw new IntegrityError(`The chain is broken at event ${firstBad}`, {
    expected: firstBad === 1 ? "the first event of a ledger" : `what follows from the one before`,
    got: `an event that was changed, or one that is missing before it`,
    fix: "Keep what you have: it shows that the ledger was changed after it was written.",
  });
}

const drawnSchema = z.object({
  account: z.string(),
  commitment: z.string().regex(/^[0-9a-f]{64}$/),
  nonce: z.string().regex(/^[0-9a-f]{64}$/),
  seed: z.number(),
});

/** Names a ticket whose seed does not follow from what was drawn; null where there is none. */
async function ticketFault(events: readonly ChainEvent[]): Promise<IntegrityError | null> {
  for (const { seq, kind, payload } of events) {
    if (kind !== "ticket") continue;
    const drawn = drawnSchema.safeParse(parsedJson(payload)).data;
    const seed = drawn && await ticketSeed(drawn);
    if (drawn && seed === drawn.seed) continue;
    return new IntegrityError(`The ticket of event ${seq} does not give the seed it names`, {
      expected: `seed ${seed ?? "of a nonce, a commitment and an account"}`,
      got: String(drawn?.seed ?? payload.slice(0, 80)),
      fix: "Keep what you have: it shows that the board did not draw that seed.",
    });
  }
  return null;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function* serverPages(args: Arguments): AsyncGenerator<ChainEvent[]> {
  for (let before = "";;) {
    const answer = await callServer(args, `ledger${before && `?before=${before}`}`);
    const events = parsed(answer, "the answer of the server");
    if (events.length === 0) return;
    yield events;
    before = String(events[events.length - 1].seq);
  }
}

async function* filePages(path: string): AsyncGenerator<ChainEvent[]> {
  let content: unknown;
  try {
    content = JSON.parse(fromUtf8(await readBytes(path)));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  yield parsed(content, path).sort((a, b) => b.seq - a.seq);
}

/** @throws {IntegrityError} while a server uses the embedded database: ask the server then. */
async function* databasePages(): AsyncGenerator<ChainEvent[]> {
  const config = configFromEnv(Deno.env.toObject());
  if (config.databaseUrl === undefined) await mustHoldDatabase(config.dataDir);
  const { db, close } = await openDatabase(config);
  try {
    let before: number | undefined;
    for (;;) {
      const rows = await listEvents(db, { before, limit: 1000 });
      if (rows.length === 0) return;
      yield rows.map(({ prev_hash, ...event }) => ({ ...event, prevHash: prev_hash }));
      before = rows[rows.length - 1].seq;
    }
  } finally {
    await close();
  }
}

/** Opening a directory without a database would make one. */
async function mustHoldDatabase(dataDir: string): Promise<void> {
  const found = await Deno.stat(`${dataDir}/pglite`).catch(() => null);
  if (found) return;
  throw new NotFoundError(`There is no ledger in ${dataDir}`, {
    expected: "the data directory of a server",
    got: "a directory without a database, or none",
    fix: "Set TINYPROOF_DATA or DATABASE_URL, or name a FILE or a --server.",
  });
}

function parsed(value: unknown, where: string): ChainEvent[] {
  const { success, data } = answerSchema.safeParse(value);
  if (success) return Array.isArray(data) ? data : data.events;
  throw new ValidationError(`${where} is no list of ledger events`, {
    expected: "JSON as /api/v1/ledger answers it, or the list of its events",
    got: "something else",
    fix: "Download it again: curl SERVER/api/v1/ledger",
  });
}
