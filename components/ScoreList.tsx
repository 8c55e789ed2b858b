import type { SecondaryFigure } from "../lib/benchmarks/benchmark.ts";
import type { EntryRank } from "../lib/leaderboard/rank.ts";
import type { RankedScore } from "../lib/submissions/ranked_scores_store.ts";
import { scoreAddress } from "../lib/submissions/score_address.ts";
import { float64Hex, formatInteger, formatInterval, formatScore, UNKNOWN } from "./format.ts";
import { TableBox } from "./TableBox.tsx";

/** Every score of one model, each with the way to its examples. */
export function ScoreList(
  { scores, entryId }: { scores: readonly RankedScore[]; entryId: string },
) {
  return (
    <TableBox label="Scores">
      <table class="stack">
        <thead>
          <tr>
            <th scope="col">Benchmark</th>
            <th scope="col" class="num">Score</th>
            <th scope="col" class="num">95 % interval</th>
            <th scope="col" class="num">Rank</th>
            <th scope="col">The 64 bits of the score</th>
            <th scope="col">Examples</th>
          </tr>
        </thead>
        <tbody>
          {scores.flatMap(({ benchmark, score, rank }) => [
            <ScoreRow
              key={`${benchmark.id}@${benchmark.version}`}
              {...{ benchmark, score, rank, entryId }}
            />,
            ...score.secondary.map((figure) => (
              <SecondaryRow
                key={`${benchmark.id}@${benchmark.version} ${figure.name}`}
                figure={figure}
              />
            )),
          ])}
        </tbody>
      </table>
    </TableBox>
  );
}

function ScoreRow({ benchmark, score, rank, entryId }: RankedScore & { entryId: string }) {
  return (
    <tr>
      <th scope="row">
        {benchmark.ranked
          ? <a href={`/leaderboard/${benchmark.id}`}>{benchmark.name}</a>
          : benchmark.name}
        <small class="version">
          v{benchmark.version}
          {benchmark.ranked ? "" : ", for comparison"}
        </small>
      </th>
      {score.score === null
        ? <td colSpan={5} class="muted">{score.incompatible_reason ?? "No score"}</td>
        : (
          <>
            <td class="num score" data-label="Score">
              {formatScore(score.score, benchmark.unit)}
            </td>
            <td class="num" data-label="95 % interval">
              {formatInterval(score.interval_low, score.interval_high, benchmark.unit)}
            </td>
            <td class="num" data-label="Rank">{rankInWords(rank)}</td>
            <td data-label="Its 64 bits">
              <code>{float64Hex(score.score)}</code>
            </td>
            <td data-label="Examples">
              <a href={scoreAddress(entryId, benchmark.id, benchmark.version).page}>
                See them
                <span class="visually-hidden">: {benchmark.name}</span>
              </a>
            </td>
          </>
        )}
    </tr>
  );
}

/** Of the whole board, whatever its ties. */
function rankInWords(rank: EntryRank | null): string {
  return rank === null ? UNKNOWN : `${formatInteger(rank.rank)} of ${formatInteger(rank.of)}`;
}

/** Beside the score above it. */
function SecondaryRow({ figure: { name, value, interval, unit } }: { figure: SecondaryFigure }) {
  return (
    <tr>
      <td class="muted">{name}</td>
      <td class="num" data-label="Score">{formatScore(value, unit)}</td>
      <td class="num" data-label="95 % interval">
        {formatInterval(interval[0], interval[1], unit)}
      </td>
      <td class="muted" colSpan={3}>beside the score, not ranked</td>
    </tr>
  );
}
