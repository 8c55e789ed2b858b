import type { Benchmark } from "../lib/benchmarks/benchmark.ts";
import type { PlacedBaseline } from "../lib/leaderboard/baselines.ts";
import type { BoardRow } from "../lib/leaderboard/store.ts";
import {
  type BoardView,
  type Column,
  fromTheStart,
  orderOf,
  shownColumns,
  viewQuery,
} from "../lib/leaderboard/view.ts";
import { BOARD_COLUMNS, type ColumnLook } from "./board_columns.ts";
import { boardBody, modelName } from "./board_rows.ts";
import { inside } from "./markup.ts";
import { StateBadge } from "./StateBadge.tsx";
import { TableBox } from "./TableBox.tsx";

interface BoardProps {
  benchmark: Benchmark;
  rows: readonly BoardRow[];
  now: Date;
  /** What the visitor asked for; the overview has none and only the columns a few rows need. */
  view?: BoardView;
  /** Of the first row, counted from 1: what ties and baselines go by. */
  place?: number;
  baselines?: readonly PlacedBaseline[];
}

const SHORT_COLUMNS: readonly Column[] = ["parameters", "proof"];

/** Rows of one benchmark, the baselines muted among them. */
export function BoardTable(
  { benchmark, rows, now, view, place = 1, baselines = [] }: BoardProps,
) {
  const columns = view ? shownColumns(view) : SHORT_COLUMNS;
  const context = { benchmark, now };
  return (
    <TableBox label={`${benchmark.name}, ranked models`}>
      <table class={`board${view ? " sortable" : ""}${hasLongRanks(rows) ? " deep" : ""}`}>
        <thead>
          <tr>
            <th scope="col" class="num">Rank</th>
            <Heading look={NAME_LOOK} view={view} benchmark={benchmark} />
            <Heading look={scoreLook(benchmark)} view={view} benchmark={benchmark} />
            {columns.map((column) => (
              <Heading
                key={column}
                look={BOARD_COLUMNS[column]}
                view={view}
                benchmark={benchmark}
              />
            ))}
            {view && <th scope="col" class="pick">Compare</th>}
          </tr>
        </thead>
        <tbody
          {...inside(boardBody({ ...context, rows, columns, place, baselines, short: !view }))}
        />
      </table>
    </TableBox>
  );
}

/** Longer than what stands beside a name on a narrow screen. */
function hasLongRanks(rows: readonly BoardRow[]): boolean {
  return rows.some(({ rank, tie }) => (rank ?? 0) > 999 || (tie?.to ?? 0) > 99);
}

const NAME_LOOK: Omit<ColumnLook, "cell"> = { label: "Model", sort: "name" };

function scoreLook({ lowerIsBetter }: Benchmark): Omit<ColumnLook, "cell"> {
  const note = `${lowerIsBetter ? "lower" : "higher"} is better`;
  return { label: "Score", note, sort: "score", className: "num" };
}

/** A heading that sorts: a second time the other way round. */
function Heading(
  { look: { label, note, title, sort, className }, view, benchmark }: {
    look: Omit<ColumnLook, "cell">;
    view: BoardView | undefined;
    benchmark: Benchmark;
  },
) {
  const heading = { scope: "col", class: className, title: title?.(benchmark) } as const;
  const below = note && <small>{note}</small>;
  if (!view || !sort) {
    const hidden = label === BOARD_COLUMNS.try.label;
    return (
      <th {...heading}>{hidden ? <span class="visually-hidden">{label}</span> : label}{below}</th>
    );
  }
  const order = view.sort === sort ? orderOf(view, benchmark) : null;
  const next = order === null ? null : order === "asc" ? "desc" : "asc";
  const query = viewQuery({ ...fromTheStart(view), sort, order: next }, benchmark);
  return (
    <th {...heading} aria-sort={order === null ? undefined : ARIA_SORT[order]}>
      <a href={`/leaderboard/${benchmark.id}${query}`} rel="nofollow">
        {label}
        {order && <span aria-hidden="true">{order === "asc" ? " ↑" : " ↓"}</span>}
      </a>
      {below}
    </th>
  );
}

const ARIA_SORT = { asc: "ascending", desc: "descending" } as const;

/** Entries that have no rank, each with its reason. */
export function UnrankedTable(
  { benchmark, rows }: { benchmark: Benchmark; rows: readonly BoardRow[] },
) {
  return (
    <TableBox label={`${benchmark.name}, models without a rank`}>
      <table class="stack">
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col">Proof</th>
            <th scope="col">Why it has no rank</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.entryId}>
              <th scope="row" class="model-cell" {...inside(modelName(row))} />
              <td>
                <StateBadge state={row.provenance} count={row.exactCount} sample={row.sample} />
              </td>
              <td>
                {unrankedReason(row)}{" "}
                <a href={`/models/${row.entryId}${detailsOf(row)}`}>
                  {row.provenance === "mismatch" ? "Read the report" : "Details"}
                </a>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

/** Where on its page the reason stands. */
function detailsOf({ provenance, memorised }: BoardRow): string {
  return memorised && provenance !== "mismatch" ? "#twins" : "#reports";
}

function unrankedReason(row: BoardRow): string {
  if (row.incompatibleReason) return row.incompatibleReason;
  if (row.contaminatedBy) return "It was made with a corpus that holds text of this benchmark.";
  if (row.unscannedCorpus) return "A corpus it was made with is not scanned yet.";
  if (row.provenance === "mismatch") return "Its training does not reproduce.";
  if (row.provenance === "rejected") return "It was refused by a published rule.";
  if (row.memorised) {
    return "Memorised trials: on sealed ones of the same kind it is far worse than on the public ones.";
  }
  return "It has no score on this benchmark.";
}
