import { findBenchmark } from "../lib/benchmarks/registry.ts";
import { describeAudit } from "../lib/verification/seed_audit.ts";
import type { SeedAudit } from "../lib/verification/seed_audit_store.ts";
import { formatInstant, formatScore } from "./format.ts";
import { TableBox } from "./TableBox.tsx";

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
  return (
    <div data-audit={id}>
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
              <th scope="col">In words</th>
            </tr>
          </thead>
          <tbody>
            {statement!.predicate.scores.map((score) => {
              const { benchmark, version, claimed, mean, spread, scores, p } = score;
              const unit = findBenchmark(benchmark, version)?.unit;
              const format = (value: number) => unit ? formatScore(value, unit) : String(value);
              return (
                <tr key={`${benchmark}@${version}`}>
                  <th scope="row">{findBenchmark(benchmark, version)?.name ?? benchmark}</th>
                  <td class="num" data-label="Claimed">{format(claimed)}</td>
                  <td class="num" data-label="Mean of 3">{format(mean)}</td>
                  <td class="num" data-label="Spread">{spread.toPrecision(2)}</td>
                  <td data-label="Fresh seeds">{scores.map(format).join(", ")}</td>
                  <td class="num" data-label="p, one-sided">
                    {p === null ? "–" : p.toPrecision(2)}
                  </td>
                  <td data-label="In words">{describeAudit(score)}</td>
                </tr>
              );
            })}
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
