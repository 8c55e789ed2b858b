import { page } from "fresh";
import { Head } from "fresh/runtime";
import { z } from "zod";
import { define } from "../app_state.ts";
import { formatInstant, formatInteger } from "../components/format.ts";
import { TableBox } from "../components/TableBox.tsx";
import { parseQuery } from "../lib/http/query.ts";
import { listEvents } from "../lib/storage/ledger.ts";
import type { WatchedLedger } from "../lib/storage/ledger_watch.ts";
import type { LedgerEvent } from "../lib/storage/schema.ts";

const PAGE_SIZE = 100;
const querySchema = z.object({
  before: z.coerce.number({ error: "a line number" }).int("a line number").min(1, "a line number")
    .optional(),
});

export const handler = define.handlers({
  async GET(ctx) {
    ctx.state.keep = true;
    const { db, ledger } = ctx.state.services;
    const { before } = parseQuery(querySchema, ctx.url);
    const [events, check] = await Promise.all([
      listEvents(db, { limit: PAGE_SIZE, before }),
      ledger.check(),
    ]);
    return page({ events, check });
  },
});

export default define.page<typeof handler>(function LedgerPage({ data: { events, check } }) {
  const last = events.length === PAGE_SIZE ? events[events.length - 1] : undefined;
  return (
    <>
      <Head>
        <title>Ledger · Tinyproof</title>
      </Head>
      <p class="crumbs">
        <a href="/audit">Audit</a>
      </p>
      <h1>Ledger</h1>
      <p class="lead">
        Each line is hashed together with the hash of the line before it.{" "}
        <a href="/api/v1/ledger">As JSON</a>
      </p>
      <ChainNote check={check} />
      <TableBox label="Events">
        <table class="stack">
          <thead>
            <tr>
              <th scope="col" class="num">Line</th>
              <th scope="col">When</th>
              <th scope="col">What</th>
              <th scope="col">Details</th>
              <th scope="col">Hash</th>
            </tr>
          </thead>
          <tbody>
            {events.map((event) => <EventRow key={event.seq} event={event} />)}
          </tbody>
        </table>
      </TableBox>
      {last && (
        <p class="pager">
          <a href={`/ledger?before=${last.seq}`}>Older lines</a>
        </p>
      )}
    </>
  );
});

function ChainNote({ check }: { check: WatchedLedger }) {
  if (!check.ok) {
    return (
      <p class="note bad" role="alert">
        <strong>The chain is broken at line {check.firstBad}.</strong>{" "}
        That line is not what was written.
      </p>
    );
  }
  return (
    <p class="note good">
      <strong>The chain holds.</strong> All {formatInteger(check.length)}{" "}
      lines were hashed again, the last time from the first one on at{" "}
      {formatInstant(check.wholeAt)}.
    </p>
  );
}

function EventRow({ event }: { event: LedgerEvent }) {
  return (
    <tr>
      <td class="num" data-label="Line">{event.seq}</td>
      <td class="nowrap small" data-label="When">
        {event.at.slice(0, 19).replace("T", " ")}
      </td>
      <td data-label="What">{event.kind}</td>
      <td class="payload">
        <code class="digest">{event.payload}</code>
      </td>
      <td data-label="Hash">
        <code title={event.hash}>{event.hash.slice(0, 12)}…</code>
      </td>
    </tr>
  );
}
