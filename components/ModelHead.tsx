import { describeArchitecture } from "../lib/format/architecture.ts";
import type { ModelConfig } from "../lib/format/config.ts";
import { describeImported } from "../lib/format/imported.ts";
import type { Entry } from "../lib/storage/entry_schema.ts";
import { chanceToCatch, percent } from "../lib/verification/sample_chance.ts";
import type { SpotCheckView } from "../lib/verification/spot_check_view.ts";
import CopyText from "../islands/CopyText.tsx";
import { authorPath } from "./author_path.ts";
import { Bits } from "./Bits.tsx";
import {
  formatAge,
  formatCount,
  formatDuration,
  formatFlops,
  formatInstant,
  formatInteger,
  formatParameters,
  UNKNOWN,
} from "./format.ts";
import { EntryBadge } from "./StateBadge.tsx";
import { TRAINED_IN_WORDS } from "./trained_in_words.ts";
import { VisibilityNote } from "./VisibilityNote.tsx";

interface Standing {
  entry: Entry;
  supersededBy: string | null;
  spotCheck: SpotCheckView | null;
}

/** Name, author, state of proof and the figures people compare. */
export function ModelHead(
  { entry, supersededBy, spotCheck, now }: Standing & { now: Date },
) {
  return (
    <>
      <p class="crumbs">
        <a href="/leaderboard">Leaderboards</a> / Model
      </p>
      <div class="model-name title">
        {entry.model_digest && <Bits digest={entry.model_digest} />}
        <h1>{entry.name}</h1>
      </div>
      <p class="lead">
        by <a href={authorPath(entry.author)}>{entry.author}</a> ·{" "}
        <EntryBadge
          entry={entry}
          sample={spotCheck && { count: spotCheck.drawn.length, of: spotCheck.segments }}
        />
      </p>
      {entry.blurb && <p class="prose">{entry.blurb}</p>}
      <StandingNotes {...{ entry, supersededBy, spotCheck }} />
      <dl class="figures">
        <Figure term="parameters" value={formatParameters(entry.parameters)} />
        <Figure term="training FLOPs, computed" value={formatFlops(entry.training_flops)} />
        <Figure
          term="training time, self-reported"
          value={formatDuration(entry.self_reported_ms)}
        />
        {entry.trained_in && (
          <Figure term="trained, self-reported" value={TRAINED_IN_WORDS[entry.trained_in]} />
        )}
        <Figure term="submitted" value={formatAge(entry.created_at, now)} />
      </dl>
    </>
  );
}

/** Why it is not on the boards, or not as one might think. */
function StandingNotes({ entry, supersededBy, spotCheck }: Standing) {
  return (
    <>
      <VisibilityNote visibility={entry.visibility} />
      {entry.status === "failed" && (
        <p class="note bad">
          This submission was not accepted. <a href={`/submissions/${entry.id}`}>See why</a>.
        </p>
      )}
      {entry.provenance === "mismatch" && (
        <p class="note bad">
          <strong>Out of the ranking.</strong>{" "}
          The replay of its recipe gave other bits than the file holds.{" "}
          <a href="#reports">The report</a> names the step.
        </p>
      )}
      {entry.provenance === "sampled" && spotCheck && <SampledNote check={spotCheck} />}
      {entry.provenance === "rejected" && (
        <p class="note bad">
          <strong>Out of the ranking.</strong> It was refused by a published rule: see{" "}
          <a href="#probes">the probes</a> and <a href="#reports">the reports</a>.
        </p>
      )}
      {supersededBy && (
        <p class="note warn" data-superseded>
          Superseded by{" "}
          <a href={`/models/${supersededBy}`}>a newer version</a>, which holds the rank.
        </p>
      )}
      {entry.duplicate_of && entry.duplicate_of !== supersededBy && (
        <p class="note">
          The same training was submitted before:{" "}
          <a href={`/models/${entry.duplicate_of}`}>the first entry</a> holds the rank.
        </p>
      )}
    </>
  );
}

function SampledNote({ check: { drawn, segments } }: { check: SpotCheckView }) {
  const draw = { of: segments, count: drawn.length };
  return (
    <p class="note">
      <strong>Not proven, but spot-checked.</strong> The run is too long for a whole replay here.
      {" "}
      {drawn.length} of its {segments}{" "}
      segments were replayed and match. Had one segment been false, the chance to find it was{" "}
      {percent(chanceToCatch(draw, 1))}; <a href="#reports">the report</a> says more.
    </p>
  );
}

function Figure({ term, value }: { term: string; value: string }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** "4 layers, width 128, 4 heads, MLP 512, context 128" */
function shapeInWords({ layers, dModel, heads, dMlp, ctx }: ModelConfig): string {
  const [rows, across] = [formatCount(layers, "layer"), formatCount(heads, "head")];
  return `${rows}, width ${dModel}, ${across}, MLP ${dMlp}, context ${ctx}`;
}

function architectureInWords(config: ModelConfig): string {
  return [describeArchitecture(config), describeImported(config.imported)]
    .filter(Boolean).join("; ");
}

/** What was read from the file, and the file itself. */
export function ModelFacts({ entry, file }: { entry: Entry; file: string }) {
  const config = entry.config as ModelConfig | null;
  return (
    <div class="panel">
      <h2>The file</h2>
      <dl class="facts">
        <dt>Shape</dt>
        <dd>
          {config ? shapeInWords(config) : UNKNOWN}
        </dd>
        <dt>Architecture</dt>
        <dd>{config ? architectureInWords(config) : UNKNOWN}</dd>
        <dt>Vocabulary</dt>
        <dd>{config ? `${formatInteger(config.vocabSize)} tokens` : UNKNOWN}</dd>
        <dt>Parameters</dt>
        <dd>{entry.parameters === null ? UNKNOWN : formatInteger(entry.parameters)}</dd>
        <dt>Stored as</dt>
        <dd>{entry.dtype ?? UNKNOWN}</dd>
        <dt>Trained on</dt>
        <dd>
          {entry.training_tokens === null
            ? UNKNOWN
            : `${formatInteger(entry.training_tokens)} tokens, computed from the recipe`}
        </dd>
        <dt>Submitted</dt>
        <dd>{formatInstant(entry.created_at)}</dd>
        <dt>Digest of the weights</dt>
        <dd>
          {entry.model_digest === null ? UNKNOWN : (
            <Digest
              id="model-digest"
              hex={entry.model_digest}
              what="the digest of the weights"
            />
          )}
        </dd>
        <dt>SHA-256 of the file</dt>
        <dd>
          <Digest id="file-digest" hex={entry.file_digest} what="the digest of the file" />
        </dd>
      </dl>
      <p class="actions">
        <a class="button quiet" href={file} download>Download the .tinygpt file</a>
      </p>
    </div>
  );
}

function Digest({ id, hex, what }: { id: string; hex: string; what: string }) {
  return (
    <span class="copied">
      <code id={id} class="digest">{hex}</code>
      <CopyText from={id} what={what} />
    </span>
  );
}
