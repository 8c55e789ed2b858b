import { useEffect, useRef, useState } from "preact/hooks";
import { float64Hex, formatDuration, formatScore } from "../components/format.ts";
import { openTabEngine, type TabEngine } from "../components/tab_engine.ts";
import { TableBox } from "../components/TableBox.tsx";
import type { TabReply } from "../workers/score_protocol.ts";

export interface StoredScore {
  id: string;
  version: number;
  name: string;
  unit: string;
  score: number | null;
}

type Outcome = Extract<TabReply, { type: "score" }>;
type Progress = Extract<TabReply, { type: "progress" }>;

/** Runs the benchmarks in this tab and compares every score with the stored one, bit by bit. */
export default function ScoreInTab({ file, stored }: { file: string; stored: StoredScore[] }) {
  const [ready, setReady] = useState(false);
  const [progress, setProgress] = useState<Progress | null>(null);
  const [outcomes, setOutcomes] = useState<Outcome[]>([]);
  const [problem, setProblem] = useState<string | null>(null);
  const engine = useRef<TabEngine | null>(null);
  useEffect(() => {
    setReady(true);
    return () => engine.current?.close();
  }, []);

  function take(reply: TabReply) {
    if (reply.type === "progress") setProgress(reply);
    if (reply.type === "score") setOutcomes((before) => [...before, reply]);
  }

  async function run() {
    setOutcomes([]);
    setProblem(null);
    setProgress({ type: "progress", stage: "starting", fraction: 0, etaMs: null });
    try {
      engine.current ??= await openTabEngine(file, take);
      const benchmarks = stored.map(({ id, version }) => ({ id, version }));
      await engine.current.request({ type: "score", benchmarks }, take);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
    setProgress(null);
  }

  function stop() {
    engine.current?.close();
    engine.current = null;
    setProgress(null);
  }

  return (
    <div
      class="panel"
      data-score-in-tab={progress ? "running" : outcomes.length > 0 ? "done" : "idle"}
    >
      <p class="prose">
        Your browser loads the same engine and the same benchmarks and computes the scores itself.
        Every score has to come out with the very same 64 bits.
      </p>
      {problem && <p class="note bad" role="alert">{problem}</p>}
      {progress && <RunningLine progress={progress} />}
      {outcomes.length > 0 && <Comparison outcomes={outcomes} stored={stored} />}
      {!progress && <Summary outcomes={outcomes} stored={stored} />}
      <p class="actions">
        {progress
          ? <button class="button quiet" type="button" onClick={stop}>Stop</button>
          : (
            <button class="button" type="button" onClick={run} disabled={!ready}>
              Score it in this tab
            </button>
          )}
      </p>
      <noscript>
        This needs JavaScript. The command line does the same: deno task cli score FILE
      </noscript>
    </div>
  );
}

function RunningLine({ progress }: { progress: Progress }) {
  return (
    <>
      <p class="stage" aria-live="polite">
        <span>{progress.stage}</span>
        <span class="muted">
          {progress.etaMs === null ? "" : `about ${formatDuration(progress.etaMs)} left`}
        </span>
      </p>
      <progress max={1} value={progress.fraction} aria-label="Scoring in this tab" />
    </>
  );
}

function Comparison({ outcomes, stored }: { outcomes: Outcome[]; stored: StoredScore[] }) {
  const rows = outcomes.map((outcome) => ({
    outcome,
    known: storedFor(outcome, stored),
    equal: isEqual(outcome, stored),
  }));
  return (
    <TableBox label="Scores of this tab">
      <table>
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
              <td class="num score">{formatScore(outcome.score, known?.unit ?? "")}</td>
              <td>
                <code>{outcome.score === null ? outcome.reason : float64Hex(outcome.score)}</code>
              </td>
              <td data-equal={String(equal)}>{verdict(outcome.score, equal)}</td>
              <td class="num">{formatDuration(outcome.wallMs)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

/** One sentence once every benchmark has been run. */
function Summary({ outcomes, stored }: { outcomes: Outcome[]; stored: StoredScore[] }) {
  if (outcomes.length === 0 || outcomes.length < stored.length) return null;
  const differing = outcomes.filter((outcome) => !isEqual(outcome, stored)).length;
  return differing === 0
    ? (
      <p class="note good" role="status">
        <strong>Proven in this tab.</strong> All {outcomes.length}{" "}
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

function storedFor(outcome: Outcome, stored: StoredScore[]): StoredScore | undefined {
  return stored.find(({ id, version }) => id === outcome.id && version === outcome.version);
}

function isEqual(outcome: Outcome, stored: StoredScore[]): boolean {
  return sameBits(outcome.score, storedFor(outcome, stored)?.score ?? null);
}

function sameBits(a: number | null, b: number | null): boolean {
  return a === null || b === null ? a === b : float64Hex(a) === float64Hex(b);
}
