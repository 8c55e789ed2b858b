import { page } from "fresh";
import { Head } from "fresh/runtime";
import { define } from "../../../app_state.ts";
import { ConfirmationList } from "../../../components/ConfirmationList.tsx";
import { ContaminationNote } from "../../../components/ContaminationNote.tsx";
import { ChainView } from "../../../components/ChainView.tsx";
import { FamilyTree, hasFamily } from "../../../components/FamilyTree.tsx";
import { HiddenModel } from "../../../components/HiddenModel.tsx";
import { LossCurve, lossPoints } from "../../../components/LossCurve.tsx";
import { ModelFacts, ModelHead } from "../../../components/ModelHead.tsx";
import { ModelModerationView } from "../../../components/ModelModerationView.tsx";
import { ModelShare } from "../../../components/ModelShare.tsx";
import { OrderReplay } from "../../../components/OrderReplay.tsx";
import { ProbeList } from "../../../components/ProbeList.tsx";
import { RecipeView } from "../../../components/RecipeView.tsx";
import { ReportTable } from "../../../components/ReportTable.tsx";
import { SpotCheckPanel } from "../../../components/SpotCheckPanel.tsx";
import { SegmentList } from "../../../components/SegmentList.tsx";
import { Samples } from "../../../components/Samples.tsx";
import { ScoreList } from "../../../components/ScoreList.tsx";
import { SeedAudits } from "../../../components/SeedAudits.tsx";
import { ShareCard } from "../../../components/ShareCard.tsx";
import { SeedNote } from "../../../components/TicketFacts.tsx";
import { TrainYourOwn } from "../../../components/TrainYourOwn.tsx";
import Generate from "../../../islands/Generate.tsx";
import ReplayInTab from "../../../islands/ReplayInTab.tsx";
import ScoreInTab from "../../../islands/ScoreInTab.tsx";
import { may } from "../../../lib/accounts/caller.ts";
import { setsOfEntry } from "../../../lib/lab/set_store.ts";
import { moderationOf } from "../../../lib/moderation/queue_page.ts";
import { loadModelPage } from "../../../lib/submissions/model_page.ts";
import { LabSection } from "../../../components/LabSection.tsx";
import { presetsOf } from "../../../lib/submissions/shelf_store.ts";
import { Tombstone } from "../../../components/Tombstone.tsx";
import { TwinTable } from "../../../components/TwinTable.tsx";
import { formatInteger } from "../../../components/format.ts";

export const handler = define.handlers({
  async GET(ctx) {
    const { db } = ctx.state.services;
    const moderator = may(ctx.state.caller, "moderate");
    const model = await loadModelPage(db, ctx.params.id, { hidden: true });
    const labSets = await setsOfEntry(db, model.entry.id);
    const moderation = await moderationOf(db, model.entry, { moderator });
    const gone = model.entry.visibility === "hidden" && !moderator;
    const flagged = ctx.url.searchParams.has("flagged");
    const withdrawn = model.entry.status === "withdrawn";
    const presets = gone || withdrawn ? [] : await presetsOf(db, model.entry);
    const data = {
      ...model,
      ...{ labSets, moderation, moderator, gone, flagged, presets },
      now: new Date(),
    };
    return page(data, { status: gone || withdrawn ? 410 : 200 });
  },
});

export default define.page<typeof handler>(function ModelPage({ data, url: { origin } }) {
  const { entry, scores, probes, twins, reports, contamination, family, recipe, chain } = data;
  const { presets, now } = data;
  if (data.gone) return <HiddenModel entry={entry} decisions={data.moderation.decisions} />;
  if (entry.status === "withdrawn") return <Tombstone {...{ entry, family, reports, now }} />;
  const file = `/files/${entry.file_digest}.tinygpt`;
  const points = lossPoints(entry.loss_history);
  const dev = lossPoints(entry.loss_history, "dev");
  const usable = entry.model_digest !== null;
  return (
    <>
      <Head>
        <title>{entry.name} by {entry.author} · Tinyproof</title>
        {entry.visibility !== "public" && <meta name="robots" content="noindex" />}
      </Head>
      <ShareCard
        title={`${entry.name} by ${entry.author}`}
        description={entry.blurb || `A tiny language model by ${entry.author}`}
        address={`${origin}/models/${entry.id}`}
        picture={`${origin}/models/${entry.id}/og.png`}
      />
      <ModelHead
        {...{ entry, now }}
        supersededBy={data.supersededBy}
        spotCheck={data.spotCheck}
      />
      <nav class="views on-page" aria-label="On this page">
        {[
          ["scores", "Scores"],
          ...usable ? [["try", "Try it"]] : [],
          ...data.labSets.length > 0 ? [["lab", "Lab"]] : [],
          ["file", "File"],
          ["reports", "Reports"],
          ...recipe ? [["recipe", "Recipe"], ["train", "Train your own"]] : [],
          ...hasFamily(family) ? [["family", "Family"]] : [],
          ["share", "Badge and JSON"],
        ].map(([id, label]) => <a key={id} href={`#${id}`}>{label}</a>)}
      </nav>
      <section id="scores">
        <h2>Scores</h2>
        {scores.length > 0 ? <ScoreList scores={scores} entryId={entry.id} /> : (
          <p class="note">
            {entry.status === "failed" ? "It has no scores" : "No score yet"}.{" "}
            <a href={`/submissions/${entry.id}`}>
              {entry.status === "failed" ? "See why" : "See how far it is"}
            </a>.
          </p>
        )}
        <ContaminationNote found={contamination} />
        {scores.length > 0 && (
          <p>
            <a href={`/compare?models=${entry.id}`}>Compare with another model</a>
          </p>
        )}
      </section>
      {data.labSets.length > 0 && <LabSection sets={data.labSets} entryId={entry.id} />}
      {twins.length > 0 && (
        <section id="twins">
          <h2>
            <a href="/twins">Sealed twins</a>
          </h2>
          <TwinTable scores={twins} />
        </section>
      )}
      {probes.length > 0 && (
        <section id="probes">
          <h2>Probes</h2>
          <ProbeList probes={probes} />
        </section>
      )}
      {usable && (
        <section id="verify">
          <h2>Score it in your tab</h2>
          <ScoreInTab file={file} stored={storedScores(scores)} />
        </section>
      )}
      {usable && recipe && (
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
            segments={data.segments}
          />
        </section>
      )}
      {usable && (
        <section id="try">
          <h2>Try it</h2>
          <Generate
            alone
            model={{ id: entry.id, name: entry.name, author: entry.author, file, presets }}
          />
          <p>
            <a href={`/playground/generate?entry=${entry.id}`}>Open it in the playground</a> ·{" "}
            <a href={`/playground/look?entry=${entry.id}`}>Look inside</a> ·{" "}
            <a href={`/lab/generate?entry=${entry.id}`}>Complete prompts for the lab</a>
          </p>
        </section>
      )}
      <section id="file" class="grid-2">
        <ModelFacts entry={entry} file={file} />
        {points.length > 1 && (
          <div class="panel">
            <h2>How it learned</h2>
            <LossCurve points={points} dev={dev} />
          </div>
        )}
      </section>
      <section id="reports">
        <h2>Verification reports</h2>
        {data.spotCheck && <SpotCheckPanel check={data.spotCheck} entryId={entry.id} />}
        {reports.length > 0 ? <ReportTable reports={reports} now={now} /> : (
          <p class="note">
            {recipe
              ? "The training of this model has not been replayed yet."
              : "There is no recipe to replay, so there are no reports."}
          </p>
        )}
        {data.moderator && recipe && <OrderReplay entryId={entry.id} />}
      </section>
      {data.audits.length > 0 && (
        <section id="fresh-seeds">
          <h2>Fresh seeds</h2>
          <SeedAudits audits={data.audits} entryId={entry.id} />
        </section>
      )}
      {recipe && (
        <section id="confirmations">
          <h2>Who agrees</h2>
          <ConfirmationList
            entry={entry}
            engine={recipe.engine}
            own={data.ownRuntimes}
            confirmations={data.confirmations}
            now={now}
          />
          <SegmentList entryId={entry.id} {...{ chain, now }} rows={data.segmentConfirmations} />
          <p class="prose muted">
            Visitors replay it, or a part of its run, in their own browser and may sign what came
            out. <a href="/volunteer">Lend your tab</a>.
          </p>
        </section>
      )}
      {recipe && (
        <section id="recipe">
          <h2>Recipe</h2>
          <div id="seed">{data.seed && <SeedNote origin={data.seed} seed={recipe.seed} />}</div>
          <RecipeView recipe={recipe} hash={entry.recipe_hash} entryId={entry.id} />
        </section>
      )}
      {chain && (
        <section id="chain">
          <h2>Chain of checkpoints</h2>
          <p class="prose">
            A hash of weights, optimizer moments and loss every {formatInteger(chain.interval)}{" "}
            steps, folded into one head: <code class="digest">{chain.head}</code>
          </p>
          <details>
            <summary>
              All checkpoints <span class="muted">{formatInteger(chain.leaves.length)}</span>
            </summary>
            <ChainView chain={chain} />
          </details>
        </section>
      )}
      {recipe && (
        <section id="train">
          <h2>Train your own from this</h2>
          <TrainYourOwn recipe={recipe} id={entry.id} origin={origin} />
        </section>
      )}
      <Samples samples={entry.samples} />
      {hasFamily(family) && (
        <section id="family">
          <h2>Where it comes from, and what came of it</h2>
          <FamilyTree family={family} id={entry.id} />
        </section>
      )}
      <section id="share">
        <h2>Badge and JSON</h2>
        <ModelShare id={entry.id} name={entry.name} origin={origin} />
      </section>
      <ModelModerationView
        entryId={entry.id}
        moderation={data.moderation}
        flagged={data.flagged}
      />
    </>
  );
});

type PageData = Awaited<ReturnType<typeof loadModelPage>>;

function storedScores(scores: PageData["scores"]) {
  return scores.map(({ benchmark: { id, version, name, unit }, score }) => ({
    id,
    version,
    name,
    unit,
    score: score.score,
  }));
}

function claimedScores(scores: PageData["scores"]) {
  return scores.flatMap(({ score: { benchmark, version, score } }) =>
    score === null ? [] : [{ benchmark, version, score }]
  );
}
