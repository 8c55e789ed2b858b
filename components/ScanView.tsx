import {
  RULE_WORDS,
  type ScanFinding,
  type ScanReport,
  type TargetReport,
} from "../lib/corpora/contamination/report.ts";
import { formatFraction, formatInteger } from "./format.ts";
import { TableBox } from "./TableBox.tsx";

/** What a scan found in each part of a corpus. */
export function ScanView({ report }: { report: ScanReport }) {
  return (
    <>
      {report.parts.map(({ part, start, end, targets }) => (
        <div key={part}>
          <h3>
            {part === "training" ? "What recipes train on" : "What is held out"}{" "}
            <small class="muted">
              bytes {formatInteger(start)} to {formatInteger(end)}
            </small>
          </h3>
          <TargetTable targets={targets} part={part} />
          <Findings targets={targets} />
        </div>
      ))}
      <p class="muted small">
        Policy {report.policy}, scanner{" "}
        {report.scanner}. Counts are distinct runs of the evaluation texts that stand in the corpus,
        of all there are. Short runs are common phrases and prove nothing.
      </p>
    </>
  );
}

function TargetTable({ targets, part }: { targets: readonly TargetReport[]; part: string }) {
  return (
    <TableBox label={`Scan of the ${part} part`}>
      <table>
        <thead>
          <tr>
            <th scope="col">Benchmark</th>
            <th scope="col">Result</th>
            <th scope="col" class="num">13 words</th>
            <th scope="col" class="num">8 words</th>
            <th scope="col" class="num">
              Most of a text<small>by runs of 8 words</small>
            </th>
            <th scope="col" class="num">13 bytes</th>
            <th scope="col" class="num">8 bytes</th>
          </tr>
        </thead>
        <tbody>
          {targets.map((target) => (
            <tr
              key={`${target.benchmark}@${target.version}`}
              class={target.contaminated ? "differs" : undefined}
            >
              <th scope="row">
                {target.benchmark} <small class="version">v{target.version}</small>
              </th>
              <td>
                {target.contaminated
                  ? `${formatInteger(target.found)} of ${formatInteger(target.texts)} texts found`
                  : "clean"}
              </td>
              <td class="num">{grams(target.words13)}</td>
              <td class="num">{grams(target.words8)}</td>
              <td class="num">{formatFraction(target.largestShare)}</td>
              <td class="num">{grams(target.bytes13)}</td>
              <td class="num">{grams(target.bytes8)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function Findings({ targets }: { targets: readonly TargetReport[] }) {
  const found = targets.filter(({ findings }) => findings.length > 0);
  if (found.length === 0) return null;
  return (
    <details>
      <summary>
        Where evaluation text stands{" "}
        <span class="muted">
          {formatInteger(found.reduce((sum, target) => sum + target.found, 0))}
        </span>
      </summary>
      <TableBox label="Findings">
        <table>
          <thead>
            <tr>
              <th scope="col">Benchmark</th>
              <th scope="col" class="num">Text</th>
              <th scope="col">Why</th>
              <th scope="col" class="num">Bytes</th>
              <th scope="col">It begins</th>
            </tr>
          </thead>
          <tbody>
            {found.flatMap((target) =>
              target.findings.map((finding) => (
                <tr key={`${target.benchmark}@${target.version} ${finding.text}`}>
                  <td class="nowrap">
                    {target.benchmark} <small class="version">v{target.version}</small>
                  </td>
                  <td class="num">{finding.text + 1}</td>
                  <td>{RULE_WORDS[finding.rule]}</td>
                  <td class="num nowrap">{place(finding)}</td>
                  <td>
                    <code>{finding.excerpt}</code>
                  </td>
                </tr>
              ))
            )}
          </tbody>
        </table>
      </TableBox>
    </details>
  );
}

function grams({ found, distinct }: { found: number; distinct: number }): string {
  return distinct === 0 ? "–" : `${formatInteger(found)} / ${formatInteger(distinct)}`;
}

function place({ start, end }: ScanFinding): string {
  return `${formatInteger(start)}–${formatInteger(end)}`;
}

/** The result of a scan in one phrase, for lists. */
export function scanSummary(report: ScanReport | null, failure: string | null): string {
  if (report === null) return failure === null ? "waits for its scan" : "could not be scanned";
  const training = report.parts[0].targets.filter(({ contaminated }) => contaminated);
  if (training.length > 0) {
    return `holds evaluation text of ${
      training.map(({ benchmark, version }) => `${benchmark} v${version}`).join(", ")
    }`;
  }
  const heldOut = report.parts[1]?.targets.some(({ contaminated }) => contaminated);
  return heldOut ? "clean; evaluation text in what is held out" : "clean";
}
