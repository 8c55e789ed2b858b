import type { MeanGroup, MeanRow } from "../lib/lab/analysis.ts";
import { roundedText } from "../lib/lab/means.ts";
import { intervalText } from "./LabMeansChart.tsx";
import { TableBox } from "./TableBox.tsx";

/** Means of each category with its criteria below, a column for each model. */
export function LabMeansTable({ overall, categories, models }: {
  overall: MeanRow;
  categories: readonly MeanGroup[];
  models: readonly string[];
}) {
  return (
    <TableBox label="Means by category and criterion">
      <table class="stack">
        <thead>
          <tr>
            <th scope="col">Category and criterion</th>
            {models.map((name) => <th key={name} scope="col" class="num">{name}</th>)}
          </tr>
        </thead>
        <tbody>
          <MeanLine row={overall} models={models} />
          {categories.flatMap((group) => [
            <MeanLine key={group.id} row={group} models={models} />,
            ...group.criteria.length > 1
              ? group.criteria.map((row) => (
                <MeanLine key={`${group.id} ${row.id}`} row={row} models={models} within />
              ))
              : [],
          ])}
        </tbody>
      </table>
    </TableBox>
  );
}

function MeanLine({ row, models, within = false }: {
  row: MeanRow;
  models: readonly string[];
  within?: boolean;
}) {
  return (
    <tr class={within ? "within" : undefined}>
      <th scope="row">{row.label}</th>
      {row.means.map((mean, at) => (
        <td key={models[at]} class="num" data-label={models[at]}>
          <span class="score">{roundedText(mean, 2)}</span>
          <small class="muted">{intervalText(mean.interval)}</small>
        </td>
      ))}
    </tr>
  );
}
