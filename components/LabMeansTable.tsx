import type { MeanGroup, MeanRow } from "../lib/lab/analysis.ts";
import { roundedText } from "../lib/lab/means.ts";
import { intervalText } from "./LabMeansChart.tsx";
import { TableBox } from "./TableBox.tsx";

/** Means of each category with its criteria below, a column for each model. */
export function LabMeansTable({ overall, categories, models: names }: {
  overall: MeanRow;
  categories: readonly MeanGroup[];
  models: readonly string[];
}) {
  const models = withoutOwner(names);
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

/** Without "owner/" where all have the same one: on a phone nothing else would be left of them. */
function withoutOwner(names: readonly string[]): readonly string[] {
  const owner = names[0]?.slice(0, names[0].lastIndexOf("/") + 1) ?? "";
  return names.every((name) => name.startsWith(owner))
    ? names.map((name) => name.slice(owner.length))
    : names;
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
