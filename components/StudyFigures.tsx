import type { Figure } from "../lib/lab/tinyscalelab/study.ts";
import { TableBox } from "./TableBox.tsx";

interface FigureRow {
  id: string;
  label: string;
  figures: readonly Figure[];
  /** Figures of others for comparison, before those of the row. */
  others?: readonly string[];
}

interface Props {
  label: string;
  /** Of the first column. */
  head: string;
  columns: readonly string[];
  /** Of columns before those, for `others`. */
  otherColumns?: readonly string[];
  rows: readonly FigureRow[];
  /** After a computed figure: "%". */
  unit?: string;
}

/** Computed figures, each with the published one below it and whether the two are equal. */
export function StudyFigures({ label, head, columns, otherColumns = [], rows, unit = "" }: Props) {
  return (
    <TableBox label={label}>
      <table class="study">
        <thead>
          <tr>
            <th scope="col">{head}</th>
            {otherColumns.map((name) => <th key={name} scope="col" class="num">{name}</th>)}
            {columns.map((name) => <th key={name} scope="col" class="num">{name}</th>)}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ id, label, figures, others = [] }) => (
            <tr key={id}>
              <th scope="row">{label}</th>
              {others.map((text, at) => (
                <td key={`other ${at}`} class="num muted" data-label={otherColumns[at]}>{text}</td>
              ))}
              {figures.map((figure, at) => (
                <td key={at} class="num" data-label={columns[at]}>
                  <FigureCell figure={figure} unit={unit} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function FigureCell({ figure: { computed, published, equal, of }, unit }: {
  figure: Figure;
  unit: string;
}) {
  return (
    <>
      <span class="score">{computed}{unit && ` ${unit}`}</span>
      <small class={equal === false ? "wrong-figure" : "muted"}>
        {published === null ? `${of.sum} of ${of.count}` : (
          <>
            <span class="unneeded">published</span> {published}
            {unit && ` ${unit}`} {equal ? "✓" : "≠"}
          </>
        )}
        {equal !== null && <span class="visually-hidden">{equal ? ", equal" : ", not equal"}</span>}
      </small>
    </>
  );
}
