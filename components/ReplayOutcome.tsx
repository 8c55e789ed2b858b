import type { ModelConfig } from "../lib/format/config.ts";
import { describeVerdict } from "../lib/verification/report.ts";
import type { EndedReplay } from "./ended_replay.ts";
import { EngineUsed } from "./EngineUsed.tsx";
import { formatDuration } from "./format.ts";
import { MismatchView } from "./MismatchView.tsx";
import { PublishConfirmation } from "./PublishConfirmation.tsx";
import { ReportComparison, ReportVerifiers } from "./ReportParts.tsx";
import { StateBadge } from "./StateBadge.tsx";

/** What a replay in this tab found, and the offer to publish it. `engine` is the recipe's. */
export function ReplayOutcome(
  { ended, config, engine }: { ended: EndedReplay; config: ModelConfig; engine: string },
) {
  const { result } = ended;
  const proven = result.verdict === "exact";
  return (
    <>
      <p class={`note ${proven ? "good" : "bad"}`} role={proven ? "status" : "alert"}>
        <StateBadge state={result.verdict} /> {describeVerdict(result)} It took{" "}
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
