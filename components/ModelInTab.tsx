import Generate from "../islands/Generate.tsx";
import ReplayInTab from "../islands/ReplayInTab.tsx";
import ScoreInTab from "../islands/ScoreInTab.tsx";
import type { ModelPage } from "../lib/submissions/model_page.ts";
import type { PlayModel } from "../lib/submissions/shelf_store.ts";

interface Props extends Pick<ModelPage, "entry" | "scores" | "recipe" | "segments"> {
  /** Address of the model's file. */
  file: string;
  presets: PlayModel["presets"];
}

/** What a visitor can do with a model in a tab: score it, train it again, let it write. */
export function ModelInTab(props: Props) {
  return (
    <>
      <section id="verify">
        <h2>Score it in your tab</h2>
        <ScoreInTab file={props.file} stored={storedScores(props.scores)} />
      </section>
      {props.recipe && <ReplaySection {...props} recipe={props.recipe} />}
      <TrySection {...props} />
    </>
  );
}

function ReplaySection(
  { entry, scores, recipe, segments, file }: Props & { recipe: NonNullable<Props["recipe"]> },
) {
  return (
    <section id="replay">
      <h2>Train it again in your tab</h2>
      <ReplayInTab
        entryId={entry.id}
        modelDigest={entry.model_digest!}
        file={file}
        claimedScores={claimedScores(scores)}
        flops={entry.training_flops ?? 0}
        steps={recipe.steps}
        config={recipe.model}
        engine={recipe.engine}
        segments={segments}
      />
    </section>
  );
}

function TrySection({ entry: { id, name, author }, file, presets }: Props) {
  return (
    <section id="try">
      <h2>Try it</h2>
      <Generate alone model={{ id, name, author, file, presets }} />
      <p>
        <a href={`/playground/generate?entry=${id}`}>Open it in the playground</a> ·{" "}
        <a href={`/playground/look?entry=${id}`}>Look inside</a> ·{" "}
        <a href={`/lab/generate?entry=${id}`}>Complete prompts for the lab</a>
      </p>
    </section>
  );
}

function storedScores(scores: Props["scores"]) {
  return scores.map(({ benchmark: { id, version, name, unit }, score }) => ({
    id,
    version,
    name,
    unit,
    score: score.score,
  }));
}

function claimedScores(scores: Props["scores"]) {
  return scores.flatMap(({ score: { benchmark, version, score } }) =>
    score === null ? [] : [{ benchmark, version, score }]
  );
}
