import { findBenchmark } from "../lib/benchmarks/registry.ts";
import { type AuditedScore, describeAudit } from "../lib/verification/seed_audit.ts";
import type { SeedAudit } from "../lib/verification/seed_audit_store.ts";
import type { Ticket, TicketCount } from "../lib/verification/ticket.ts";
import { formatInstant, formatInteger, formatScore } from "./format.ts";
import { TableBox } from "./TableBox.tsx";
import { countWords } from "./TicketFacts.tsx";

/** What seeds that nobody chose make of a recipe: the newest audit, and one under way. */
export function SeedAudits({ audits, entryId }: { audits: readonly SeedAudit[]; entryId: string }) {
  const open = audits.find(({ state }) => state === "open");
  const done = audits.find(({ state }) => state === "done");
  const [newest] = audits;
  return (
    <>
      <p class="prose muted">
        The same recipe, trained by us from three seeds that were drawn after it was fixed. It says
        whether the claimed seed was lucky, and changes no verdict.
      </p>
      {open && (
        <p class="note">
          An audit is under way. <a href={`/submissions/${entryId}`}>See how far it is</a>.
        </p>
      )}
      {newest.state === "failed" && (
        <p class="note warn">The last audit could not be finished. {newest.reason}</p>
      )}
      {done?.statement && <AuditTable audit={done} />}
    </>
  );
}

function AuditTable({ audit: { id, createdAt, statement } }: { audit: SeedAudit }) {
  const { scores, ticket } = statement!.predicate;
  const tickets = ticket?.ofRecipe ?? null;
  const many = tickets !== null && tickets > 1;
  return (
    <div data-audit={id}>
      <ClaimedSeed ticket={ticket} />
      <TableBox label="Claimed score beside those of fresh seeds">
        <table class="stack">
          <thead>
            <tr>
              <th scope="col">Benchmark</th>
              <th scope="col" class="num">Claimed</th>
              <th scope="col" class="num">Mean of 3</th>
              <th scope="col" class="num">Spread</th>
              <th scope="col">Fresh seeds</th>
              <th scope="col" class="num">p, one-sided</th>
              {many && <th scope="col" class="num">p, best of {formatInteger(tickets)}</th>}
              <th scope="col">In words</th>
            </tr>
          </thead>
          <tbody>
            {scores.map((score) => (
              <ScoreRow
                key={`${score.benchmark}@${score.version}`}
                score={score}
                tickets={tickets}
              />
            ))}
          </tbody>
        </table>
      </TableBox>
      <p class="muted">
        Audit of {formatInstant(createdAt)}; its seeds follow from a nonce in the{" "}
        <a href="/ledger">ledger</a>. <a href={`/api/v1/audits/${id}`}>Signed, as JSON</a>
      </p>
    </div>
  );
}

function ScoreRow({ score, tickets }: {
  score: AuditedScore;
  /** Taken for the recipe, of whose seeds the claimed one may be the best. */
  tickets: number | null;
}) {
  const { benchmark, version, claimed, mean, spread, scores, p, pOfBest } = score;
  const unit = findBenchmark(benchmark, version)?.unit;
  const format = (value: number) => unit ? formatScore(value, unit) : String(value);
  return (
    <tr>
      <th scope="row">{findBenchmark(benchmark, version)?.name ?? benchmark}</th>
      <td class="num" data-label="Claimed">{format(claimed)}</td>
      <td class="num" data-label="Mean of 3">{format(mean)}</td>
      <td class="num" data-label="Spread">{spread.toPrecision(2)}</td>
      <td data-label="Fresh seeds">{scores.map(format).join(", ")}</td>
      <td class="num" data-label="p, one-sided">
        {p === null ? "–" : p.toPrecision(2)}
      </td>
      {tickets !== null && tickets > 1 && (
        <td class="num" data-label={`p, best of ${formatInteger(tickets)}`}>
          {pOfBest == null ? "–" : pOfBest.toPrecision(2)}
        </td>
      )}
      <td data-label="In words">{describeAudit(score, tickets)}</td>
    </tr>
  );
}

/** How the claimed seed was come by: the test takes account of tickets, and cannot of free seeds. */
function ClaimedSeed({ ticket }: { ticket?: Ticket & TicketCount | null }) {
  // Not said in audits from before.
  if (ticket === undefined) return null;
  if (ticket === null) {
    return (
      <p class="prose muted">
        The claimed seed is free: nobody knows how many were tried, so p is for one try.
      </p>
    );
  }
  return (
    <p class="prose muted">
      The claimed seed was drawn: <a href={`/tickets/${ticket.id}`}>ticket {ticket.id}</a> is{" "}
      {countWords(ticket)}. {ticket.ofRecipe > 1 &&
        "Whoever may choose among several reaches a score more easily: the second p allows for that."}
    </p>
  );
}
