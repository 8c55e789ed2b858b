import type { Agreement, Interval, Share } from "../lib/lab/agreement.ts";
import type {
  ComparedRaters,
  CriterionAgreement,
  Drift,
  SharedAlpha,
} from "../lib/lab/analysis.ts";
import type { Rater } from "../lib/lab/types.ts";
import { formatInteger, UNKNOWN } from "./format.ts";
import { signed } from "./LabBiasChart.tsx";
import { TableBox } from "./TableBox.tsx";

/** A rater by name; a judge is said to be one wherever it stands. */
export function RaterName({ rater: { name, kind } }: { rater: Rater }) {
  return <>{name}{kind === "judge" && <span class="state info judge">judge</span>}</>;
}

export function coefficient(value: number | null): string {
  return value === null ? UNKNOWN : value.toFixed(2).replace("-", "−");
}

/** A coefficient with its interval below. */
export function Coefficient({ value, interval }: { value: number | null; interval: Interval }) {
  return (
    <>
      {coefficient(value)}
      {interval && <small class="muted">{` (${interval.map(coefficient).join(" to ")})`}</small>}
    </>
  );
}

/** Cells of a table, one for each of these coefficients. */
function CoefficientCells({ of, names }: {
  of: Agreement;
  names: readonly (keyof typeof COEFFICIENTS)[];
}) {
  return (
    <>
      {names.map((name) => (
        <td key={name} class="num" data-label={COEFFICIENTS[name]}>
          <Coefficient value={of[name]} interval={of.intervals[name]} />
        </td>
      ))}
    </>
  );
}

const COEFFICIENTS = { kappa: "κ", quadratic: "κ, quadratic", alpha: "α" };

/** "59.4 % (56.6 to 62.1)" */
export function percentText({ sum, count, interval }: Share): string {
  if (count === 0) return UNKNOWN;
  const ends = interval && ` (${interval.map((end) => (100 * end).toFixed(1)).join(" to ")})`;
  return `${(100 * sum / count).toFixed(1)} %${ends ?? ""}`;
}

function biasText({ sum, count, interval }: Share): string {
  if (count === 0) return UNKNOWN;
  return `${signed(sum / count)}${interval ? ` (${interval.map(signed).join(" to ")})` : ""}`;
}

/** Every two raters with something in common. */
export function AgreementTable(
  { rows, path, chosen }: {
    rows: readonly ComparedRaters[];
    path: string;
    chosen: { a: Rater; b: Rater } | null;
  },
) {
  const isChosen = ({ a, b }: ComparedRaters) => a.id === chosen?.a.id && b.id === chosen?.b.id;
  return (
    <TableBox label="Agreement of each two raters">
      <table class="stack">
        <thead>
          <tr>
            <th scope="col">Raters</th>
            <th scope="col" class="num">Both scored</th>
            <th scope="col" class="num">Equal</th>
            <th scope="col" class="num">κ</th>
            <th scope="col" class="num">κ, quadratic</th>
            <th scope="col" class="num">α</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={`${row.a.id} ${row.b.id}`}>
              <th scope="row">
                <a
                  href={`${path}?a=${row.a.id}&b=${row.b.id}#pair`}
                  aria-current={isChosen(row) ? "true" : undefined}
                >
                  {row.a.name} and {row.b.name}
                </a>
                {(row.a.kind === "judge" || row.b.kind === "judge") &&
                  <span class="state info judge">judge</span>}
              </th>
              <td class="num" data-label="Both scored">{formatInteger(row.pairs)}</td>
              <td class="num" data-label="Equal">{percentText(row.equal)}</td>
              <CoefficientCells of={row} names={["kappa", "quadratic", "alpha"]} />
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

/** What one gave where the other gave what. */
export function ConfusionTable({ compared: { a, b, levels, confusion } }: {
  compared: ComparedRaters;
}) {
  const most = Math.max(1, ...confusion.flat());
  return (
    <TableBox label={`Scores of ${a.name} against those of ${b.name}`}>
      <table class="confusion">
        <caption>Rows: {a.name}. Columns: {b.name}.</caption>
        <thead>
          <tr>
            <td />
            {levels.map((level) => <th key={level} scope="col" class="num">{level}</th>)}
          </tr>
        </thead>
        <tbody>
          {confusion.map((row, i) => (
            <tr key={levels[i]}>
              <th scope="row" class="num">{levels[i]}</th>
              {row.map((count, j) => (
                <td key={levels[j]} class={`num shade-${Math.round(4 * count / most)}`}>
                  {i === j ? <strong>{formatInteger(count)}</strong> : formatInteger(count)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

export function CriterionTable({ rows }: { rows: readonly CriterionAgreement[] }) {
  return (
    <TableBox label="Agreement by criterion">
      <table class="stack">
        <thead>
          <tr>
            <th scope="col">Criterion</th>
            <th scope="col" class="num">Both scored</th>
            <th scope="col" class="num">Equal</th>
            <th scope="col" class="num">κ</th>
            <th scope="col" class="num">κ, quadratic</th>
            <th scope="col" class="num">Milder by</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id}>
              <th scope="row">
                {row.text}
                <small class="muted below-name">{row.category}</small>
              </th>
              <td class="num" data-label="Both scored">{formatInteger(row.pairs)}</td>
              <td class="num" data-label="Equal">{percentText(row.equal)}</td>
              <CoefficientCells of={row} names={["kappa", "quadratic"]} />
              <td class="num" data-label="Milder by">{biasText(row.bias)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

/** Repeats beside the first scores. */
export function DriftTable({ rows }: { rows: readonly Drift[] }) {
  return (
    <TableBox label="Drift">
      <table class="stack">
        <thead>
          <tr>
            <th scope="col">Rater</th>
            <th scope="col" class="num">Round</th>
            <th scope="col" class="num">Repeats</th>
            <th scope="col" class="num">Equal to the first</th>
            <th scope="col" class="num">κ</th>
            <th scope="col" class="num">Milder by</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={`${row.rater.id} ${row.round}`}>
              <th scope="row">
                <RaterName rater={row.rater} />
              </th>
              <td class="num" data-label="Round">{row.round}</td>
              <td class="num" data-label="Repeats">{formatInteger(row.pairs)}</td>
              <td class="num" data-label="Equal to the first">{percentText(row.equal)}</td>
              <CoefficientCells of={row} names={["kappa"]} />
              <td class="num" data-label="Milder by">{biasText(row.bias)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

/** Krippendorff's α of everybody at once. */
export function AlphaFacts({ title, of }: { title: string; of: SharedAlpha }) {
  if (of.raters < 2 || of.units === 0) return null;
  return (
    <p>
      <strong>{title}</strong>: Krippendorff's α of {of.raters} raters over{" "}
      {formatInteger(of.units)} scores that two or more gave is {alphaText(of, "interval")},{" "}
      {alphaText(of, "ordinal")} by ranks and {alphaText(of, "nominal")} by names.
    </p>
  );
}

/** "0.24 (0.18 to 0.30)" */
function alphaText({ alpha, intervals }: SharedAlpha, metric: keyof SharedAlpha["alpha"]): string {
  const interval = intervals[metric];
  const ends = interval ? ` (${interval.map(coefficient).join(" to ")})` : "";
  return coefficient(alpha[metric]) + ends;
}
