import { useEffect, useState } from "preact/hooks";
import { SendingBar } from "../components/SendingBar.tsx";
import { SentStates } from "../components/SentStates.tsx";
import { StatesForm } from "../components/StatesForm.tsx";
import { useSendingStates } from "../components/use_sending_states.ts";
import { keptStates } from "../lib/playground/runs.ts";

interface Props {
  id: string;
  guestKey: string;
  recipeHash: string;
  /** Those that are still missing. */
  leaves: number[];
}

/** What is larger is sent as the form alone sends it: a tab cannot hold it to hash it. */
const MOST_BYTES = 2 ** 30;

/** The form for states. It works as plain HTML; here each file comes in parts and can be resumed. */
export default function StatesUpload({ id, guestKey, recipeHash, leaves }: Props) {
  const target = { stateOf: id, key: guestKey };
  const { sending, sent, send, pause, resume, cancel } = useSendingStates(target);
  const [done, setDone] = useState(false);
  const [kept, setKept] = useState<File[]>([]);
  useEffect(() => {
    // A browser that keeps no files has trained no such run.
    keptStates(recipeHash, leaves).then(setKept, () => {});
  }, []);

  async function submit(event: Event) {
    const form = event.currentTarget as HTMLFormElement;
    const { files } = form.elements.namedItem("states") as HTMLInputElement;
    const chosen = [...files ?? []];
    if (chosen.length === 0 || chosen.some(({ size }) => size > MOST_BYTES)) return;
    event.preventDefault();
    setDone(await send(chosen));
  }

  return (
    <div data-states-upload={sending ? "sending" : done ? "done" : "idle"}>
      {sent.length > 0 && <SentStates sent={sent} />}
      {sending && (
        <div class="panel">
          <p>{sending.fileName}</p>
          <SendingBar
            sending={sending}
            onPause={pause}
            onResume={resume}
            onCancel={() => void cancel()}
          />
        </div>
      )}
      {done && (
        <p>
          <a href={`/submissions/${id}`}>See how far the check is</a>
        </p>
      )}
      {!sending && !done && kept.length > 0 && sent.length === 0 && (
        <KeptStates
          count={kept.length}
          missing={leaves.length}
          onSend={async () => setDone(await send(kept))}
        />
      )}
      {!sending && !done && <StatesForm id={id} guestKey={guestKey} onSubmit={submit} />}
    </div>
  );
}

/** A run that was trained here left its states: they need not be chosen as files. */
function KeptStates(
  { count, missing, onSend }: { count: number; missing: number; onSend: () => Promise<void> },
) {
  return (
    <div class="panel" data-kept-states={count}>
      <h2>From this browser</h2>
      <p class="prose">
        The run was trained in this browser, which has kept {count} of the {missing}{" "}
        states that are missing.
      </p>
      <p class="actions">
        <button
          class="button"
          type="button"
          onClick={() => void onSend()}
        >
          Send what this browser has kept
        </button>
      </p>
    </div>
  );
}
