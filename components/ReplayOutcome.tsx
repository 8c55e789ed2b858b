import type { ModelConfig } from "../lib/format/config.ts";
import { confirmedVerdict } from "../lib/verification/confirmed_scope.ts";
import { describeVerdict } from "../lib/verification/report.ts";
import type { EndedReplay } from "./ended_replay.ts";
import { EngineUsed } from "./EngineUsed.tsx";
import { formatDuration } from "./format.ts";
import { MismatchView } from "./MismatchView.tsx";
import { PublishConfirmation } from "./PublishConfirmation.tsx";
import { ReportComparison, ReportVerifiers } from "./ReportParts.tsx";
import { describePart } from "./part_outcome.ts";
import { StateBadge } from "./StateBadge.tsx";

interface Props {
  ended: EndedReplay;
  config: ModelConfig;
  /** The recipe's. */
  engine: string;
  steps: number;
}

/** What a replay in this tab found, and the offer to publish it. */
export function ReplayOutcome({ ended, config, engine, steps }: Props) {
  const { result, part } = ended;
  const equal = confirmedVerdict(result) === "exact";
  const words = part === null ? describeVerdict(result) : describePart(result, part, steps);
  return (
    <>
      <p class={`note ${equal ? "good" : "bad"}`} role={equal ? "status" : "alert"}>
        <StateBadge state={equal && part ? "part-equal" : result.verdict} /> {words} It took{" "}
        {formatDuration(result.cost.wallMs)}.
      </p>
      <p data-engine={result.engineDigest}>
        Engine: <EngineUsed used={result.engineDigest} declared={engine} />.
      </p>
      <MismatchView result={result} chain={null} config={config} />
      <ReportComparison result={result} chain={null} />
      <ReportVerifiers verifiers={result.verifiers} />
      <PublishConfirmation ended={ended} />
    </>
  );
}
