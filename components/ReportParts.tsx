import type { Report } from "../lib/storage/provenance_schema.ts";
import type { Chain, VerificationResult, VerifierInfo } from "../lib/verification/types.ts";
import { EngineUsed } from "./EngineUsed.tsx";
import { float64Hex, formatDuration, formatFlops, formatInteger, UNKNOWN } from "./format.ts";
import { declaredEngine, partsReplayed } from "./report_view.ts";
import { TableBox } from "./TableBox.tsx";

/** Claim beside recomputation: head of the chain, weights, scores. */
export function ReportComparison(
  { result, chain }: { result: VerificationResult; chain: Chain | null },
) {
  return (
    <div class="panel">
      <h2>Claim and replay</h2>
      <dl class="facts">
        <dt>Checkpoints compared</dt>
        <dd>
          {formatInteger(result.leavesCompared)}
          {chain ? ` of ${formatInteger(chain.leaves.length)}` : ""}
        </dd>
        <dt>Head claimed</dt>
        <dd>
          <code class="digest">{result.claimedHead ?? UNKNOWN}</code>
        </dd>
        <dt>Head recomputed</dt>
        <dd>
          <code class="digest">{result.recomputedHead ?? UNKNOWN}</code>
        </dd>
      </dl>
      {result.scores.length > 0 && <ScoreComparisons result={result} />}
    </div>
  );
}

function ScoreComparisons({ result }: { result: VerificationResult }) {
  return (
    <TableBox label="Scores claimed and recomputed">
      <table class="stack">
        <thead>
          <tr>
            <th scope="col">Benchmark</th>
            <th scope="col">Claimed bits</th>
            <th scope="col">Recomputed bits</th>
            <th scope="col">Equal</th>
          </tr>
        </thead>
        <tbody>
          {result.scores.map((score) => (
            <tr
              key={`${score.benchmark}@${score.version}`}
              class={score.equal ? undefined : "differs"}
            >
              <th scope="row">{score.benchmark} v{score.version}</th>
              <td data-label="Claimed bits">
                <code>{float64Hex(score.claimed)}</code>
              </td>
              <td data-label="Recomputed bits">
                <code>{float64Hex(score.recomputed)}</code>
              </td>
              <td class="nowrap" data-label="Equal">{score.equal ? "= yes" : "≠ no"}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

/** What the replay ran on and what it cost. */
export function ReportFacts({ report, result }: { report: Report; result: VerificationResult }) {
  return (
    <div class="panel">
      <h2>The replay</h2>
      <dl class="facts">
        <dt>Recipe hash</dt>
        <dd>
          <code class="digest">{report.recipe_hash ?? UNKNOWN}</code>
        </dd>
        <dt>Engine</dt>
        <dd>
          <code class="digest">{result.engineDigest || UNKNOWN}</code>
          <EngineNote used={result.engineDigest} declared={declaredEngine(report)} />
        </dd>
        <dt>Work</dt>
        <dd>{formatFlops(result.cost.flops)} FLOPs</dd>
        {partsReplayed(report) && <dt>How</dt>}
        {partsReplayed(report) && (
          <dd>
            In {partsReplayed(report)}{" "}
            parts beside each other, each from a state that an earlier replay kept
          </dd>
        )}
        <dt>Time it took us</dt>
        <dd>{formatDuration(result.cost.wallMs)}</dd>
        <dt>Digest of this report</dt>
        <dd>
          <code class="digest">{report.statement_digest}</code>
        </dd>
        <dt>Signed by</dt>
        <dd>
          {report.envelope === null
            ? "nobody: it is from before reports were signed"
            : <a href="/keys">key {report.envelope.signatures[0].keyid.slice(0, 12)}…</a>}
        </dd>
      </dl>
    </div>
  );
}

function EngineNote({ used, declared }: { used: string; declared: string | null }) {
  if (used === "" || declared === null) return null;
  return (
    <p class="muted">
      {used === declared
        ? "The one that the recipe names."
        : <EngineUsed used={used} declared={declared} />}
    </p>
  );
}

/** The runtimes that did the replay. */
export function ReportVerifiers({ verifiers }: { verifiers: readonly VerifierInfo[] }) {
  if (verifiers.length === 0) return null;
  return (
    <section>
      <h2>Verifiers</h2>
      <TableBox label="Verifiers">
        <table class="stack">
          <thead>
            <tr>
              <th scope="col">Runtime</th>
              <th scope="col">Engine family</th>
              <th scope="col">Flags</th>
              <th scope="col">ISA</th>
              <th scope="col" class="num">Threads</th>
              <th scope="col">Self-test</th>
            </tr>
          </thead>
          <tbody>
            {verifiers.map((verifier, i) => (
              <tr key={i}>
                <th scope="row">
                  {verifier.runtime}
                  {verifier.native && `, native ${verifier.native}`}
                </th>
                <td data-label="Engine family">{verifier.engineFamily}</td>
                <td data-label="Flags">
                  <code>{verifier.flags.join(" ") || "none"}</code>
                </td>
                <td data-label="ISA">{verifier.isa}</td>
                <td class="num" data-label="Threads">{verifier.threads}</td>
                <td data-label="Self-test">
                  <code>{verifier.selfTestDigest.slice(0, 12)}…</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableBox>
    </section>
  );
}
