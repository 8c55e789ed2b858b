import type { Benchmark } from "../lib/benchmarks/benchmark.ts";
import type { PlacedBaseline } from "../lib/leaderboard/baselines.ts";
import type { BoardRow } from "../lib/leaderboard/store.ts";
import {
  BOARD_PAGE_SIZE,
  type BoardView,
  type Column,
  orderOf,
  shownColumns,
  viewQuery,
} from "../lib/leaderboard/view.ts";
import { authorPath } from "./author_path.ts";
import { Bits } from "./Bits.tsx";
import { BOARD_COLUMNS, type ColumnLook, type TableContext } from "./board_columns.tsx";
import { formatGap, formatInterval, formatScore } from "./format.ts";
import { StateBadge } from "./StateBadge.tsx";
import { TableBox } from "./TableBox.tsx";
import { Whisker, whiskerDomain } from "./Whisker.tsx";

interface BoardProps {
  benchmark: Benchmark;
  rows: readonly BoardRow[];
  now: Date;
  /** What the visitor asked for; the overview has none and only the columns a few rows need. */
  view?: BoardView;
  baselines?: readonly PlacedBaseline[];
}

const SHORT_COLUMNS: readonly Column[] = ["parameters", "proof"];

/** Rows of one benchmark, the baselines muted among them. */
export function BoardTable({ benchmark, rows, now, view, baselines = [] }: BoardProps) {
  const domain = whiskerDomain(rows, benchmark.lowerIsBetter);
  const columns = view ? shownColumns(view) : SHORT_COLUMNS;
  const offset = view ? (view.page - 1) * BOARD_PAGE_SIZE : 0;
  // A whole board has boxes to choose models by, in a column of their own.
  const muted = { baselines, benchmark, columns: columns.length + (view ? 1 : 0) };
  return (
    <TableBox label={`${benchmark.name}, ranked models`}>
      <table class={view ? "board sortable" : "board"}>
        <thead>
          <tr>
            <th scope="col" class="num">Rank</th>
            <th scope="col">Model</th>
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
        <tbody>
          {rows.map((row, i) => [
            <Baselines key={`above ${row.entryId}`} {...muted} ahead={offset + i} />,
            <BoardLine
              key={row.entryId}
              row={row}
              place={offset + i + 1}
              domain={domain}
              context={{ benchmark, now }}
              columns={columns}
              short={!view}
            />,
          ])}
          <Baselines {...muted} ahead={offset + rows.length} />
        </tbody>
      </table>
    </TableBox>
  );
}

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
  const query = viewQuery({ ...view, sort, order: next, page: 1 }, benchmark);
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

/** The baselines that come after `ahead` ranked models. */
function Baselines(
  { baselines, benchmark, ahead, columns }: {
    baselines: readonly PlacedBaseline[];
    benchmark: Benchmark;
    ahead: number;
    /** How many stand after the score. */
    columns: number;
  },
) {
  return (
    <>
      {baselines.filter((baseline) => baseline.ahead === ahead).map((
        { name, text, score, interval },
      ) => (
        <tr key={name} class="baseline">
          <td class="rank">
            <span class="visually-hidden">no rank</span>
          </td>
          <th scope="row" class="model-cell">
            {name}
            <small>{text === null ? "baseline" : `baseline, counted in ${text}`}</small>
          </th>
          <td class="num score-cell" data-label="Score">
            <span class="score">{formatScore(score, benchmark.unit)}</span>
            {interval && <small>{formatInterval(...interval, benchmark.unit)}</small>}
          </td>
          {columns > 0 && <td colSpan={columns} />}
        </tr>
      ))}
    </>
  );
}

interface LineProps {
  row: BoardRow;
  /** Counted from 1, equal scores too. */
  place: number;
  domain: readonly [number, number];
  context: TableContext;
  columns: readonly Column[];
  short: boolean;
}

function BoardLine({ row, place, domain, context, columns, short }: LineProps) {
  const { unit } = context.benchmark;
  return (
    <tr class={row.rank === 1 ? "first" : undefined}>
      <Rank row={row} place={place} />
      <th scope="row" class="model-cell">
        <ModelName row={row} />
      </th>
      <td class="num score-cell" data-label="Score">
        <span class="score">{formatScore(row.score, unit)}</span>
        <small>{formatInterval(row.intervalLow, row.intervalHigh, unit)}</small>
        {row.twin && !short && (
          <small>
            <a href={`/models/${row.entryId}#twins`}>twin gap</a>{" "}
            {formatGap(row.twin.gap, row.twin.gapLow, row.twin.gapHigh)}
            {row.twin.gapLow > 0 ? ", memorised trials?" : ""}
          </small>
        )}
        {row.score !== null && !short && row.score <= domain[1] && (
          <Whisker
            score={row.score}
            low={row.intervalLow}
            high={row.intervalHigh}
            domain={domain}
          />
        )}
      </td>
      {columns.map((column) => {
        const { className, cardLabel, cell } = BOARD_COLUMNS[column];
        return (
          <td key={column} class={className} data-label={cardLabel}>
            {cell(row, context)}
          </td>
        );
      })}
      {!short && (
        <td class="pick">
          <input
            type="checkbox"
            name="models"
            value={row.entryId}
            aria-label={`Compare ${row.name}`}
          />
        </td>
      )}
    </tr>
  );
}

/** The rank, and the places of the models it is a tie with. */
function Rank({ row: { rank, tie }, place }: { row: BoardRow; place: number }) {
  if (tie === null) return <td class="rank">{rank}</td>;
  const ends = `${place === tie.from ? " tie-first" : ""}${place === tie.to ? " tie-last" : ""}`;
  return (
    <td class={`rank tied${ends}`}>
      {rank}
      <small>
        <span class="visually-hidden">, a tie, places</span> {tie.from}–{tie.to}
      </small>
    </td>
  );
}

/** The name, linked, with its author and the picture of its weights. */
export function ModelName(
  { row }: { row: Pick<BoardRow, "entryId" | "name" | "author" | "featured" | "modelDigest"> },
) {
  return (
    <div class="model-name">
      {row.modelDigest && <Bits digest={row.modelDigest} />}
      <span>
        <a href={`/models/${row.entryId}`}>{row.name}</a>
        <small>
          <a class="quiet-link" href={authorPath(row.author)}>{row.author}</a>
          {row.featured ? " · featured" : ""}
        </small>
      </span>
    </div>
  );
}

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
              <th scope="row" class="model-cell">
                <ModelName row={row} />
              </th>
              <td>
                <StateBadge state={row.provenance} count={row.exactCount} />
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
