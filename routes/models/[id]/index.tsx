import { page } from "fresh";
import { Head } from "fresh/runtime";
import { define } from "../../../app_state.ts";
import { ContaminationNote } from "../../../components/ContaminationNote.tsx";
import { FamilyTree, hasFamily } from "../../../components/FamilyTree.tsx";
import { HiddenModel } from "../../../components/HiddenModel.tsx";
import { LabSection } from "../../../components/LabSection.tsx";
import { LossCurve, lossPoints } from "../../../components/LossCurve.tsx";
import { ModelFacts, ModelHead } from "../../../components/ModelHead.tsx";
import { ModelInTab } from "../../../components/ModelInTab.tsx";
import { ModelModerationView } from "../../../components/ModelModerationView.tsx";
import { ModelProof } from "../../../components/ModelProof.tsx";
import { ModelRun } from "../../../components/ModelRun.tsx";
import { ModelShare } from "../../../components/ModelShare.tsx";
import { ProbeList } from "../../../components/ProbeList.tsx";
import { Samples } from "../../../components/Samples.tsx";
import { ScoreList } from "../../../components/ScoreList.tsx";
import { ShareCard } from "../../../components/ShareCard.tsx";
import { Tombstone } from "../../../components/Tombstone.tsx";
import { TwinTable } from "../../../components/TwinTable.tsx";
import { may } from "../../../lib/accounts/caller.ts";
import { setsOfEntry } from "../../../lib/lab/set_store.ts";
import { moderationOf } from "../../../lib/moderation/queue_page.ts";
import { loadModelPage, type ModelPage as Model } from "../../../lib/submissions/model_page.ts";
import { presetsOf } from "../../../lib/submissions/shelf_store.ts";

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
  const { entry, reports, family, labSets, now } = data;
  if (data.gone) return <HiddenModel entry={entry} decisions={data.moderation.decisions} />;
  if (entry.status === "withdrawn") return <Tombstone {...{ entry, family, reports, now }} />;
  const file = `/files/${entry.file_digest}.tinygpt`;
  return (
    <>
      <Header {...data} origin={origin} />
      <OnThisPage {...data} labSets={labSets.length > 0} />
      <Scores {...data} />
      {labSets.length > 0 && <LabSection sets={labSets} entryId={entry.id} />}
      <TwinsAndProbes {...data} />
      {isRead(entry) && <ModelInTab {...data} file={file} />}
      <FileSection entry={entry} file={file} />
      <ModelProof {...data} />
      <ModelRun {...data} origin={origin} />
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

interface HeaderProps extends Pick<Model, "entry" | "supersededBy" | "spotCheck"> {
  /** Of this board. */
  origin: string;
  now: Date;
}

function Header({ entry, supersededBy, spotCheck, origin, now }: HeaderProps) {
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
      <ModelHead {...{ entry, supersededBy, spotCheck, now }} />
    </>
  );
}

/** Whether its weights were read from the file, so that a tab can use them. */
function isRead({ model_digest }: Model["entry"]): boolean {
  return model_digest !== null;
}

function OnThisPage(
  { entry, recipe, family, labSets }: Pick<Model, "entry" | "recipe" | "family"> & {
    labSets: boolean;
  },
) {
  const sections = [
    ["scores", "Scores"],
    ...isRead(entry) ? [["try", "Try it"]] : [],
    ...labSets ? [["lab", "Lab"]] : [],
    ["file", "File"],
    ["reports", "Reports"],
    ...recipe ? [["recipe", "Recipe"], ["train", "Train your own"]] : [],
    ...hasFamily(family) ? [["family", "Family"]] : [],
    ["share", "Badge and JSON"],
  ];
  return (
    <nav class="views on-page" aria-label="On this page">
      {sections.map(([id, label]) => <a key={id} href={`#${id}`}>{label}</a>)}
    </nav>
  );
}

function Scores(
  { entry, scores, contamination }: Pick<Model, "entry" | "scores" | "contamination">,
) {
  return (
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
  );
}

function TwinsAndProbes({ twins, probes }: Pick<Model, "twins" | "probes">) {
  return (
    <>
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
    </>
  );
}

function FileSection({ entry, file }: { entry: Model["entry"]; file: string }) {
  const points = lossPoints(entry.loss_history);
  const dev = lossPoints(entry.loss_history, "dev");
  return (
    <section id="file" class="grid-2">
      <ModelFacts entry={entry} file={file} />
      {points.length > 1 && (
        <div class="panel">
          <h2>How it learned</h2>
          <LossCurve points={points} dev={dev} />
        </div>
      )}
    </section>
  );
}
