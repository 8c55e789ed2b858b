import { differences } from "../../lib/playground/differences.ts";
import type { StoredRun } from "../../lib/playground/runs.ts";
import { TableBox } from "../TableBox.tsx";

/** Hashes follow from other fields, and nobody reads them. */
const LONG = 24;

/** In which fields of their recipes several runs differ. */
export function RunDifferences({ runs }: { runs: readonly StoredRun[] }) {
  if (runs.length < 2) return null;
  const rows = differences(runs.map(({ recipe }) => recipe));
  if (rows.length === 0) {
    return <p class="muted">Their recipes are the same, so their models have to be.</p>;
  }
  return (
    <TableBox label="In what their recipes differ">
      <table class="stack compared differences" data-differences>
        <thead>
          <tr>
            <th scope="col">Recipe</th>
            {runs.map(({ id, name }) => <th key={id} scope="col">{name}</th>)}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ path, values }) => (
            <tr key={path}>
              <th scope="row">{path}</th>
              {values.map((value, i) => (
                <td key={i} data-label={runs[i].name}>
                  {value.length > LONG ? `${value.slice(0, LONG)}…` : value}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}
