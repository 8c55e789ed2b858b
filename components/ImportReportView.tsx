import type { ImportReport } from "../lib/lab/tinyscalelab/read.ts";
import { formatInteger } from "./format.ts";
import { TableBox } from "./TableBox.tsx";

/** What was read of a study, and what was repaired. */
export function ImportReportView({ report }: { report: ImportReport }) {
  return (
    <>
      <dl class="figures">
        {[
          ["completions", report.items],
          ["prompts", report.prompts],
          ["scores by hand", report.scores],
          ["scores of judges", report.judgeScores],
          ["reviews", report.reviews],
        ].map(([what, count]) => (
          <div key={what}>
            <dt>{what}</dt>
            <dd>{formatInteger(Number(count))}</dd>
          </div>
        ))}
      </dl>
      <section>
        <h2>What was repaired</h2>
        {report.repairs.length === 0 ? <p>Nothing had to be.</p> : <Repairs report={report} />}
        {report.remarks.map((remark) => <p key={remark}>{remark}</p>)}
      </section>
      <section>
        <h2>Files</h2>
        <ul>
          {report.files.map(({ file, kind, rows }) => (
            <li key={file}>
              <code>{file}</code>: {kind === null
                ? <span class="muted">not read</span>
                : `${kind}${rows === null ? "" : `, ${formatInteger(rows)} rows`}`}
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}

function Repairs({ report: { repairs } }: { report: ImportReport }) {
  return (
    <TableBox label="Repairs">
      <table class="stack">
        <thead>
          <tr>
            <th scope="col">Repair</th>
            <th scope="col" class="num">Times</th>
            <th scope="col">Where</th>
          </tr>
        </thead>
        <tbody>
          {repairs.map(({ what, count, files, example }) => (
            <tr key={what}>
              <th scope="row">
                {what}
                {example && <small class="muted below-name">{example}</small>}
              </th>
              <td class="num" data-label="Times">{formatInteger(count)}</td>
              <td data-label="Where">
                {Object.entries(files).map(([file, times]) =>
                  `${file}${times === count ? "" : ` ${formatInteger(times)}`}`
                ).join(", ")}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}
