import { formatAge, formatInteger } from "./format.ts";
import type { ReportRow } from "../lib/verification/store.ts";
import { leavesCompared, shareOf } from "./report_view.ts";
import { StateBadge } from "./StateBadge.tsx";
import { TableBox } from "./TableBox.tsx";

/** Verification reports, newest first. */
export function ReportTable({ reports, now }: { reports: readonly ReportRow[]; now: Date }) {
  return (
    <TableBox label="Verification reports">
      <table class="stack">
        <thead>
          <tr>
            <th scope="col">Verdict</th>
            <th scope="col">Model</th>
            <th scope="col" class="num">Checkpoints compared</th>
            <th scope="col" class="num">First differing step</th>
            <th scope="col">When</th>
            <th scope="col">Report</th>
          </tr>
        </thead>
        <tbody>
          {reports.map((report) => <Row key={report.id} report={report} now={now} />)}
        </tbody>
      </table>
    </TableBox>
  );
}

function Row({ report, now }: { report: ReportRow; now: Date }) {
  return (
    <tr>
      <td>
        <StateBadge state={report.verdict} sample={shareOf(report)} />
      </td>
      <th scope="row">
        <a href={`/models/${report.entry_id}`}>{report.entryName}</a>
      </th>
      <td class="num" data-label="Checkpoints compared">
        {leavesCompared(report) ?? "–"}
      </td>
      <td class="num" data-label="First differing step">
        {report.first_divergent_step === null ? "–" : formatInteger(report.first_divergent_step)}
      </td>
      <td class="nowrap" data-label="When">
        <time dateTime={report.created_at.toISOString()}>
          {formatAge(report.created_at, now)}
        </time>
      </td>
      <td>
        <a
          href={`/reports/${report.id}`}
          aria-label={`Read the report on ${report.entryName}`}
        >
          Read
        </a>
      </td>
    </tr>
  );
}
