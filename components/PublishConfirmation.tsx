import { useState } from "preact/hooks";
import { shortDigest } from "./format.ts";
import { type EndedReplay, mayPublish } from "./ended_replay.ts";
import type { Published } from "./publish_confirmation.ts";

/** Offers to sign and publish what a replay in this tab found. */
export function PublishConfirmation({ ended }: { ended: EndedReplay }) {
  const [published, setPublished] = useState<Published | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  if (!mayPublish(ended)) return null;

  async function publish() {
    setBusy(true);
    setProblem(null);
    try {
      const { publishConfirmation } = await import("./publish_confirmation.ts");
      setPublished(await publishConfirmation(ended));
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
    setBusy(false);
  }

  if (published) {
    return (
      <p class="note good" role="status" data-published={published.verdict}>
        Published, signed by your key <code>{shortDigest(published.keyid)}…</code>.{" "}
        {published.replayAsked
          ? "It contradicts this board, which will replay the model once more."
          : "It stands below on this page once you load it again."}
      </p>
    );
  }
  return (
    <div class="publish">
      {problem && <p class="note bad" role="alert">{problem}</p>}
      <p class="prose small muted">
        You may sign what came out. The key is made in this browser and stays in it; with the
        signature go the kind of your browser and processor, and nothing else of you.
      </p>
      <button class="button quiet" type="button" onClick={publish} disabled={busy}>
        Publish a signed confirmation
      </button>
    </div>
  );
}
