import { useState } from "preact/hooks";
import { SendingBar } from "../components/SendingBar.tsx";
import { SentStates } from "../components/SentStates.tsx";
import { StatesForm } from "../components/StatesForm.tsx";
import { useSendingStates } from "../components/use_sending_states.ts";

/** What is larger is sent as the form alone sends it: a tab cannot hold it to hash it. */
const MOST_BYTES = 2 ** 30;

/** The form for states. It works as plain HTML; here each file comes in parts and can be resumed. */
export default function StatesUpload({ id, guestKey }: { id: string; guestKey: string }) {
  const target = { stateOf: id, key: guestKey };
  const { sending, sent, send, pause, resume, cancel } = useSendingStates(target);
  const [done, setDone] = useState(false);

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
      {!sending && !done && <StatesForm id={id} guestKey={guestKey} onSubmit={submit} />}
    </div>
  );
}
