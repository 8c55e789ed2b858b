import { page } from "fresh";
import { Head } from "fresh/runtime";
import { define, type State } from "../../../app_state.ts";
import { SentStates } from "../../../components/SentStates.tsx";
import { SpotCheckPanel } from "../../../components/SpotCheckPanel.tsx";
import type { SentState } from "../../../components/use_sending_states.ts";
import StatesUpload from "../../../islands/StatesUpload.tsx";
import { publicProblem } from "../../../lib/errors.ts";
import { type FormFile, multipartFiles } from "../../../lib/http/multipart_files.ts";
import { remoteAddress, uploadLimiter } from "../../../lib/http/rate_limit.ts";
import { countedOf } from "../../../lib/http/sender.ts";
import { STATE_PATIENCE, withdrawalKeyOf } from "../../../lib/http/submitting.ts";
import type { Entry } from "../../../lib/storage/entry_schema.ts";
import { deliverState } from "../../../lib/submissions/deliver_state.ts";
import { mustOwn } from "../../../lib/submissions/ownership.ts";
import { requireEntry, requireStatus } from "../../../lib/submissions/require.ts";

/** One state of each segment that can be drawn, and that of the end. */
const MOST_FILES = 65;

async function pageData(
  { services }: State,
  { id, recipe_hash }: Pick<Entry, "id" | "recipe_hash">,
  key: string,
  sent: SentState[],
) {
  return { view: await requireStatus(services.db, id), recipeHash: recipe_hash ?? "", key, sent };
}

export const handler = define.handlers({
  async GET(ctx) {
    const { services, caller } = ctx.state;
    const key = withdrawalKeyOf(ctx.req, ctx.url);
    const entry = await requireEntry(services.db, ctx.params.id);
    mustOwn(entry, { account: caller?.account ?? null, key });
    return page(await pageData(ctx.state, entry, key, []));
  },

  /** Each file for itself: what is refused is named, what is good is taken. */
  async POST(ctx) {
    await uploadLimiter.take(remoteAddress(ctx.info, ctx.req.headers));
    const { services, caller } = ctx.state;
    const entry = await requireEntry(services.db, ctx.params.id);
    const sender = await countedOf(ctx);
    const sent: SentState[] = [];
    let key = withdrawalKeyOf(ctx.req, ctx.url);
    const options = { mostFiles: MOST_FILES, patience: STATE_PATIENCE };
    for await (const part of multipartFiles(ctx.req, options)) {
      key = part.fields.key || key;
      const claimant = { account: caller?.account ?? null, key };
      mustOwn(entry, claimant);
      sent.push(
        await take(
          part,
          (file) => deliverState(services, { entryId: entry.id, claimant, sender }, file),
        ),
      );
    }
    return page(await pageData(ctx.state, entry, key, sent));
  },
});

async function take(
  { fileName, file }: FormFile,
  deliver: (file: ReadableStream<Uint8Array>) => Promise<{ step: number }>,
): Promise<SentState> {
  try {
    return { fileName, step: (await deliver(file)).step, problem: null };
  } catch (error) {
    const problem = publicProblem(error);
    if (problem === null) throw error;
    return { fileName, step: null, problem };
  }
}

export default define.page<typeof handler>(function StatesPage({ data }) {
  const { view, recipeHash, key, sent } = data;
  const { spotCheck } = view;
  return (
    <>
      <Head>
        <title>States of {view.name} · Tinyproof</title>
        <meta name="robots" content="noindex" />
        <meta name="referrer" content="no-referrer" />
      </Head>
      <p class="crumbs">
        <a href={`/submissions/${view.id}`}>Submission {view.id}</a> / States
      </p>
      <h1>States of “{view.name}”</h1>
      <p class="lead">by {view.author}</p>
      {sent.length > 0 && <SentStates sent={sent} />}
      {spotCheck === null
        ? <p class="note">No states of this model are waited for.</p>
        : <SpotCheckPanel check={spotCheck} entryId={view.id} withForm />}
      {spotCheck?.state === "waiting" && (
        <StatesUpload
          id={view.id}
          guestKey={key}
          recipeHash={recipeHash}
          leaves={spotCheck.states.flatMap(({ leaf, delivered }) => delivered ? [] : [leaf])}
        />
      )}
    </>
  );
});
