import type { Report } from "../lib/storage/provenance_schema.ts";
import { chancesToCatch, percent } from "../lib/verification/sample_chance.ts";
import { formatInteger } from "./format.ts";
import { sampleOf } from "./report_view.ts";
import { TableBox } from "./TableBox.tsx";

/** Of a spot check: which segments were drawn, from what, and how likely it finds a false run. */
export function SampleView({ report }: { report: Pick<Report, "statement"> }) {
  const sample = sampleOf(report);
  if (sample === null) return null;
  const { nonce, segments, drawn } = sample;
  return (
    <section id="sample">
      <h2>What was looked at</h2>
      <p class="prose">
        {formatInteger(drawn.length)} of {formatInteger(segments)}{" "}
        segments of the run, and both its ends. They follow from a nonce that the board drew once
        the file, and with it every checkpoint, was submitted. The rest was not replayed: this is no
        proof, and the entry is not shown as verified.
      </p>
      <dl class="facts sample">
        <dt>Segments</dt>
        <dd>{drawn.map((index) => index + 1).join(", ")}</dd>
        <dt>Nonce</dt>
        <dd>
          <code class="digest">{nonce}</code>
        </dd>
      </dl>
      <ChanceTable of={segments} count={drawn.length} />
    </section>
  );
}

/** How likely a run with false segments is found. */
export function ChanceTable({ of, count }: { of: number; count: number }) {
  return (
    <TableBox label="Chance to find a false run">
      <table class="stack chances">
        <thead>
          <tr>
            <th scope="col">Had there been false</th>
            <th scope="col" class="num">Segments</th>
            <th scope="col" class="num">Chance to find it</th>
          </tr>
        </thead>
        <tbody>
          {chancesToCatch({ of, count }).map(({ share, bad, chance }) => (
            <tr key={bad}>
              <th scope="row">{share === null ? "a single one" : shareInWords(share)}</th>
              <td class="num" data-label="Segments">{formatInteger(bad)}</td>
              <td class="num" data-label="Chance to find it">{percent(chance)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function shareInWords(share: number): string {
  return share === 0.5 ? "half of them" : `${Math.round(100 * share)} % of them`;
}
