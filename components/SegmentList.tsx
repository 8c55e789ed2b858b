import type { SegmentConfirmationRow } from "../lib/storage/provenance_schema.ts";
import { coverageOf } from "../lib/verification/coverage.ts";
import type { Chain } from "../lib/verification/types.ts";
import { runtimeWords } from "./ConfirmationList.tsx";
import { formatAge, formatInteger, shortDigest } from "./format.ts";
import { stepsOf } from "./segment_words.ts";
import { StateBadge } from "./StateBadge.tsx";
import { TableBox } from "./TableBox.tsx";

interface Props {
  entryId: string;
  chain: Chain | null;
  rows: readonly SegmentConfirmationRow[];
  now: Date;
}

/** Who replayed a part of the run: never counted as a replay of all of it. */
export function SegmentList({ entryId, chain, rows, now }: Props) {
  if (chain === null || rows.length === 0) return null;
  return (
    <>
      <h3>Parts of the run</h3>
      <p class="prose small muted">
        Confirmed from states that this board has kept. Parts are not counted in{" "}
        <strong>exact ×k</strong>, even where they cover the run together.
      </p>
      <dl class="facts agreement">
        {coverageOf(chain.leafSteps, rows).map(({ share, keys, ...runtime }) => [
          <dt key={runtimeWords(runtime)}>{runtimeWords(runtime)}</dt>,
          <dd key={`${runtimeWords(runtime)}-share`} data-covered={share}>
            {percent(share)} of the steps, declared by {formatInteger(keys)}{" "}
            {keys === 1 ? "visitor" : "visitors"}
          </dd>,
        ])}
      </dl>
      <details>
        <summary>
          Parts signed by visitors <span class="muted">{formatInteger(rows.length)}</span>
        </summary>
        <Signed {...{ rows, now }} chain={chain} />
        <p class="inside">
          <a href={`/api/v1/models/${entryId}/confirmations`}>With their signatures, as JSON</a>
        </p>
      </details>
    </>
  );
}

/** Nothing below all of it is shown as all of it. */
function percent(share: number): string {
  return `${share === 1 ? 100 : Math.floor(1000 * share) / 10} %`;
}

function Signed({ chain, rows, now }: Omit<Props, "entryId"> & { chain: Chain }) {
  return (
    <TableBox label="Parts of the run, signed by visitors">
      <table class="stack">
        <thead>
          <tr>
            <th scope="col">Key</th>
            <th scope="col">Part</th>
            <th scope="col">Found</th>
            <th scope="col" class="num">First differing step</th>
            <th scope="col">Declared runtime</th>
            <th scope="col">When</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id}>
              <th scope="row">
                <code>{shortDigest(row.keyid)}…</code>
              </th>
              <td data-label="Part">{partOf(row, chain)}</td>
              <td data-label="Found">
                <StateBadge state={row.verdict === "exact" ? "part-equal" : row.verdict} />
              </td>
              <td class="num" data-label="First differing step">
                {row.first_divergent_step === null ? "–" : formatInteger(row.first_divergent_step)}
              </td>
              <td data-label="Declared runtime">{row.runtime}, {row.isa}</td>
              <td class="nowrap" data-label="When">{formatAge(row.created_at, now)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function partOf({ from_leaf, to_leaf }: SegmentConfirmationRow, { leafSteps }: Chain): string {
  return stepsOf({ fromStep: leafSteps[from_leaf] ?? 0, toStep: leafSteps[to_leaf] ?? 0 });
}
