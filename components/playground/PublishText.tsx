import { useEffect, useState } from "preact/hooks";
import { CORPUS_LIMITS, DECLARATION, LICENCES } from "../../lib/corpora/fields.ts";
import type { PublicProblem } from "../../lib/errors.ts";
import { ownText } from "../../lib/playground/texts.ts";
import { shortDigest } from "../format.ts";
import { ProblemNote } from "../Problem.tsx";
import { FormLine } from "../FormLine.tsx";

/** Texts of a recipe that the board may lack: without them it cannot train the model again. */
export function PublishTexts({ uploads, guest }: { uploads: string[]; guest: boolean }) {
  return (
    <>
      {uploads.map((sha256) => <PublishText key={sha256} sha256={sha256} guest={guest} />)}
    </>
  );
}

type PublishState = "asking" | "missing" | "sending" | "there";

function PublishText({ sha256, guest }: { sha256: string; guest: boolean }) {
  const { state, problem, publish } = usePublishing(sha256);
  if (state === "asking") return null;
  if (state === "there") {
    return (
      <p class="note good" data-published={sha256}>
        The board has the text <a href={`/corpora/${sha256}`}>{shortDigest(sha256)}…</a>{" "}
        this model was made with, so it can be trained again there.
      </p>
    );
  }
  return (
    <form class="note warn" onSubmit={publish} data-unpublished={sha256}>
      <p>
        <strong>The board does not have the text {shortDigest(sha256)}…</strong>{" "}
        this model was made with. It can score the model, and cannot prove it before you publish the
        text. Nothing is sent until you press the button.
      </p>
      {problem && <ProblemNote problem={problem} />}
      <OriginFields {...{ guest, problem }} />
      <LicenceFields />
      <p class="actions">
        <button class="button" type="submit" disabled={state === "sending"}>
          {state === "sending" ? "Sending …" : "Publish the text"}
        </button>
      </p>
    </form>
  );
}

function usePublishing(sha256: string) {
  const [state, setState] = useState<PublishState>("asking");
  const [problem, setProblem] = useState<PublicProblem | null>(null);
  const address = `/api/v1/corpora/${sha256}`;

  useEffect(() => {
    fetch(address).then(({ ok }) => setState(ok ? "there" : "missing")).catch(() => {});
  }, []);

  async function publish(event: Event) {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    setState("sending");
    setProblem(null);
    const outcome = await send(address, fields, await ownText(sha256));
    setProblem(outcome);
    setState(outcome === null ? "there" : "missing");
  }

  return { state, problem, publish };
}

function OriginFields({ guest, problem }: { guest: boolean; problem: PublicProblem | null }) {
  return (
    <>
      <FormLine
        required
        {...{ id: "name", label: "Name of the text", hint: "What it is.", value: "" }}
        maxLength={CORPUS_LIMITS.name}
        invalid={problem?.path === "name"}
      />
      {guest && (
        <FormLine
          required
          {...{ id: "author", label: "Sent by", hint: "You, or your handle.", value: "" }}
          maxLength={CORPUS_LIMITS.author}
          invalid={problem?.path === "author"}
        />
      )}
      <FormLine
        required
        {...{ id: "source", label: "Source", hint: "Where it is from.", value: "" }}
        maxLength={CORPUS_LIMITS.source}
        invalid={problem?.path === "source"}
      />
    </>
  );
}

function LicenceFields() {
  return (
    <>
      <div class="field">
        <label for="licence">Licence</label>
        <select id="licence" name="licence" required>
          <option value="">Choose one</option>
          {Object.entries(LICENCES).map(([id, words]) => (
            <option key={id} value={id}>{words}</option>
          ))}
        </select>
      </div>
      <div class="field">
        <label for="licenceNote">About the licence (optional)</label>
        <input id="licenceNote" name="licenceNote" maxLength={CORPUS_LIMITS.licenceNote} />
      </div>
      <div class="field">
        <label class="check">
          <input type="checkbox" name="declaration" value="yes" required /> {DECLARATION}
        </label>
      </div>
    </>
  );
}

/** Null once the board has it. */
async function send(
  address: string,
  fields: FormData,
  text: File | null,
): Promise<PublicProblem | null> {
  if (text === null) {
    return {
      message: "This browser no longer has the text",
      fix: "Choose it again under “Your own text”: the same bytes have the same name.",
    };
  }
  const query = new URLSearchParams([...fields].map(([name, value]) => [name, String(value)]));
  const response = await fetch(`${address}?${query}`, { method: "PUT", body: text })
    .catch(() => null);
  if (response?.ok) return null;
  const { error } = Object(await response?.json().catch(() => null));
  return error ?? { message: "The server did not answer", fix: "Try again in a moment." };
}
