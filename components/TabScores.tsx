import type { TabReply } from "../workers/score_protocol.ts";
import { float64Hex, formatDuration, formatScore } from "./format.ts";
import { TableBox } from "./TableBox.tsx";

/** A score as the board holds it. */
export interface StoredScore {
  id: string;
  version: number;
  name: string;
  unit: string;
  score: number | null;
}

/** A score as this tab computed it. */
export type TabScore = Extract<TabReply, { type: "score" }>;

interface Props {
  outcomes: TabScore[];
  stored: StoredScore[];
}

/** Every score of this tab beside the one on the board, with its bits. */
export function TabScores({ outcomes, stored }: Props) {
  const rows = outcomes.map((outcome) => ({
    outcome,
    known: storedFor(outcome, stored),
    equal: isEqual(outcome, stored),
  }));
  return (
    <TableBox label="Scores of this tab">
      <table class="stack">
        <thead>
          <tr>
            <th scope="col">Benchmark</th>
            <th scope="col" class="num">This tab</th>
            <th scope="col">Bits of this tab</th>
            <th scope="col">Against the board</th>
            <th scope="col" class="num">Time</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ outcome, known, equal }) => (
            <tr key={`${outcome.id}@${outcome.version}`} class={equal ? undefined : "differs"}>
              <th scope="row">{known?.name} v{outcome.version}</th>
              <td class="num score" data-label="This tab">
                {formatScore(outcome.score, known?.unit ?? "")}
              </td>
              <td data-label="Bits of this tab">
                <code>{outcome.score === null ? outcome.reason : float64Hex(outcome.score)}</code>
              </td>
              <td data-equal={String(equal)}>{verdict(outcome.score, equal)}</td>
              <td class="num" data-label="Time">{formatDuration(outcome.wallMs)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

/** One sentence once every benchmark has been run. */
export function TabSummary({ outcomes, stored }: Props) {
  if (outcomes.length === 0 || outcomes.length < stored.length) return null;
  const differing = outcomes.filter((outcome) => !isEqual(outcome, stored)).length;
  return differing === 0
    ? (
      <p class="note good" role="status">
        <strong>Confirmed in this tab.</strong> All {outcomes.length}{" "}
        results are those of the board, bit for bit.
      </p>
    )
    : (
      <p class="note bad" role="alert">
        <strong>{differing} of {outcomes.length} results differ from the board.</strong>{" "}
        Please tell us which browser this is.
      </p>
    );
}

function verdict(score: number | null, equal: boolean): string {
  if (!equal) return "≠ other bits than the board";
  return score === null ? "= equal: no score there either" : "= equal: same 64 bits";
}

function storedFor(outcome: TabScore, stored: StoredScore[]): StoredScore | undefined {
  return stored.find(({ id, version }) => id === outcome.id && version === outcome.version);
}

/** Whether the tab found what the board holds, to the bit. */
export function isEqual(outcome: TabScore, stored: StoredScore[]): boolean {
  return sameBits(outcome.score, storedFor(outcome, stored)?.score ?? null);
}

function sameBits(a: number | null, b: number | null): boolean {
  return a === null || b === null ? a === b : float64Hex(a) === float64Hex(b);
}
