import type { Benchmark } from "../lib/benchmarks/benchmark.ts";
import type { PlacedBaseline } from "../lib/leaderboard/baselines.ts";
import type { BoardRow } from "../lib/leaderboard/store.ts";
import { authorPath } from "./author_path.ts";
import { Bits } from "./Bits.tsx";
import {
  formatAge,
  formatDuration,
  formatFlops,
  formatGap,
  formatInterval,
  formatParameters,
  formatScore,
} from "./format.ts";
import { StateBadge } from "./StateBadge.tsx";
import { TableBox } from "./TableBox.tsx";
import { Whisker, whiskerDomain } from "./Whisker.tsx";

interface BoardProps {
  benchmark: Benchmark;
  rows: readonly BoardRow[];
  now: Date;
  /** The overview leaves out the columns that only matter beside many rows. */
  short?: boolean;
  baselines?: readonly PlacedBaseline[];
  /** Ranked rows before the first of these. */
  offset?: number;
}

/** The ranked rows of one benchmark, the baselines muted among them. */
export function BoardTable(
  { benchmark, rows, now, short = false, baselines = [], offset = 0 }: BoardProps,
) {
  const domain = whiskerDomain(rows, benchmark.lowerIsBetter);
  return (
    <TableBox label={`${benchmark.name}, ranked models`}>
      <table class="board">
        <thead>
          <tr>
            <th scope="col" class="num">Rank</th>
            <th scope="col">Model</th>
            <th scope="col" class="num">
              Score<small>{benchmark.lowerIsBetter ? "lower" : "higher"} is better</small>
            </th>
            <th scope="col" class="num">Parameters</th>
            {!short && (
              <>
                <th scope="col" class="num">
                  Training FLOPs<small>computed</small>
                </th>
                <th scope="col" class="num">
                  Training time<small>self-reported</small>
                </th>
              </>
            )}
            <th scope="col">Proof</th>
            {!short && (
              <>
                <th scope="col">Age</th>
                <th scope="col">
                  <span class="visually-hidden">Try it</span>
                </th>
              </>
            )}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => [
            <Baselines
              key={`above ${row.entryId}`}
              {...{ baselines, benchmark, short }}
              ahead={offset + i}
            />,
            <BoardLine
              key={row.entryId}
              row={row}
              place={offset + i + 1}
              unit={benchmark.unit}
              domain={domain}
              now={now}
              short={short}
            />,
          ])}
          <Baselines {...{ baselines, benchmark, short }} ahead={offset + rows.length} />
        </tbody>
      </table>
    </TableBox>
  );
}

/** The baselines that come after `ahead` ranked models. */
function Baselines(
  { baselines, benchmark, ahead, short }: {
    baselines: readonly PlacedBaseline[];
    benchmark: Benchmark;
    ahead: number;
    short: boolean;
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
          <td colSpan={short ? 2 : 6} />
        </tr>
      ))}
    </>
  );
}

interface LineProps {
  row: BoardRow;
  /** Counted from 1, equal scores too. */
  place: number;
  unit: string;
  domain: readonly [number, number];
  now: Date;
  short: boolean;
}

function BoardLine({ row, place, unit, domain, now, short }: LineProps) {
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
      <td class="num" data-label="Parameters">{formatParameters(row.parameters)}</td>
      {!short && (
        <>
          <td class="num" data-label="Training FLOPs">{formatFlops(row.trainingFlops)}</td>
          <td class="num" data-label="Time, self-reported">{formatDuration(row.selfReportedMs)}</td>
        </>
      )}
      <td class="proof" data-label="Proof">
        <StateBadge state={row.provenance} count={row.exactCount} />
      </td>
      {!short && (
        <>
          <td class="nowrap" data-label="Age">
            <time dateTime={row.createdAt.toISOString()}>{formatAge(row.createdAt, now)}</time>
          </td>
          <td>
            <a class="nowrap" href={`/models/${row.entryId}#try`}>
              Try it<span class="visually-hidden">: {row.name}</span>
            </a>
          </td>
        </>
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
