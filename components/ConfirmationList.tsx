import type { Entry } from "../lib/storage/entry_schema.ts";
import type { ConfirmationRow } from "../lib/storage/provenance_schema.ts";
import { engineOfConfirmation, type Runtime } from "../lib/verification/confirmation.ts";
import { EngineUsed } from "./EngineUsed.tsx";
import { formatAge, formatInteger, shortDigest } from "./format.ts";
import { StateBadge } from "./StateBadge.tsx";
import { TableBox } from "./TableBox.tsx";

const FAMILIES: Record<string, string> = {
  v8: "V8",
  spidermonkey: "SpiderMonkey",
  javascriptcore: "JavaScriptCore",
};

interface Props {
  entry: Pick<Entry, "id" | "provenance" | "exact_count">;
  /** Digest of the engine that the recipe names. */
  engine: string;
  /** By which the board found it exact. */
  own: readonly Runtime[];
  confirmations: readonly ConfirmationRow[];
  now: Date;
}

/** Who agrees that an entry is exact: the board's runtimes, and those that visitors declare. */
export function ConfirmationList({ entry, engine, own, confirmations, now }: Props) {
  return (
    <>
      {entry.provenance === "exact" && <Agreement {...{ entry, own, confirmations }} />}
      {confirmations.length > 0 && (
        <details>
          <summary>
            Signed by visitors <span class="muted">{formatInteger(confirmations.length)}</span>
          </summary>
          <Confirmations {...{ confirmations, engine, now }} />
          <p class="inside">
            <a href={`/api/v1/models/${entry.id}/confirmations`}>With their signatures, as JSON</a>
          </p>
        </details>
      )}
    </>
  );
}

export function runtimeWords({ engineFamily, isa }: { engineFamily: string; isa: string }): string {
  const family = FAMILIES[engineFamily] ?? engineFamily;
  return isa === "unknown" ? `${family}, instruction set not told` : `${family} on ${isa}`;
}

function Agreement({ entry, own, confirmations }: Omit<Props, "now" | "engine">) {
  const declared = new Map<string, number>();
  for (const { verdict, engine_family: engineFamily, isa } of confirmations) {
    if (verdict !== "exact") continue;
    const words = runtimeWords({ engineFamily, isa });
    declared.set(words, (declared.get(words) ?? 0) + 1);
  }
  return (
    <dl class="facts agreement">
      <dt>
        <StateBadge state="exact" count={entry.exact_count} />
      </dt>
      <dd>
        {own.map(runtimeWords).join("; ") || "one runtime"}: replayed by this board
      </dd>
      {[...declared].map(([words, visitors]) => [
        <dt key={words}>{words}</dt>,
        <dd key={`${words}-visitors`}>
          declared by {formatInteger(visitors)} {visitors === 1 ? "visitor" : "visitors"}
        </dd>,
      ])}
    </dl>
  );
}

function Confirmations(
  { confirmations, engine, now }: Pick<Props, "confirmations" | "engine" | "now">,
) {
  return (
    <TableBox label="Confirmations signed by visitors">
      <table class="stack">
        <thead>
          <tr>
            <th scope="col">Key</th>
            <th scope="col">Found</th>
            <th scope="col" class="num">First differing step</th>
            <th scope="col">Declared runtime</th>
            <th scope="col">Engine</th>
            <th scope="col">When</th>
          </tr>
        </thead>
        <tbody>
          {confirmations.map((each) => (
            <tr key={each.id}>
              <th scope="row">
                <code>{shortDigest(each.keyid)}…</code>
              </th>
              <td data-label="Found">
                <StateBadge state={each.verdict} />
              </td>
              <td class="num" data-label="First differing step">
                {each.first_divergent_step === null
                  ? "–"
                  : formatInteger(each.first_divergent_step)}
              </td>
              <td data-label="Declared runtime">{each.runtime}, {each.isa}</td>
              <td data-label="Engine">
                <EngineUsed used={engineOfConfirmation(each.envelope)} declared={engine} />
              </td>
              <td class="nowrap" data-label="When">{formatAge(each.created_at, now)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}
